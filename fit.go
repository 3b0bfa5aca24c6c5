package hayon

import (
	"context"
	"time"
)

// FitRow is what fitting a medium to a platform's limits came to. The same bytes under the same limits
// are fitted once.
type FitRow struct {
	// Source is the SHA-256 of the medium, and Spec what it was fitted to, as [media.Spec.Key] spells it.
	Source string `json:"source"`
	Spec   string `json:"spec"`
	// Result is what came of it. Where nothing was to be done, it is the source itself.
	Result   BlobRef       `json:"result"`
	Duration time.Duration `json:"duration,omitempty"`
	Animated bool          `json:"animated,omitempty"`
	// Steps say what was done, for people, in order; none: nothing.
	Steps []string  `json:"steps,omitempty"`
	At    time.Time `json:"at"`
}

// FitTx keeps what fitting came to. The bytes are in [Blobs].
type FitTx interface {
	// PutFit remembers what fitting came to.
	PutFit(ctx context.Context, r *FitRow) error
	// FindFit answers what fitting a source under these limits came to, or not_found.
	FindFit(ctx context.Context, source, spec string) (*FitRow, error)
}
