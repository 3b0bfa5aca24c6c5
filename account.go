package hayon

import (
	"strings"
	"time"
)

// AccountStatus says whether an account can be used.
type AccountStatus string

// The statuses of an account.
const (
	// AccountConnected: the last sign-in or call worked.
	AccountConnected AccountStatus = "connected"
	// AccountNeedsReconnect: the platform refused the credentials; targets wait until a new sign-in.
	AccountNeedsReconnect AccountStatus = "needs_reconnect"
)

// Account is one account on one platform, connected by its owner.
type Account struct {
	ID       AccountID `json:"id"`
	Owner    UserID    `json:"owner"`
	Platform string    `json:"platform"`
	// Name is what a person types: the platform ("bluesky"), or platform and alias
	// ("bluesky/work"). Unique per owner.
	Name string `json:"name"`
	// Default marks the account that the bare platform name means. Exactly one account of a
	// platform and owner has it.
	Default bool `json:"default"`
	// RemoteID is the platform's permanent id, such as a DID. It survives changes of the handle.
	RemoteID string `json:"remote_id,omitempty"`
	// Handle is the account's name as the platform shows it, such as @alice.example.org.
	Handle string `json:"handle,omitempty"`
	// Host is the URL of the account's own server, where the platform has several.
	Host string `json:"host,omitempty"`
	// Settings are the answers to the provider's sign-in fields that are no secrets, by field name.
	Settings map[string]string `json:"settings,omitempty"`
	// SecretRef is the account's key in the vault; "" where the platform needs no credentials.
	SecretRef string `json:"secret_ref,omitempty"`
	// App is the application (client id, consumer key) whose quota the account shares with others;
	// "" where it has its own.
	App string `json:"app,omitempty"`
	// IfLate and Grace are the defaults of the account's targets; "" and nil: those of the service.
	IfLate LatePolicy     `json:"if_late,omitempty"`
	Grace  *time.Duration `json:"grace,omitempty"`
	// Gap is the least time between two posts of the account; two that are closer are told of, and sent all
	// the same. nil: [DefaultGap].
	Gap *time.Duration `json:"gap,omitempty"`
	// Server is what the account's own server allows, as it was last read; nil where the platform has no
	// servers of its own.
	Server *ServerFacts `json:"server,omitempty"`
	// WarnedAt is when the owner was last told that the credentials are about to end.
	WarnedAt   time.Time     `json:"warned_at,omitzero"`
	Status     AccountStatus `json:"status"`
	Reason     string        `json:"reason,omitempty"`
	CreatedAt  time.Time     `json:"created_at"`
	VerifiedAt time.Time     `json:"verified_at,omitzero"`
}

// The minimum gap of an account.
const (
	DefaultGap = 5 * time.Minute
	MaxGap     = 7 * 24 * time.Hour
)

// MinGap is the least time between two posts of the account.
func (a *Account) MinGap() time.Duration {
	if a.Gap != nil {
		return *a.Gap
	}
	return DefaultGap
}

// Alias is the part of the name after the slash; "" for the account without one.
func (a *Account) Alias() string {
	_, alias, _ := strings.Cut(a.Name, "/")
	return alias
}

// PaceKeys are the keys of [Pace] under which the account's calls may be held back: the one for all,
// its own, that of its host, and that of its application.
func (a *Account) PaceKeys() []string {
	keys := []string{PaceAll, PaceKey(a.ID), HostPaceKey(a)}
	if a.App != "" {
		keys = append(keys, AppPaceKey(a))
	}
	return keys
}

// AccountName joins platform and alias to what a person types.
func AccountName(platform, alias string) string {
	if alias == "" {
		return platform
	}
	return platform + "/" + alias
}
