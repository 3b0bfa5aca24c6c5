package mastodontest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// coerce gives the strings of a form the types that the schema has. What does not fit stays a string, for the
// validation to find.
func coerce(schema *openapi3.Schema, v any) any {
	switch v := v.(type) {
	case string:
		return coerceText(schema, v)
	case upload:
		return string(v.data)
	case []any:
		if schema.Items == nil {
			return v
		}
		out := slices.Clone(v)
		for i := range out {
			out[i] = coerce(schema.Items.Value, out[i])
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for name, member := range out {
			if found, _ := property(schema, name); len(found) > 0 {
				out[name] = coerce(found[0], member)
			}
		}
		return out
	}
	return v
}

func coerceText(schema *openapi3.Schema, s string) any {
	switch {
	case schema.Type.Is(openapi3.TypeBoolean):
		if b, err := strconv.ParseBool(s); err == nil {
			return b
		}
	case schema.Type.Is(openapi3.TypeInteger), schema.Type.Is(openapi3.TypeNumber):
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			return n
		}
	}
	return s
}

// plain turns numbers into those that the validation reads.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return n
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = plain(out[i])
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for name := range out {
			out[name] = plain(out[name])
		}
		return out
	}
	return v
}
