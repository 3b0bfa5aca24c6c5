package api

import (
	_ "embed"
	"net/http"
	"net/url"
	"strings"
)

// Root is the path that the routes stand below.
const Root = "/api/v2"

// The headers that both sides know besides the standard ones.
const (
	// HeaderRequestID names a request in answer, log and journal. A client may choose it.
	HeaderRequestID = "X-Request-Id"
	// HeaderVersion is the version of hayon that speaks, on every answer and on the requests of our
	// client.
	HeaderVersion = "Hayon-Version"
	// HeaderSource is the face that asks, such as cli or tui; without it: api.
	HeaderSource = "Hayon-Source"
	// HeaderLastEventID is the sequence number of the last event that a reader of the stream has.
	HeaderLastEventID = "Last-Event-ID"
	// HeaderIdempotencyKey makes a repeat of a create answer the same post.
	HeaderIdempotencyKey = "Idempotency-Key"
)

// PlainHeader reports whether v can travel in a header and stand in a log as it is: letters, digits
// and - _ . : / + = ~ of ASCII, and not nothing.
func PlainHeader(v string) bool {
	for _, c := range []byte(v) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.:/+=~", c) >= 0:
		default:
			return false
		}
	}
	return v != ""
}

// MaxJSONBytes bounds a JSON body, in bytes.
const MaxJSONBytes = 1 << 20

// Op names a route. It is the operationId of the OpenAPI document.
type Op string

// The routes.
const (
	OpCreatePost     Op = "createPost"
	OpPreviewPost    Op = "previewPost"
	OpFindPosts      Op = "findPosts"
	OpLookupPost     Op = "lookupPost"
	OpFindPost       Op = "findPost"
	OpCancelPost     Op = "cancelPost"
	OpRetryPost      Op = "retryPost"
	OpResolvePost    Op = "resolvePost"
	OpPublishPost    Op = "publishPost"
	OpEditPost       Op = "editPost"
	OpDeletePost     Op = "deletePost"
	OpFindRequest    Op = "findRequest"
	OpRevisePost     Op = "revisePost"
	OpReschedulePost Op = "reschedulePost"
	OpUndoPost       Op = "undoPost"
	OpFindRevisions  Op = "findRevisions"
	OpCountPosts     Op = "countPosts"
	OpStartSignIn    Op = "startSignIn"
	OpCreateAccount  Op = "createAccount"
	OpFindAccounts   Op = "findAccounts"
	OpVerifyAccount  Op = "verifyAccount"
	OpRefreshAccount Op = "refreshAccount"
	OpUpdateAccount  Op = "updateAccount"
	OpDeleteAccount  Op = "deleteAccount"
	OpCreateMedia    Op = "createMedia"
	OpFindMedia      Op = "findMedia"
	OpFindEvents     Op = "findEvents"
	OpLastEvent      Op = "lastEvent"
	OpStatus         Op = "status"
	OpPause          Op = "pause"
	OpResume         Op = "resume"
	OpStopDaemon     Op = "stopDaemon"
	OpCreateWebhook  Op = "createWebhook"
	OpFindWebhooks   Op = "findWebhooks"
	OpDeleteWebhook  Op = "deleteWebhook"
	OpTestWebhook    Op = "testWebhook"
	OpCreateGroup    Op = "createGroup"
	OpFindGroups     Op = "findGroups"
	OpUpdateGroup    Op = "updateGroup"
	OpDeleteGroup    Op = "deleteGroup"
	OpPutPerson      Op = "putPerson"
	OpFindPeople     Op = "findPeople"
	OpDeletePerson   Op = "deletePerson"
	OpCreateTemplate Op = "createTemplate"
	OpFindTemplates  Op = "findTemplates"
	OpDeleteTemplate Op = "deleteTemplate"
	OpWriteBackup    Op = "writeBackup"
	OpCheckStore     Op = "checkStore"
	OpCompactStore   Op = "compactStore"
	OpPruneStore     Op = "pruneStore"
	OpBrokerStatus   Op = "brokerStatus"
	OpFindLetters    Op = "findLetters"
	OpLookupLetter   Op = "lookupLetter"
	OpReplayLetter   Op = "replayLetter"
	OpDiscardLetter  Op = "discardLetter"
	OpHealth         Op = "health"
	OpOpenAPI        Op = "openapi"
)

// Route is one operation.
type Route struct {
	Op     Op
	Method string
	// Path may hold one {id}.
	Path string
	// Query names the parameters; any other is refused.
	Query []string
	// MaxBody bounds the request's body, in bytes; 0: no body is read.
	MaxBody int64
	// Public: no actor is needed.
	Public bool
	// Repeatable: a request whose answer was lost may be sent again.
	Repeatable bool
}

// Routes are all operations, in the order of the document.
func Routes() []Route {
	return []Route{
		{Op: OpCreatePost, Method: http.MethodPost, Path: Root + "/posts", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpPreviewPost, Method: http.MethodPost, Path: Root + "/posts/preview", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpFindPosts, Method: http.MethodGet, Path: Root + "/posts", Query: postParameters(), Repeatable: true},
		{Op: OpLookupPost, Method: http.MethodGet, Path: Root + "/posts/lookup", Query: []string{"ref"}, Repeatable: true},
		{Op: OpFindPost, Method: http.MethodGet, Path: Root + "/posts/{id}", Repeatable: true},
		{Op: OpCancelPost, Method: http.MethodPost, Path: Root + "/posts/{id}/cancel", MaxBody: MaxJSONBytes},
		{Op: OpRetryPost, Method: http.MethodPost, Path: Root + "/posts/{id}/retry", MaxBody: MaxJSONBytes},
		{Op: OpResolvePost, Method: http.MethodPost, Path: Root + "/posts/{id}/resolve", MaxBody: MaxJSONBytes},
		{Op: OpPublishPost, Method: http.MethodPost, Path: Root + "/posts/{id}/publish", MaxBody: MaxJSONBytes},
		{Op: OpEditPost, Method: http.MethodPost, Path: Root + "/posts/{id}/edit", MaxBody: MaxJSONBytes},
		{Op: OpDeletePost, Method: http.MethodPost, Path: Root + "/posts/{id}/delete", MaxBody: MaxJSONBytes},
		{Op: OpFindRequest, Method: http.MethodGet, Path: Root + "/posts/{id}/request", Repeatable: true},
		{Op: OpRevisePost, Method: http.MethodPut, Path: Root + "/posts/{id}/request", MaxBody: MaxJSONBytes},
		{Op: OpReschedulePost, Method: http.MethodPost, Path: Root + "/posts/{id}/reschedule", MaxBody: MaxJSONBytes},
		{Op: OpUndoPost, Method: http.MethodPost, Path: Root + "/undo", MaxBody: MaxJSONBytes},
		{Op: OpFindRevisions, Method: http.MethodGet, Path: Root + "/posts/{id}/revisions", Repeatable: true},
		{Op: OpCountPosts, Method: http.MethodGet, Path: Root + "/posts/count", Query: postParameters(), Repeatable: true},
		{Op: OpStartSignIn, Method: http.MethodPost, Path: Root + "/sign-ins", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpCreateAccount, Method: http.MethodPost, Path: Root + "/accounts", MaxBody: MaxJSONBytes},
		{Op: OpFindAccounts, Method: http.MethodGet, Path: Root + "/accounts", Query: []string{"platform", "name"}, Repeatable: true},
		{Op: OpVerifyAccount, Method: http.MethodPost, Path: Root + "/accounts/{id}/verify", Repeatable: true},
		{Op: OpRefreshAccount, Method: http.MethodPost, Path: Root + "/accounts/{id}/refresh", Repeatable: true},
		{Op: OpUpdateAccount, Method: http.MethodPatch, Path: Root + "/accounts/{id}", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpDeleteAccount, Method: http.MethodDelete, Path: Root + "/accounts/{id}"},
		{Op: OpCreateMedia, Method: http.MethodPost, Path: Root + "/media", Query: []string{"name"}, MaxBody: MaxMediaBytes},
		{Op: OpFindMedia, Method: http.MethodGet, Path: Root + "/media/{id}", Repeatable: true},
		{Op: OpFindEvents, Method: http.MethodGet, Path: Root + "/events", Query: []string{"after", "post", "kind", "limit", "wait"}, Repeatable: true},
		{Op: OpLastEvent, Method: http.MethodGet, Path: Root + "/events/last", Repeatable: true},
		{Op: OpStatus, Method: http.MethodGet, Path: Root + "/status", Repeatable: true},
		{Op: OpPause, Method: http.MethodPost, Path: Root + "/daemon/pause", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpResume, Method: http.MethodPost, Path: Root + "/daemon/resume", Repeatable: true},
		{Op: OpStopDaemon, Method: http.MethodPost, Path: Root + "/daemon/stop"},
		{Op: OpCreateWebhook, Method: http.MethodPost, Path: Root + "/webhooks", MaxBody: MaxJSONBytes},
		{Op: OpFindWebhooks, Method: http.MethodGet, Path: Root + "/webhooks", Repeatable: true},
		{Op: OpDeleteWebhook, Method: http.MethodDelete, Path: Root + "/webhooks/{id}"},
		{Op: OpTestWebhook, Method: http.MethodPost, Path: Root + "/webhooks/{id}/test"},
		{Op: OpCreateGroup, Method: http.MethodPost, Path: Root + "/groups", MaxBody: MaxJSONBytes},
		{Op: OpFindGroups, Method: http.MethodGet, Path: Root + "/groups", Repeatable: true},
		{Op: OpUpdateGroup, Method: http.MethodPatch, Path: Root + "/groups/{id}", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpDeleteGroup, Method: http.MethodDelete, Path: Root + "/groups/{id}"},
		{Op: OpPutPerson, Method: http.MethodPost, Path: Root + "/people", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpFindPeople, Method: http.MethodGet, Path: Root + "/people", Repeatable: true},
		{Op: OpDeletePerson, Method: http.MethodDelete, Path: Root + "/people/{id}"},
		{Op: OpCreateTemplate, Method: http.MethodPost, Path: Root + "/templates", MaxBody: MaxJSONBytes},
		{Op: OpFindTemplates, Method: http.MethodGet, Path: Root + "/templates", Repeatable: true},
		{Op: OpDeleteTemplate, Method: http.MethodDelete, Path: Root + "/templates/{id}"},
		{Op: OpWriteBackup, Method: http.MethodGet, Path: Root + "/store/backup", Query: []string{"without_media"}, Repeatable: true},
		{Op: OpCheckStore, Method: http.MethodPost, Path: Root + "/store/check", Repeatable: true},
		{Op: OpCompactStore, Method: http.MethodPost, Path: Root + "/store/compact", Repeatable: true},
		{Op: OpPruneStore, Method: http.MethodPost, Path: Root + "/store/prune", MaxBody: MaxJSONBytes, Repeatable: true},
		{Op: OpBrokerStatus, Method: http.MethodGet, Path: Root + "/broker", Repeatable: true},
		{Op: OpFindLetters, Method: http.MethodGet, Path: Root + "/letters", Query: []string{"kind", "all", "limit"}, Repeatable: true},
		{Op: OpLookupLetter, Method: http.MethodGet, Path: Root + "/letters/lookup", Query: []string{"kind", "ref"}, Repeatable: true},
		{Op: OpReplayLetter, Method: http.MethodPost, Path: Root + "/letters/{id}/replay", MaxBody: MaxJSONBytes},
		{Op: OpDiscardLetter, Method: http.MethodPost, Path: Root + "/letters/{id}/discard", MaxBody: MaxJSONBytes},
		{Op: OpHealth, Method: http.MethodGet, Path: "/healthz", Public: true, Repeatable: true},
		{Op: OpOpenAPI, Method: http.MethodGet, Path: "/openapi.yaml", Public: true, Repeatable: true},
	}
}

// postParameters are those of a [hayon.PostFilter]; see [PostQuery].
func postParameters() []string {
	return []string{
		"state", "account", "not_account", "label", "not_label", "source", "word", "not_word",
		"since", "until", "at_since", "at_until", "order", "deleted", "before", "limit",
	}
}

// RouteOf is the route of an operation; the zero Route for an unknown one.
func RouteOf(op Op) Route {
	for _, r := range Routes() {
		if r.Op == op {
			return r
		}
	}
	return Route{}
}

// URLPath is the route's path for an id, escaped.
func (r Route) URLPath(id string) string {
	return strings.Replace(r.Path, "{id}", url.PathEscape(id), 1)
}

// Lookup is the answer to a look-up of a post.
type Lookup struct {
	ID string `json:"id"`
}

// LastEvent is the answer to the question for the newest event; 0 where there is none.
type LastEvent struct {
	Seq uint64 `json:"seq"`
}

// Health is the answer of a server that runs.
type Health struct {
	Status  string `json:"status"` // ok
	Version string `json:"version,omitempty"`
}

//go:embed openapi.yaml
var document []byte

// OpenAPI is the OpenAPI 3.1 document of the routes, in YAML. The caller must not change it.
func OpenAPI() []byte { return document }
