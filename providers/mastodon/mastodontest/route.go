package mastodontest

import (
	"encoding/json"
	"net/http"
	"strings"
)

const jsonType = "application/json; charset=utf-8"

// obj is a JSON object.
type obj = map[string]any

// call is one request in work.
type call struct {
	s     *Server
	req   *Request
	args  map[string]string // of the path
	p     params
	token *token // nil without one
	user  *User  // nil for an app's own token and without one
}

// who tells whose token an endpoint needs.
type who int

const (
	anybody who = iota // a token is looked at when there is one
	anApp              // any token
	aUser              // a user's token
)

type route struct {
	method, path string
	who          who
	scopes       []string // any of them
	handle       func(*call) *Answer
}

var (
	readStatuses  = []string{"read:statuses"}
	writeStatuses = []string{"write:statuses"}
	writeMedia    = []string{"write:media"}
)

// routes of the instance. A word of a path that begins with a colon is an argument.
func routes(c Config) []route {
	all := []route{
		{"POST", "/api/v1/apps", anybody, nil, (*call).registerApp},
		{"GET", "/api/v1/apps/verify_credentials", anApp, nil, (*call).verifyApp},
		{"GET", "/oauth/authorize", anybody, nil, (*call).authorizePage},
		{"POST", signInPath, anybody, nil, (*call).signIn},
		{"GET", nativePath, anybody, nil, (*call).nativePage},
		{"POST", "/oauth/token", anybody, nil, (*call).giveToken},
		{"POST", "/oauth/revoke", anybody, nil, (*call).revokeToken},
		{"GET", "/api/v1/instance", anybody, nil, (*call).instanceV1},
		{"GET", "/api/v1/accounts/verify_credentials", aUser, []string{"profile", "read:accounts"}, (*call).verifyCredentials},
		{"GET", "/api/v1/accounts/lookup", anybody, []string{"read:accounts"}, (*call).lookupAccount},
		{"GET", "/api/v1/accounts/:id", anybody, nil, (*call).account},
		{"GET", "/api/v1/accounts/:id/statuses", anybody, readStatuses, (*call).accountStatuses},
		{"POST", "/api/v1/statuses", aUser, writeStatuses, (*call).createStatus},
		{"GET", "/api/v1/statuses/:id", anybody, readStatuses, (*call).status},
		{"PUT", "/api/v1/statuses/:id", aUser, writeStatuses, (*call).editStatus},
		{"DELETE", "/api/v1/statuses/:id", aUser, writeStatuses, (*call).deleteStatus},
		{"GET", "/api/v1/statuses/:id/context", anybody, readStatuses, (*call).statusContext},
		{"POST", "/api/v1/statuses/:id/reblog", aUser, writeStatuses, (*call).reblog},
		{"POST", "/api/v1/statuses/:id/unreblog", aUser, writeStatuses, (*call).unreblog},
		{"GET", "/api/v1/scheduled_statuses", aUser, readStatuses, (*call).scheduledStatuses},
		{"GET", "/api/v1/scheduled_statuses/:id", aUser, readStatuses, (*call).scheduledStatus},
		{"PUT", "/api/v1/scheduled_statuses/:id", aUser, writeStatuses, (*call).editScheduled},
		{"DELETE", "/api/v1/scheduled_statuses/:id", aUser, writeStatuses, (*call).deleteScheduled},
		{"POST", "/api/v1/media", aUser, writeMedia, (*call).uploadV1},
		{"GET", "/api/v1/media/:id", aUser, writeMedia, (*call).mediaState},
		{"PUT", "/api/v1/media/:id", aUser, writeMedia, (*call).editMedia},
		{"GET", "/.well-known/host-meta", anybody, nil, (*call).hostMeta},
		{"GET", "/.well-known/webfinger", anybody, nil, (*call).webFinger},
		{"GET", "/media/:id", anybody, nil, (*call).mediaFile},
		{"GET", "/:acct/:id", anybody, nil, (*call).statusPage},
	}
	if !c.NoV2 {
		all = append(all, route{"POST", "/api/v2/media", aUser, writeMedia, (*call).uploadV2},
			route{"GET", "/api/v2/search", anybody, []string{"read:search"}, (*call).search})
	}
	if !c.NoV2 && !c.NoConfiguration {
		all = append(all, route{"GET", "/api/v2/instance", anybody, nil, (*call).instanceV2})
	}
	if !c.NoSource {
		all = append(all, route{"GET", "/api/v1/statuses/:id/source", aUser, readStatuses, (*call).statusSource},
			route{"GET", "/api/v1/statuses/:id/history", anybody, readStatuses, (*call).statusHistory})
	}
	if !c.NoNodeInfo {
		all = append(all, route{"GET", "/.well-known/nodeinfo", anybody, nil, (*call).nodeInfoLinks},
			route{"GET", "/nodeinfo/2.0", anybody, nil, (*call).nodeInfo})
	}
	if c.modern(4, 3) {
		all = append(all, route{"GET", "/.well-known/oauth-authorization-server", anybody, nil, (*call).oauthServer},
			route{"GET", "/api/v1/statuses", anybody, readStatuses, (*call).manyStatuses})
	}
	if c.modern(4, 4) {
		all = append(all, route{"DELETE", "/api/v1/media/:id", aUser, writeMedia, (*call).deleteMedia})
	}
	return all
}

// handle answers a request. The lock is held.
func (s *Server) handle(req *Request) *Answer {
	c := &call{s: s, req: req, p: req.Params, args: map[string]string{}}
	s.publishPlanned()
	rt := c.find()
	limited, headers := s.limit(c)
	ans := limited
	if ans == nil {
		ans = c.admit(rt)
	}
	if strings.HasPrefix(req.Path, "/api/") && !s.cfg.NoRateHeaders {
		for name, v := range headers {
			if ans.Header[name] == nil { // a limit that was hit has spoken
				ans.Header[name] = v
			}
		}
	}
	return ans
}

// find answers the route of a request, nil for none, and its token and arguments.
func (c *call) find() *route {
	if tok := c.s.tokens[bearer(c.req)]; tok != nil {
		c.token, c.user = tok, tok.user
	}
	path := strings.Split(c.req.Path, "/")
	var best *route
	for _, rt := range routes(c.s.cfg) {
		if args, ok := match(strings.Split(rt.path, "/"), path); ok && rt.method == c.req.Method && (best == nil || len(args) < len(c.args)) {
			best, c.args = &rt, args
		}
	}
	return best
}

func match(want, got []string) (args map[string]string, ok bool) {
	if len(want) != len(got) {
		return nil, false
	}
	args = map[string]string{}
	for i, w := range want {
		if name, is := strings.CutPrefix(w, ":"); is {
			args[name] = got[i]
		} else if w != got[i] {
			return nil, false
		}
	}
	return args, true
}

// admit lets a request in that may come in.
func (c *call) admit(rt *route) *Answer {
	switch {
	case rt == nil && strings.HasPrefix(c.req.Path, "/api/"):
		return refuse(http.StatusNotFound, "Not Found")
	case rt == nil:
		return page(http.StatusNotFound, "The page you are looking for isn't here.")
	}
	if ans := c.authenticate(rt); ans != nil {
		return ans
	}
	if c.req.malformed != nil {
		return refuse(http.StatusBadRequest, "Error occurred while parsing request parameters")
	}
	return c.replayed(func() *Answer { return rt.handle(c) })
}

func respond(status int, v any) *Answer {
	b, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusInternalServerError, err.Error())
	}
	return &Answer{status, http.Header{"Content-Type": {jsonType}}, b}
}

func ok(v any) *Answer { return respond(http.StatusOK, v) }

func refuse(status int, message string) *Answer { return respond(status, obj{"error": message}) }

// invalid is the answer to what cannot be saved.
func invalid(message string) *Answer {
	return refuse(http.StatusUnprocessableEntity, "Validation failed: "+message)
}

func notFound() *Answer { return refuse(http.StatusNotFound, "Record not found") }

func notAllowed() *Answer { return refuse(http.StatusForbidden, "This action is not allowed") }
