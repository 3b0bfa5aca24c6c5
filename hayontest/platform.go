package hayontest

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// Platform is a platform in memory whose answers a test scripts. What it made public it counts, so
// that a test can tell one post from two. It is of class A unless Class says otherwise, needs no
// sign-in, and is safe for concurrent use.
type Platform struct {
	// Name is the platform's name; "" is "platform".
	Name string
	// Class is the class that it declares; "" is A.
	Class hayon.Class
	// OnPrepare, OnPublish and OnReconcile run at the start of the calls, where set. An error of the
	// first is Prepare's; a result with a verdict of the others is the answer, and nothing is done.
	OnPrepare   func(ctx context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error)
	OnPublish   func(ctx context.Context, r hayon.PublishRequest) hayon.Result
	OnReconcile func(ctx context.Context, r hayon.PublishRequest) hayon.Result
	// AfterPublish runs when the post is public and may replace the answer.
	AfterPublish func(ctx context.Context, r hayon.PublishRequest, res hayon.Result) hayon.Result

	mu     sync.Mutex // guards public
	public []Public
}

// Public is a post that everybody can see.
type Public struct {
	Idem string
	Text string
	At   time.Time
}

var _ hayon.Provider = (*Platform)(nil)

// Public is what is public, in the order of publication.
func (p *Platform) Public() []Public {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Public(nil), p.public...)
}

// Info describes the platform.
func (p *Platform) Info() hayon.ProviderInfo {
	info := hayon.ProviderInfo{
		Name: "platform", Title: "Platform", Class: hayon.ClassA, NoSignIn: true, AllowDuplicate: true,
		PublishTimeout: 30 * time.Second, Threads: true,
		Limits: []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: 500}},
	}
	if p.Name != "" {
		info.Name = p.Name
	}
	if p.Class != "" {
		info.Class = p.Class
	}
	return info
}

// SignIn connects whoever asks.
func (p *Platform) SignIn(_ context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	return &hayon.Account{RemoteID: in.Alias, Handle: "@" + in.Alias}, hayon.Secret{}, nil
}

// Verify finds every account in order.
func (p *Platform) Verify(_ context.Context, s hayon.Session) (*hayon.Account, error) {
	return s.Account(), nil
}

// NewIdem names a part by its target.
func (p *Platform) NewIdem(t *hayon.Target, i int, _ time.Time) string {
	return t.ID.String() + "-" + strconv.Itoa(i)
}

// Prepare makes the bytes: the text.
func (p *Platform) Prepare(ctx context.Context, _ hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	if p.OnPrepare != nil {
		if out, err := p.OnPrepare(ctx, r); out != nil || err != nil {
			return out, err
		}
	}
	return &hayon.Prepared{Data: []byte(r.Part().Text)}, nil
}

// Publish makes the post public, once for each idem.
func (p *Platform) Publish(ctx context.Context, _ hayon.Session, r hayon.PublishRequest) hayon.Result {
	if p.OnPublish != nil {
		if res := p.OnPublish(ctx, r); res.Verdict != "" {
			return res
		}
	}
	p.mu.Lock()
	idem := r.Part().Idem
	if p.Info().Class != hayon.ClassA || !p.has(idem) {
		p.public = append(p.public, Public{Idem: idem, Text: string(r.Prepared.Data), At: time.Now()})
	}
	p.mu.Unlock()
	res := hayon.Result{Verdict: hayon.VerdictPublished, Remote: remoteOf(idem)}
	if p.AfterPublish != nil {
		res = p.AfterPublish(ctx, r, res)
	}
	return res
}

// Reconcile looks the post up by its idem, where the class lets it.
func (p *Platform) Reconcile(ctx context.Context, _ hayon.Session, r hayon.PublishRequest) hayon.Result {
	if p.OnReconcile != nil {
		if res := p.OnReconcile(ctx, r); res.Verdict != "" {
			return res
		}
	}
	if p.Info().Class == hayon.ClassE {
		return hayon.Result{Verdict: hayon.VerdictUnknown}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.has(r.Part().Idem) {
		return hayon.Result{Verdict: hayon.VerdictPublished, Remote: remoteOf(r.Part().Idem)}
	}
	return hayon.Result{Verdict: hayon.VerdictNotApplied}
}

// has must be called with mu held.
func (p *Platform) has(idem string) bool {
	for _, post := range p.public {
		if post.Idem == idem {
			return true
		}
	}
	return false
}

func remoteOf(idem string) hayon.Remote {
	return hayon.Remote{ID: idem, URL: "https://platform.example/" + idem}
}
