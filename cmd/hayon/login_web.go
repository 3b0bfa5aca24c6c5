package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

const (
	// callbackPath is where the browser comes back to.
	callbackPath = "/callback"
	// browserWait bounds how long a person may take in the browser.
	browserWait = 10 * time.Minute
)

// bySignInPage signs in by a page of the platform: the browser comes back to a port of this machine,
// or shows a code that is typed here.
func (o *loginOptions) bySignInPage(ctx context.Context, b *backend, in hayon.SignIn) (hayon.SignIn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, browserWait, hayon.Errorf(hayon.CodeTimeout, "nobody came back from the browser within %s", browserWait).
		WithHint("begin again: hayon login "+in.Platform))
	defer cancel()
	if o.pasteCode() {
		return o.byPastedCode(ctx, b, in)
	}
	return o.byLoopback(ctx, b, in)
}

// pasteCode reports whether the code is typed here: where asked for, and where no browser of this
// machine could come back, as over SSH.
func (o *loginOptions) pasteCode() bool {
	a := o.app
	if o.noBrowser || o.web {
		return o.noBrowser
	}
	screen := runtime.GOOS != "linux" || a.hasEnv("DISPLAY") || a.hasEnv("WAYLAND_DISPLAY") || a.hasEnv("BROWSER")
	return a.hasEnv("SSH_CONNECTION") || !screen
}

func (o *loginOptions) byPastedCode(ctx context.Context, b *backend, in hayon.SignIn) (hayon.SignIn, error) {
	a := o.app
	if a.io.inTTY && !a.mayAsk() {
		return in, hayon.Errorf(hayon.CodeUsage, "the code of the sign-in has to be typed, and nobody is there to do it").
			WithHint("give a token: hayon login " + in.Platform + " … --token-file FILE")
	}
	flow, err := b.StartSignIn(ctx, in)
	if err != nil {
		return in, err
	}
	a.ask("Open this page, allow access, and copy the code that it shows:\n\n  %s\n", flow.URL)
	code, err := a.prompt(ctx, "Code: ")
	if err != nil {
		return in, err
	}
	if code, err = pastedCode(code, flow.State); err != nil {
		return in, err
	}
	in.Flow, in.Code = flow.Keep, hayon.NewSecret([]byte(code))
	return in, nil
}

// pastedCode is the code in what a person has copied: the code itself, with what some pages show behind
// it, or the whole address at which the browser has ended.
func pastedCode(text, state string) (string, error) {
	if i := strings.IndexByte(text, '?'); i >= 0 && strings.Contains(text[i:], "code=") {
		text = text[i+1:]
	} else {
		text = "code=" + text
	}
	q, err := url.ParseQuery(text)
	code := strings.TrimSpace(q.Get("code"))
	switch {
	case err != nil || code == "":
		return "", hayon.Errorf(hayon.CodeUsage, "there is no code in what was typed; nothing was stored").WithHint("begin again, and copy what the page shows")
	case q.Has("state") && subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1:
		return "", hayon.Errorf(hayon.CodeUnauthenticated, "the code belongs to another sign-in; nothing was stored").WithHint("begin again, and take the new page")
	}
	return code, nil
}

func (o *loginOptions) byLoopback(ctx context.Context, b *backend, in hayon.SignIn) (hayon.SignIn, error) {
	a := o.app
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return in, hayon.Errorf(hayon.CodeLocal, "no port of this machine is free for the browser to come back to: %w", err).
			WithHint("type the code instead: hayon login " + in.Platform + " --no-browser")
	}
	address := listener.Addr().String()
	in.Redirect = "http://" + address + callbackPath
	flow, err := b.StartSignIn(ctx, in)
	if err != nil {
		return in, errors.Join(err, listener.Close())
	}
	back := &callback{host: address, state: flow.State, came: make(chan answer, 1)}
	srv := &http.Server{Handler: back, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(listener) }() // ends with Shutdown
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = srv.Shutdown(ctx) // the page has been written
	}()
	if err := a.browse(ctx, flow.URL); err != nil {
		a.ask("Open this page in the browser of this machine, and allow access:\n\n  %s\n", flow.URL)
	} else {
		a.ask("Your browser opens; allow access there. If nothing opens, go to:\n\n  %s\n", flow.URL)
	}
	select {
	case got := <-back.came:
		if got.err != nil {
			return in, got.err
		}
		in.Flow, in.Code = flow.Keep, hayon.NewSecret([]byte(got.code))
		return in, nil
	case <-ctx.Done():
		return in, context.Cause(ctx)
	}
}

// ask writes what a person has to do; unlike say it is there in every mode of output.
func (a *app) ask(format string, args ...any) { _, _ = fmt.Fprintf(a.io.err, format+"\n", args...) }

// answer is what the browser brought.
type answer struct {
	code string
	err  error
}

// callback answers the browser that comes back from the platform. It takes one answer with the right
// state, and leaves everything else alone.
type callback struct {
	host, state string
	came        chan answer
}

func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	// Another name for this machine would be a page that wants to play the platform.
	if r.Host != c.host || r.URL.Path != callbackPath || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(c.state)) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		page(w, "This answer belongs to another sign-in", "Nothing was done with it. Go back to the terminal and begin again.")
		return
	}
	got := answerOf(q)
	if got.err != nil {
		w.WriteHeader(http.StatusForbidden)
		page(w, "Not connected", hayon.AsError(got.err).Message)
	} else {
		page(w, "Allowed", "Hayon goes on in the terminal. This page can be closed.")
	}
	select {
	case c.came <- got:
	default: // it was answered before
	}
}

func answerOf(q url.Values) answer {
	switch said := q.Get("error"); {
	case said == "access_denied":
		return answer{err: hayon.Errorf(hayon.CodeUnauthenticated, "access was not allowed in the browser; nothing was stored").
			WithHint("begin again, and allow it")}
	case said != "":
		if about := q.Get("error_description"); about != "" {
			said += ": " + about
		}
		return answer{err: hayon.Errorf(hayon.CodeUnauthenticated, "the platform ended the sign-in: %s", printable(said, 200)).WithHint("begin again")}
	case q.Get("code") == "":
		return answer{err: hayon.Errorf(hayon.CodeUnauthenticated, "the platform sent no code; nothing was stored").WithHint("begin again")}
	}
	return answer{code: q.Get("code")}
}

// printable is what somebody else wrote, on one line and not longer than n bytes.
func printable(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

func page(w io.Writer, title, text string) {
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Hayon: %[1]s</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style><h1>%[1]s</h1><p>%[2]s</p></html>
`, html.EscapeString(title), html.EscapeString(text))
}
