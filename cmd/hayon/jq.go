package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/hayon/hayon"
)

// jqQuery is the compiled expression of --jq.
type jqQuery struct {
	ctx  context.Context //nolint:containedctx // an expression may run for ever; it ends with the command
	code *gojq.Code
}

// newQuery compiles an expression. What is wrong with it is a usage error that names the place.
func newQuery(ctx context.Context, expression string) (*jqQuery, error) {
	parsed, err := gojq.Parse(expression)
	if e, ok := errors.AsType[*gojq.ParseError](err); ok {
		// The offset is behind the token that was not understood.
		at := max(e.Offset-len(e.Token), 0)
		return nil, hayon.Errorf(hayon.CodeUsage, "--jq, character %d: %s", cells(expression[:min(at, len(expression))])+1, e.Error()).
			WithHint("the expression is read as: " + marked(expression, at))
	}
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeUsage, "--jq: %s", err.Error()).WithHint("see: hayon help formatting")
	}
	code, err := gojq.Compile(parsed, gojq.WithEnvironLoader(os.Environ))
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeUsage, "--jq: %s", err.Error()).WithHint("see: hayon help formatting")
	}
	return &jqQuery{ctx, code}, nil
}

// marked shows a place in an expression.
func marked(expression string, at int) string {
	at = min(at, len(expression))
	return firstLine(expression[:at] + " >>> " + expression[at:])
}

// run prints what the expression makes of a JSON text: strings as they are, nothing for null, all else
// as JSON, each on a line.
func (q *jqQuery) run(a *app, b []byte, indented bool) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var in any
	if err := dec.Decode(&in); err != nil {
		return err
	}
	results := q.code.RunWithContext(q.ctx, in)
	for {
		v, ok := results.Next()
		if !ok {
			return nil
		}
		if err, failed := v.(error); failed {
			if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
				return nil
			}
			if q.ctx.Err() != nil {
				return context.Cause(q.ctx)
			}
			return hayon.Errorf(hayon.CodeUsage, "--jq does not fit the result: %s", strings.ReplaceAll(err.Error(), "\n", " ")).
				WithHint("the command has done its work; see the result with --json alone")
		}
		if err := a.printValue(v, indented); err != nil {
			return err
		}
	}
}

func (a *app) printValue(v any, indented bool) error {
	switch v := v.(type) {
	case nil:
		_, err := a.io.out.Write([]byte("\n"))
		return err
	case string:
		if a.io.outTTY {
			lines := strings.Split(v, "\n")
			for i := range lines {
				lines[i] = inert(lines[i])
			}
			v = strings.Join(lines, "\n")
		}
		_, err := a.io.out.Write([]byte(v + "\n"))
		return err
	}
	b, err := gojq.Marshal(v)
	if err != nil {
		return err
	}
	return a.writeJSON(b, indented)
}
