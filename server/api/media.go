package api

import (
	"time"

	"github.com/hayon/hayon"
)

// MaxMediaBytes bounds one upload, in bytes. Both sides check it.
const MaxMediaBytes = hayon.MaxMediaBytes

// Media is a medium as users and programs see it.
type Media struct {
	ID     hayon.MediaID `json:"id"`
	Type   string        `json:"type"`
	Bytes  int64         `json:"bytes"`
	Width  int           `json:"width,omitempty"`  // in pixels
	Height int           `json:"height,omitempty"` // in pixels
	Name   string        `json:"name,omitempty"`
	SHA256 string        `json:"sha256"`
	// DurationSeconds is how long a video or an animation takes.
	DurationSeconds float64   `json:"duration_seconds,omitempty"`
	Animated        bool      `json:"animated,omitempty"`
	CreatedAt       time.Time `json:"created_at,omitzero"`
}

// MediaOf is m as users see it.
func MediaOf(m *hayon.Media) Media {
	return Media{
		ID: m.ID, Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height, Name: m.Name,
		SHA256: m.SHA256, DurationSeconds: m.Duration.Seconds(), Animated: m.Animated, CreatedAt: utc(m.CreatedAt),
	}
}

// Domain is the medium that a face works with, without its owner.
func (m *Media) Domain() *hayon.Media {
	return &hayon.Media{
		ID: m.ID, Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height, Name: m.Name,
		SHA256: m.SHA256, Duration: seconds(m.DurationSeconds), Animated: m.Animated, CreatedAt: utc(m.CreatedAt),
	}
}
