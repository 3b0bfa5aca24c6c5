package mastodontest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// web tells what an instance answers beside its API: pages for people, files, and what other standards
// describe.
func web(path string) bool {
	for _, prefix := range []string{"/api/", "/oauth/"} {
		if strings.HasPrefix(path, prefix) {
			// Where the sign-in page sends its form, and the page that shows a code.
			return path == signInPath || path == nativePath
		}
	}
	return path != "/.well-known/oauth-authorization-server"
}

// checkRequest tells what a request has that the description does not know or lacks what it demands. known are names beyond it.
func (sp *spec) checkRequest(req *Request, known []string) []string {
	if web(req.Path) {
		return nil
	}
	route := sp.find(req.Path)
	if route == nil {
		return []string{"the description has no such path"}
	}
	op := route.item.GetOperation(req.Method)
	if op == nil {
		return []string{"the description has no such method at " + route.template}
	}
	c := checker{known: known}
	c.query(op, req.Query)
	c.header(op, req.Header)
	c.body(op, req)
	return c.found
}

// checker collects what is wrong.
type checker struct {
	known   []string // names that no description needs to have
	lenient bool     // members that are not described are no fault
	found   []string
}

func (c *checker) add(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *checker) query(op *openapi3.Operation, query url.Values) {
	given := nest(query)
	for name, v := range given {
		p := parameter(op, openapi3.ParameterInQuery, name)
		if p == nil {
			if !slices.Contains(c.known, name) {
				c.add("unknown parameter of the query: %s", name)
			}
			continue
		}
		c.visit("query "+name, p.Schema.Value, coerce(p.Schema.Value, v))
	}
	for _, p := range op.Parameters {
		if p.Value.In == openapi3.ParameterInQuery && p.Value.Required && given[strings.TrimSuffix(p.Value.Name, "[]")] == nil {
			c.add("the query lacks %s", p.Value.Name)
		}
	}
}

func (c *checker) header(op *openapi3.Operation, header http.Header) {
	for _, p := range op.Parameters {
		if v := header.Get(p.Value.Name); p.Value.In == openapi3.ParameterInHeader && v != "" {
			c.visit("header "+p.Value.Name, p.Value.Schema.Value, coerce(p.Value.Schema.Value, v))
		}
	}
	if v := header.Get("Idempotency-Key"); v != "" && parameter(op, openapi3.ParameterInHeader, "Idempotency-Key") == nil {
		c.add("Idempotency-Key means nothing here")
	}
}

func (c *checker) body(op *openapi3.Operation, req *Request) {
	mediaType, schema := bodySchema(op)
	if len(req.Body) == 0 {
		if schema != nil && op.RequestBody.Value.Required {
			c.add("no body")
		}
		return
	}
	got := encoding(req.Header.Get("Content-Type"))
	switch {
	case schema == nil:
		c.add("a body where none is described")
		return
	case got == mediaType, got == "application/x-www-form-urlencoded", got == "multipart/form-data":
		// Rails reads parameters from all three, and the pages of the methods speak of form data.
	case got == "application/json" && !slices.Contains(schema.Required, "file"):
	default:
		c.add("content type %q, want %s", got, mediaType)
		return
	}
	body, err := parseBody(req.Header.Get("Content-Type"), req.Body)
	if err != nil {
		c.add("%v", err)
		return
	}
	for _, name := range c.known {
		delete(body, name)
	}
	if got != "application/json" {
		body, _ = coerce(schema, body).(map[string]any)
	}
	c.visit("body", schema, plain(body))
	c.unknown("body", schema, plain(body))
}

// checkAnswer tells where an answer breaks the description.
func (sp *spec) checkAnswer(method, path string, ans *Answer, lenient bool) []string {
	route := sp.find(path)
	if route == nil || web(path) {
		return nil
	}
	op := route.item.GetOperation(method)
	if op == nil {
		return nil
	}
	c := checker{lenient: lenient}
	ref := op.Responses.Value(strconv.Itoa(ans.Status))
	if ref == nil {
		// The description lists statuses by method and leaves most refusals out: they all have one shape.
		if ans.Status < http.StatusBadRequest {
			c.add("status %d is not described", ans.Status)
			return c.found
		}
		ref = op.Responses.Value("404")
	}
	content := ref.Value.Content["application/json"]
	if content == nil {
		return c.found
	}
	got := encoding(ans.Header.Get("Content-Type"))
	if got == "text/html" && ans.Status >= http.StatusBadRequest && !strings.HasPrefix(path, "/api/") {
		return c.found // the web's refusals and those of the sign-in page are for people
	}
	if got != "application/json" {
		c.add("content type %q, want JSON", got)
		return c.found
	}
	d := json.NewDecoder(bytes.NewReader(ans.Body))
	var v any
	if err := d.Decode(&v); err != nil {
		c.add("%v", err)
		return c.found
	}
	schema := content.Schema.Value
	if ans.Status == http.StatusUnprocessableEntity {
		// Details of a validation are optional.
		schema = op.Responses.Value("404").Value.Content["application/json"].Schema.Value
	}
	schema = choose(schema, v)
	c.visit("answer", schema, v)
	c.unknown("answer", schema, v)
	return c.found
}

// choose answers the alternative whose required members are there, so that what is found names one
// schema. It is the first when none fits.
func choose(schema *openapi3.Schema, v any) *openapi3.Schema {
	if len(schema.OneOf) == 0 {
		return schema
	}
	m, _ := v.(map[string]any)
	for _, one := range schema.OneOf {
		if !slices.ContainsFunc(one.Value.Required, func(name string) bool { return m[name] == nil }) {
			return one.Value
		}
	}
	return schema.OneOf[0].Value
}

func (c *checker) visit(where string, schema *openapi3.Schema, v any) {
	err := schema.VisitJSON(v, openapi3.MultiErrors(), openapi3.EnableFormatValidation(), openapi3.WithStringFormatValidator("uri", absoluteURI{}),
		openapi3.SetSchemaErrorMessageCustomizer(func(err *openapi3.SchemaError) string {
			return "/" + strings.Join(err.JSONPointer(), "/") + ": " + err.Reason
		}))
	if err != nil {
		c.add("%s: %v", where, err)
	}
}

type absoluteURI struct{}

// Validate implements the validator of a format.
func (absoluteURI) Validate(s string) error {
	if u, err := url.Parse(s); err != nil || u.Scheme == "" {
		return fmt.Errorf("no absolute URI: %q", s)
	}
	return nil
}

// unknown looks for members that the schema does not have.
func (c *checker) unknown(where string, schema *openapi3.Schema, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			found, free := property(schema, name)
			switch {
			case free:
			case len(found) == 0 && !c.lenient:
				c.add("%s: unknown member %s", where, name)
			default:
				for _, s := range found {
					c.unknown(where+"/"+name, s, member)
				}
			}
		}
	case []any:
		if schema.Items == nil {
			return
		}
		for i, item := range v {
			c.unknown(where+"/"+strconv.Itoa(i), schema.Items.Value, item)
		}
	}
}
