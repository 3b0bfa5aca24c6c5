package rabbitmq

import (
	"context"

	"github.com/hayon/hayon"
)

// Check compares a topology with what is on the broker and changes nothing.
func Check(context.Context, Config, hayon.Topology) ([]hayon.Finding, error) {
	return nil, hayon.Errorf(hayon.CodeInternal, "not built")
}
