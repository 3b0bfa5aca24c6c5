package mastodontest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"
)

// upload is a file of a multipart body, as a value among the parameters.
type upload struct {
	name string
	mime string
	data []byte
}

var errBadBody = errors.New("the body does not parse")

// encoding tells the media type of a body.
func encoding(contentType string) string {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return contentType
	}
	return mediaType
}

// parseBody reads parameters from a body of any of the three encodings that Rails takes.
func parseBody(contentType string, body []byte) (map[string]any, error) {
	params := map[string]any{}
	if len(body) == 0 {
		return params, nil
	}
	mediaType, args, err := mime.ParseMediaType(contentType)
	if err != nil {
		return params, fmt.Errorf("%w: content type %q: %w", errBadBody, contentType, err)
	}
	switch mediaType {
	case "application/json":
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&params); err != nil {
			return map[string]any{}, fmt.Errorf("%w: %w", errBadBody, err)
		}
		return params, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return params, fmt.Errorf("%w: %w", errBadBody, err)
		}
		return nest(form), nil
	case "multipart/form-data":
		return parseMultipart(body, args["boundary"])
	}
	return params, fmt.Errorf("%w: content type %q", errBadBody, contentType)
}

func parseMultipart(body []byte, boundary string) (map[string]any, error) {
	params := map[string]any{}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return params, nil
		}
		if err != nil {
			return params, fmt.Errorf("%w: %w", errBadBody, err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return params, fmt.Errorf("%w: %w", errBadBody, err)
		}
		var value any = string(b)
		if part.FileName() != "" {
			value = upload{part.FileName(), encoding(part.Header.Get("Content-Type")), b}
		}
		put(params, part.FormName(), value)
	}
}

// nest makes parameters of a query or a form.
func nest(form url.Values) map[string]any {
	params := map[string]any{}
	for name, values := range form {
		for _, v := range values {
			put(params, name, v)
		}
	}
	return params
}

// put stores a value under a name as Rack reads it: a[b], a[], a[][b].
func put(into map[string]any, name string, value any) {
	first, rest, _ := strings.Cut(name, "[")
	if rest == "" {
		into[first] = value
		return
	}
	key, after, _ := strings.Cut(rest, "]")
	if key != "" {
		inner, ok := into[first].(map[string]any)
		if !ok {
			inner = map[string]any{}
			into[first] = inner
		}
		put(inner, key+after, value)
		return
	}
	list, _ := into[first].([]any)
	if after == "" {
		into[first] = append(list, value)
		return
	}
	// An array of objects: a member that the last one has begins the next.
	member := strings.TrimSuffix(strings.TrimPrefix(after, "["), "]")
	if n := len(list); n > 0 {
		if last, ok := list[n-1].(map[string]any); ok && last[member] == nil {
			last[member] = value
			return
		}
	}
	into[first] = append(list, map[string]any{member: value})
}

// params reads typed values. What is absent or of another kind is the zero value.
type params map[string]any

func (p params) has(name string) bool {
	v, ok := p[name]
	return ok && v != nil
}

func (p params) text(name string) string {
	switch v := p[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// truth reads a boolean as Rails casts one.
func (p params) truth(name string) bool {
	switch strings.ToLower(p.text(name)) {
	case "", "0", "f", "false", "off":
		return false
	}
	return true
}

func (p params) number(name string, absent int) int {
	if n, err := strconv.Atoi(p.text(name)); err == nil {
		return n
	}
	return absent
}

func (p params) list(name string) []string {
	values, _ := p[name].([]any)
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, params{"": v}.text(""))
	}
	return out
}

func (p params) object(name string) params {
	m, _ := p[name].(map[string]any)
	return m
}
