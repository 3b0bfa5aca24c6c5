package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

func (a *app) configSchemaCommand() *cobra.Command {
	var post bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration, or of post files",
		Long: `Print the JSON Schema (2020-12) of the configuration file. Editors that know TOML complete and check
the file by it. With --post it is that of post files: of JSON and YAML, and of the front matter of
Markdown.`,
		Example: `  hayon config schema
  hayon config schema | jq .properties
  hayon config schema --post > post.schema.json`,
		Annotations: map[string]string{offline: "yes"},
		Args:        usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			b := postfile.Schema()
			if !post {
				var err error
				if b, err = json.MarshalIndent(configSchema(), "", "  "); err != nil {
					return err
				}
			}
			a.print("%s", strings.TrimRight(string(b), "\n"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&post, "post", false, "print the schema of post files")
	return cmd
}

// schema is the part of JSON Schema 2020-12 that describes the configuration.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	ID          string             `json:"$id,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type,omitempty"`
	AnyOf       []*schema          `json:"anyOf,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	MinLength   int                `json:"minLength,omitempty"`
	Minimum     *int               `json:"minimum,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	MaxItems    int                `json:"maxItems,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	// Additional is false for a table, which takes no other keys.
	Additional *bool           `json:"additionalProperties,omitempty"`
	Default    json.RawMessage `json:"default,omitempty"`
}

// The texts of times and sizes. They take all that hayon takes, and little else.
const (
	spanPattern = `^ *\+?([0-9]+(\.[0-9]+)? *(ns|us|µs|μs|ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)[ ,]*)+$|^0$`
	sizePattern = `^ *[0-9]+ *([KkMmGg]?[Ii]?[Bb])? *$`
)

// configSchema is the schema of a configuration file, made of the keys.
func configSchema() *schema {
	root := tableSchema("The configuration of Hayon")
	root.Schema, root.ID = "https://json-schema.org/draft/2020-12/schema", "https://github.com/hayon/hayon/config.schema.json"
	root.Title, root.Description = root.Description, "A configuration file of the command hayon"
	for _, key := range configKeys() {
		table, name, nested := strings.Cut(key.name, ".")
		if !nested {
			root.Properties[key.name] = key.schema()
			continue
		}
		if root.Properties[table] == nil {
			root.Properties[table] = tableSchema("")
			if table == "hook" {
				root.Properties[table].Required = []string{"name", "command"}
			}
		}
		root.Properties[table].Properties[name] = key.schema()
	}
	hook := root.Properties["hook"]
	hook.Properties["name"].MinLength = 1
	root.Properties["hook"] = &schema{Type: "array", Items: hook, Description: "programs that run on events"}
	root.Properties["delivery"].Properties["settle"].MinItems = 1
	return root
}

func tableSchema(description string) *schema {
	return &schema{Type: "object", Description: description, Properties: make(map[string]*schema), Additional: new(false)}
}

// schema is what the value of a key looks like.
func (k configKey) schema() *schema {
	s := k.shape()
	s.Description = strings.TrimPrefix(k.about, "[[hook]]: ")
	if v, err := tomlValue([]byte(k.fallback)); err == nil && k.fallback != "" {
		s.Default, _ = encodeJSON(v) // plain values of TOML
	}
	return s
}

func (k configKey) shape() *schema {
	list := func(item *schema) *schema { return &schema{Type: "array", Items: item} }
	switch k.kind {
	case kindTruth:
		return &schema{Type: "boolean"}
	case kindNumber:
		return &schema{Type: "integer", Minimum: new(0)}
	case kindSize:
		return &schema{AnyOf: []*schema{{Type: "integer", Minimum: new(0)}, {Type: "string", Pattern: sizePattern}}}
	case kindSpan:
		return &schema{Type: "string", Pattern: spanPattern}
	case kindSpans:
		s := list(&schema{Type: "string", Pattern: spanPattern})
		s.MaxItems = maxRetries
		return s
	case kindTexts:
		return list(&schema{Type: "string"})
	case kindEvents:
		return list(&schema{Type: "string", Enum: texts(hayon.EventKinds())})
	case kindChoice:
		return &schema{Type: "string", Enum: k.choices}
	case kindProfile:
		return &schema{Type: "string", Pattern: profilePattern().String()}
	case kindCommand:
		words := list(&schema{Type: "string"})
		words.MinItems = 1
		return &schema{AnyOf: []*schema{{Type: "string", MinLength: 1}, words}}
	case kindText:
	}
	return &schema{Type: "string"}
}
