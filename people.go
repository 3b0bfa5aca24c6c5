package hayon

import (
	"context"
	"time"
)

// Person is somebody whom posts mention as @{name}, with a handle on each platform.
type Person struct {
	Owner UserID `json:"owner"`
	// Name is what stands between the braces, unique per owner: letters, digits, - and _.
	Name string `json:"name"`
	// Title is what stands in a text where the person has no handle; "" is Name.
	Title string `json:"title,omitempty"`
	// Handles are by platform, as bluesky: alice.bsky.social, mastodon: alice@example.social, without a
	// leading @.
	Handles   map[string]string `json:"handles,omitempty"`
	UpdatedAt time.Time         `json:"updated_at"`
}

// PeopleService keeps the people whom posts mention.
type PeopleService interface {
	// PutPerson stores a person, new or not. Of one that is there already, handles that are not named stay,
	// and an empty handle is taken away.
	PutPerson(ctx context.Context, p Person) (*Person, error)
	// FindPeople answers the user's people in the order of their names.
	FindPeople(ctx context.Context) ([]*Person, error)
	// DeletePerson forgets a person, or answers not_found.
	DeletePerson(ctx context.Context, name string) error
}

// PersonTx keeps people.
type PersonTx interface {
	// PutPerson stores a person, new or not.
	PutPerson(ctx context.Context, p *Person) error
	// FindPeople answers an owner's people in the order of their names.
	FindPeople(ctx context.Context, owner UserID) ([]*Person, error)
	// DeletePerson removes a person, or answers not_found.
	DeletePerson(ctx context.Context, owner UserID, name string) error
}
