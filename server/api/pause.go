package api

// Pause is the body of a request to pause publishing.
type Pause struct {
	Reason string `json:"reason,omitempty"`
}
