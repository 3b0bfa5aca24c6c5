package rabbitmq

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hayon/hayon"
)

const (
	managementTimeout = 10 * time.Second
	maxManagement     = 16 << 20 // bytes of an answer
)

// parseManagement reads the URL of the management API; nil for none. It repeats nothing of it.
func parseManagement(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil //nolint:nilnil // none is no error
	}
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "the URL of the management API is not right").
			WithHint("http://HOST:15672, where the broker's user may look; else http://USER:PASSWORD@HOST:15672")
	}
	return u, nil
}

// managementTLS is the configuration of the broker for another host; nil for the usual one.
func (at endpoint) managementTLS() *tls.Config {
	if at.tls == nil {
		return nil
	}
	c := at.tls.Clone()
	c.ServerName = ""
	return c
}

// listBindings asks the management API for the bindings of queues in the vhost.
func (c Config) listBindings(ctx context.Context, at endpoint) ([]hayon.Binding, error) {
	base, err := parseManagement(c.Management)
	if err != nil {
		return nil, err
	}
	if base == nil {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the protocol does not show bindings").
			WithHint("see them too: --management http://HOST:15672")
	}
	user, password := at.user, string(at.password.Reveal())
	if base.User != nil {
		user = base.User.Username()
		password, _ = base.User.Password()
		base.User = nil
	}
	ctx, cancel := context.WithTimeout(ctx, managementTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base.JoinPath("api", "bindings", url.PathEscape(at.vhost)).String(), http.NoBody)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeUsage, "the URL of the management API is not right")
	}
	req.SetBasicAuth(user, password)
	client := http.Client{
		Transport:     &http.Transport{TLSClientConfig: at.managementTLS(), DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the management API at %s did not answer: %s", base.Host, reason(err)).WithCause(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		return nil, hayon.Errorf(hayon.CodeForbidden, "the management API at %s refuses the user: %s", base.Host, resp.Status).
			WithHint("it may want its tag: rabbitmqctl set_user_tags USER management   or name another one: --management http://USER:PASSWORD@HOST:15672")
	}
	if resp.StatusCode != http.StatusOK {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the management API at %s answered %s", base.Host, resp.Status)
	}
	var list []struct {
		Source, Destination string
		DestinationType     string `json:"destination_type"`
		RoutingKey          string `json:"routing_key"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxManagement)).Decode(&list); err != nil {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the management API at %s answered what cannot be read", base.Host).WithCause(err)
	}
	var out []hayon.Binding
	for _, b := range list {
		if b.DestinationType == "queue" {
			out = append(out, hayon.Binding{Exchange: b.Source, Key: b.RoutingKey, Queue: b.Destination})
		}
	}
	return out, nil
}
