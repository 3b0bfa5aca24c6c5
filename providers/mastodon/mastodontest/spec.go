package mastodontest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// spec is the description of the API.
type spec struct {
	routes []specRoute
}

type specRoute struct {
	template string
	segments []string
	item     *openapi3.PathItem
}

// description is mastodon/openapi.json below HAYON_SPECS; nil without that variable.
var description = sync.OnceValues(func() (*spec, error) {
	dir := os.Getenv("HAYON_SPECS")
	if dir == "" {
		return nil, nil //nolint:nilnil // not set is an ordinary answer
	}
	b, err := os.ReadFile(filepath.Join(dir, "mastodon", "openapi.json"))
	if err != nil {
		return nil, err
	}
	return newSpec(b)
})

func newSpec(b []byte) (*spec, error) {
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		return nil, fmt.Errorf("the description of the API: %w", err)
	}
	sp := &spec{}
	for template, item := range doc.Paths.Map() {
		sp.routes = append(sp.routes, specRoute{template, strings.Split(template, "/"), item})
	}
	for _, correct := range corrections {
		if err := correct.apply(sp); err != nil {
			return nil, fmt.Errorf("a correction of the description has no object any more, %s: %w", correct.why, err)
		}
	}
	return sp, nil
}

// find answers the route of a path: of two, that with more words in place of parameters.
func (sp *spec) find(path string) *specRoute {
	segments := strings.Split(path, "/")
	var best *specRoute
	fewest := len(segments) + 1
	for i := range sp.routes {
		if n, ok := sp.routes[i].match(segments); ok && n < fewest {
			best, fewest = &sp.routes[i], n
		}
	}
	return best
}

// match tells whether the path is this route's, and with how many parameters.
func (r *specRoute) match(segments []string) (params int, ok bool) {
	if len(segments) != len(r.segments) {
		return 0, false
	}
	for i, want := range r.segments {
		switch {
		case strings.HasPrefix(want, "{"):
			params++
		case want != segments[i]:
			return 0, false
		}
	}
	return params, true
}

// operation answers an operation by its place in the description.
func (sp *spec) operation(method, template string) (*openapi3.Operation, error) {
	for _, r := range sp.routes {
		if r.template == template {
			if op := r.item.GetOperation(method); op != nil {
				return op, nil
			}
		}
	}
	return nil, fmt.Errorf("no %s %s", method, template)
}

// parameter answers a parameter of an operation.
func parameter(op *openapi3.Operation, in, name string) *openapi3.Parameter {
	for _, p := range op.Parameters {
		if p.Value.In == in && strings.TrimSuffix(p.Value.Name, "[]") == name {
			return p.Value
		}
	}
	return nil
}

// bodySchema answers the schema of an operation's request and the media type that it is for.
func bodySchema(op *openapi3.Operation) (mediaType string, schema *openapi3.Schema) {
	if op.RequestBody == nil {
		return "", nil
	}
	for mediaType, content := range op.RequestBody.Value.Content {
		return mediaType, content.Schema.Value
	}
	return "", nil
}

// property finds a member in a schema and in those that it is made of. free is a schema that takes any
// member.
func property(schema *openapi3.Schema, name string) (found []*openapi3.Schema, free bool) {
	if p := schema.Properties[name]; p != nil {
		found = append(found, p.Value)
	}
	parts := [][]*openapi3.SchemaRef{schema.AllOf, schema.OneOf, schema.AnyOf}
	bare := len(schema.Properties) == 0 && len(schema.Required) == 0
	for _, list := range parts {
		for _, part := range list {
			bare = false
			if part.Value.Type.Is(openapi3.TypeNull) {
				continue
			}
			f, fr := property(part.Value, name)
			found, free = append(found, f...), free || fr
		}
	}
	return found, free || bare || schema.AdditionalProperties.Schema != nil
}
