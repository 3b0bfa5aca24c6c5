package hayon

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Person is somebody whom posts mention as @{name}, with a handle on each platform.
type Person struct {
	Owner UserID `json:"owner"`
	// Name is what stands between the braces, unique per owner whatever the case of its letters: letters,
	// digits, - and _, at most [MaxNameLen].
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
	// and an empty handle is taken away; the title and the spelling of the name stay where none is given. A
	// platform that nobody knows, a handle or name that cannot be one, and a new person of whom nothing is
	// told are usage errors.
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

const (
	// MaxNameLen bounds the name of a person or template, in letters.
	MaxNameLen = 64
	// maxHandleLen bounds a handle, and maxTitleLen a title, in bytes: more is none on any platform.
	maxHandleLen = 512
	maxTitleLen  = 256
)

// Clean is p without blanks around what people type, without the @ before names and handles, and with the
// names of platforms in lower case. What cannot be a name, a title or a handle is a usage error.
func (p Person) Clean() (Person, error) {
	p.Name, p.Title = strings.TrimPrefix(strings.TrimSpace(p.Name), "@"), strings.TrimSpace(p.Title)
	if !plainName(p.Name) {
		return p, Errorf(CodeUsage, "%q is no name of a person", p.Name).
			WithHint("use 1 to 64 letters, digits, - and _, as in: hayon people add ada bluesky=ada.example.org")
	}
	if len(p.Title) > maxTitleLen || !utf8.ValidString(p.Title) || strings.ContainsFunc(p.Title, unicode.IsControl) || strings.Contains(p.Title, "@{") {
		return p, Errorf(CodeUsage, "%q is no title of a person", p.Title).
			WithHint(`give one line of at most 256 bytes, as in: --title "Ada Lovelace"`)
	}
	handles := make(map[string]string, len(p.Handles))
	for _, platform := range slices.Sorted(maps.Keys(p.Handles)) {
		handle, name := cleanHandle(p.Handles[platform]), strings.ToLower(strings.TrimSpace(platform))
		if !plainHandle(handle) {
			return p, Errorf(CodeUsage, "%q is no handle on %s", p.Handles[platform], name).
				WithHint("give it as it stands on the profile, without blanks and braces: hayon people add " + p.Name + " " + name + "=HANDLE")
		}
		if _, twice := handles[name]; twice {
			return p, Errorf(CodeUsage, "the handle on %s is given twice", name).WithHint("give it once")
		}
		handles[name] = handle
	}
	p.Handles = handles
	return p, nil
}

// cleanHandle is a handle without what comes along when it is copied from a page: blanks, marks of the
// direction of writing, and the @ before it.
func cleanHandle(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimPrefix(strings.TrimSpace(s), "@")
}

// plainHandle reports whether s may be a handle, or is none at all.
func plainHandle(s string) bool {
	if len(s) > maxHandleLen || strings.ContainsAny(s, "{}") || strings.HasPrefix(s, "@") || strings.HasSuffix(s, "@") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError })
}

// plainName reports whether s is what people and templates may be called: letters of any script with their
// marks, digits, - and _.
func plainName(s string) bool {
	for _, r := range s {
		if r != '-' && r != '_' && (r == utf8.RuneError || !unicode.In(r, unicode.L, unicode.M, unicode.Nd)) {
			return false
		}
	}
	return s != "" && utf8.RuneCountInString(s) <= MaxNameLen
}
