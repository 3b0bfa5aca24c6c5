package postfile

import (
	"bytes"
	"encoding/json"
)

// schema is the part of JSON Schema 2020-12 that describes a file.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	ID          string             `json:"$id,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"` // a name or several
	AnyOf       []*schema          `json:"anyOf,omitempty"`
	AllOf       []*schema          `json:"allOf,omitempty"`
	Not         *schema            `json:"not,omitempty"`
	Const       *bool              `json:"const,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Minimum     *int               `json:"minimum,omitempty"`
	Maximum     *int               `json:"maximum,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	MaxItems    int                `json:"maxItems,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	// Additional is false where no other keys may be, else what those look like.
	Additional any   `json:"additionalProperties,omitempty"`
	Default    *bool `json:"default,omitempty"`
}

// Schema is the JSON Schema (2020-12) of the front matter of a Markdown file, and of a whole JSON or YAML file, which
// has the key body besides.
func Schema() []byte {
	root := tableSchema("The front matter of a post in Markdown, or a post in YAML or JSON.")
	root.Schema, root.ID = "https://json-schema.org/draft/2020-12/schema", "https://github.com/hayon/hayon/post.schema.json"
	root.Title = "A post file of hayon"
	for _, f := range append(fields(), bodyField()) {
		s := *f.schema
		root.Properties[f.key] = s.about(f.about)
	}
	root.AllOf = exclusions()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(root) // plain values into memory
	return b.Bytes()
}

// exclusions are the keys that cannot go together. That body is none of Markdown's keys no schema can say: it does
// not know which file it is for.
func exclusions() []*schema {
	isTrue, isText := &schema{Const: new(true)}, textSchema()
	out := []*schema{
		apart("at", "in", nil), apart("at", "draft", isTrue), apart("in", "draft", isTrue),
		apart("reply_to", "continue", isTrue), apart("body", "text", isText),
	}
	for _, key := range []string{"body", "text", "parts", "media", "poll"} {
		out = append(out, apart("repost", key, nil))
	}
	return out
}

// apart refuses two keys beside each other, where the value of the second one looks so.
func apart(a, b string, like *schema) *schema {
	both := &schema{Required: []string{a, b}}
	if like != nil {
		both.Properties = map[string]*schema{b: like}
	}
	return &schema{Not: both}
}

func (s *schema) about(text string) *schema {
	s.Description = text
	return s
}

// textSchema is a text; numbers count as they are spelled, which only YAML keeps apart from texts.
func textSchema() *schema {
	return &schema{Type: []string{"string", "number"}}
}

// optionSchema is a text that may be written as true or false.
func optionSchema() *schema {
	return &schema{Type: []string{"string", "number", "boolean"}}
}

func truthSchema(fallback bool) *schema {
	return &schema{Type: "boolean", Default: &fallback}
}

func textsSchema() *schema {
	return &schema{AnyOf: []*schema{textSchema(), {Type: "array", Items: textSchema()}}}
}

func wordsSchema() *schema { return textsSchema() }

func choiceSchema(names []string) *schema { return &schema{Type: "string", Enum: names} }

func mapSchema(value *schema) *schema { return &schema{Type: "object", Additional: value} }

func tableSchema(about string, required ...string) *schema {
	return &schema{Type: "object", Description: about, Properties: make(map[string]*schema), Required: required, Additional: false}
}

// limited bounds the arrays in s to as many items as a post has at most.
func limited(s *schema) *schema {
	if s.Type == "array" {
		s.MaxItems = maxItems
	}
	for _, way := range s.AnyOf {
		limited(way)
	}
	return s
}
