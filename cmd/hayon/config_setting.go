package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"github.com/hayon/hayon"
)

// setting is the value of a key that holds, and where it comes from.
type setting struct {
	Key string `json:"key"`
	// Value is a string, a list of strings, a number or a boolean; nil where there is none.
	Value any `json:"value"`
	// Origin is flag, variable, system, user, profile, --config or default.
	Origin string `json:"origin"`
	// Variable is the variable of the environment, and File and Line the place in a file.
	Variable string `json:"variable,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
}

const (
	originFlag     = "flag"
	originVariable = "variable"
	originDefault  = "default"
)

// settingFields are the names that --json takes for settings.
func settingFields() []string {
	return []string{"key", "value", "origin", "variable", "file", "line"}
}

// text is the value for people and scripts: a,b for a list, as set takes it.
func (s setting) text() string {
	switch v := s.Value.(type) {
	case nil:
		return ""
	case []string:
		if slices.ContainsFunc(v, func(item string) bool { return strings.Contains(item, ",") }) {
			return tomlTexts(v)
		}
		return strings.Join(v, ",")
	default:
		return fmt.Sprint(v)
	}
}

// source is where the value comes from, in one word or two.
func (s setting) source() string {
	switch {
	case s.Variable != "":
		return s.Variable
	case s.File != "":
		return fmt.Sprintf("%s %s:%d", s.Origin, s.File, s.Line)
	case s.Origin == originFlag:
		return "--" + s.Key
	}
	return s.Origin
}

// settings are the values that hold, in the order of the help: of each key the strongest of flag,
// variable, files and default. Of hooks, whose keys are hook.NAME.KEY, only what is given is there.
func (a *app) settings() []setting {
	files := make([]configText, 0, len(a.paths.configs))
	for _, f := range a.paths.configs {
		if b, err := f.read(); err == nil {
			files = append(files, configText{f, b})
		}
	}
	slices.Reverse(files) // the strongest first
	var out []setting
	for _, key := range configKeys() {
		if !strings.HasPrefix(key.name, "hook.") {
			out = append(out, a.settingOf(key, files))
		}
	}
	out = append(out, hookSettings(files)...)
	for i := range out {
		out[i].Value = concealed(out[i].Value)
	}
	return out
}

func (a *app) settingOf(key configKey, files []configText) setting {
	if key.flag != "" && a.onCommandLine(key.flag) {
		return setting{Key: key.name, Value: a.flagText(key.flag), Origin: originFlag}
	}
	for _, name := range key.variables {
		if v, ok := a.getenv(name); ok && v != "" && (key.kind != kindTruth || saysYes(key, v)) {
			return setting{Key: key.name, Value: key.valueOfVariable(v), Origin: originVariable, Variable: name}
		}
	}
	for _, f := range files {
		doc := parseToml(f.text)
		if e, ok := doc.find(key.name); ok {
			line, _ := doc.position(e.valueStart)
			v, _ := tomlValue(f.text[e.valueStart:e.end]) // the file has been read before
			return setting{Key: key.name, Value: plainValue(v), Origin: f.origin, File: f.path, Line: line}
		}
	}
	return a.fallbackOf(key)
}

// saysYes reports whether a variable turns on what a key is for. Of those that open something up a word
// that is neither yes nor no does not.
func saysYes(key configKey, v string) bool {
	yes, known := truth(v)
	return yes || !known && key.name != "cards.allow_private"
}

// fallbackOf is what holds where nobody says anything.
func (a *app) fallbackOf(key configKey) setting {
	s := setting{Key: key.name, Origin: originDefault}
	switch {
	case key.name == "tz":
		if v, _ := a.getenv("TZ"); zoneName(v) != "" {
			s.Origin, s.Variable = originVariable, "TZ"
		}
		if loc, err := a.location(); err == nil {
			s.Value = loc.String()
		}
	case key.fallback != "":
		v, _ := tomlValue([]byte(key.fallback)) // a test reads them all
		s.Value = plainValue(v)
	case key.isList():
		s.Value = []string{}
	}
	return s
}

// valueOfVariable is what the text of a variable stands for.
func (k configKey) valueOfVariable(v string) any {
	switch {
	case k.kind == kindTruth:
		return true // which is all that it can say
	case k.isList():
		return strings.Split(v, ",")
	}
	return v
}

// plainValue is a value of TOML with lists of strings as such.
func plainValue(v any) any {
	if list, ok := textsOf(v); ok {
		return list
	}
	return v
}

// hookSettings are what the hooks of the strongest file say that has any.
func hookSettings(files []configText) []setting {
	for _, f := range files {
		var read struct {
			Hooks []map[string]any `toml:"hook"`
		}
		if err := toml.Unmarshal(f.text, &read); err != nil || len(read.Hooks) == 0 {
			continue
		}
		doc := parseToml(f.text)
		var out []setting
		for i, h := range read.Hooks {
			name, _ := h["name"].(string)
			for _, key := range configKeys() {
				_, field, ok := strings.Cut(key.name, "hook.")
				v, given := h[field]
				if !ok || !given || field == "name" {
					continue
				}
				s := setting{Key: "hook." + name + "." + field, Value: plainValue(v), Origin: f.origin, File: f.path}
				s.Line = doc.hookLine(i+1, field)
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// hookLine is the line of a field of the hook with that number.
func (d tomlDoc) hookLine(number int, field string) int {
	head, ok := d.hook(number)
	if !ok {
		return 0
	}
	line, _ := d.position(head.start)
	for _, e := range d.entries {
		if e.name() == "hook."+field && e.head == head.head && head.head >= 0 {
			line, _ = d.position(e.valueStart)
		}
	}
	return line
}

// onCommandLine reports whether a global flag stands on the command line itself: one that has its value
// from a variable counts as set too.
func (a *app) onCommandLine(name string) bool {
	bare := newApp(&streams{}, func(string) (string, bool) { return "", false })
	root := bare.rootCommand()
	cmd, rest, err := root.Find(a.args)
	if err != nil || cmd.ParseFlags(rest) != nil {
		return false
	}
	f := cmd.Flags().Lookup(name)
	return f != nil && f.Changed
}

func (a *app) flagText(name string) string {
	return map[string]string{"profile": a.flags.profile, "tz": a.flags.tz, "server": a.flags.server}[name]
}

// secretPattern finds what looks like a secret in a value, which should not stand there: it is kept in
// the group before it, of which there is one for each kind.
var secretPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(://[^/\s:@]*:)[^/\s@]+(@)` +
		`|((?:token|secret|passwd|password|passphrase|api[_-]?key|authorization)["']?\s*[=:]\s*(?:bearer\s+|basic\s+)?["']?)[^\s"'&,;]+` +
		`|\b(bearer\s+|whsec_|AGE-SECRET-KEY-|xox[a-z]-|gh[a-z]_|glpat-|sk-)[\w./+=-]{6,}`)
})

// concealed is a value without what looks like a secret.
func concealed(v any) any {
	switch v := v.(type) {
	case string:
		return secretPattern().ReplaceAllString(v, "${1}${3}${4}"+hidden+"${2}")
	case []string:
		out := make([]string, len(v))
		for i, s := range v {
			out[i] = secretPattern().ReplaceAllString(s, "${1}${3}${4}"+hidden+"${2}")
		}
		return out
	}
	return v
}

const hidden = "[hidden]"

// findSetting is the setting of a key; an unknown one is a usage error with the nearest.
func (a *app) findSetting(key string) (setting, error) {
	all := a.settings()
	names := make([]string, len(all))
	for i, s := range all {
		if s.Key == key {
			return s, nil
		}
		names[i] = s.Key
	}
	return setting{}, unknownName(key, names)
}

// unknownName is the error for a key that there is not.
func unknownName(key string, names []string) error {
	e := hayon.Errorf(hayon.CodeUsage, "there is no key %q", key).WithHint("see the keys: hayon config list")
	var below []string
	for _, name := range names {
		if strings.HasPrefix(name, key+".") {
			below = append(below, name)
		}
	}
	if len(below) > 0 {
		return e.WithHint("its keys are: " + strings.Join(below, ", "))
	}
	if near := nearest(key, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}
