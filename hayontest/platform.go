package hayontest

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// Platform is a platform in memory whose answers a test scripts. What it made public it counts, so
// that a test can tell one post from two. Left alone it behaves as its class does:
//
//   - A makes one post for each idem and can be asked for it.
//   - B makes one post for each idem and generation while the key lives. To ask is to repeat the call
//     in the first half of that life, and to read back after it.
//   - C publishes the container that Prepare has made, once, and can be asked for it.
//   - D makes a post for each call. To ask is to read back.
//   - E makes a post for each call and can tell nothing.
//   - F finishes the upload that Prepare has begun, once, and can be asked for it; once the handles are
//     forgotten, to ask is to read back.
//
// Reading back finds what has the same text in the list of the account's posts, is not older than the
// call and belongs to no other target. What is out can be changed and removed, and what was not removed
// reposted, by its id or its address; posts of other places are taken on trust. It needs no sign-in, and is safe for concurrent use; the
// exported fields are not to be changed during a call.
type Platform struct {
	// Name is the platform's name; "" is "platform".
	Name string
	// Class is the class that it declares; "" is A.
	Class hayon.Class
	// ReadYourWrites, Settle and PublishTimeout are those of its [hayon.ProviderInfo]; the zero
	// PublishTimeout is 30 s.
	ReadYourWrites bool
	Settle         []time.Duration
	PublishTimeout time.Duration
	// VisibleAfter is how long a post is public before it is in the list.
	VisibleAfter time.Duration
	// KeyLife is how long class B knows a key; zero is an hour.
	KeyLife time.Duration
	// OnPrepare, OnPublish and OnReconcile run at the start of the calls, before the request would
	// leave, where set. An error of the first is Prepare's; a result with a verdict of the others is
	// the answer, and nothing is done.
	OnPrepare   func(ctx context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error)
	OnPublish   func(ctx context.Context, r hayon.PublishRequest) hayon.Result
	OnReconcile func(ctx context.Context, r hayon.PublishRequest) hayon.Result
	// AfterPublish runs when the post is public and may replace the answer.
	AfterPublish func(ctx context.Context, r hayon.PublishRequest, res hayon.Result) hayon.Result
	// OnDelete and OnEdit run at the start of these calls, where set. An error is the answer, and nothing
	// is done.
	OnDelete func(ctx context.Context, r hayon.Remote) error
	OnEdit   func(ctx context.Context, r hayon.EditRequest) error

	mu      sync.Mutex // guards what follows
	public  []Public
	handles map[string]bool // those of Prepare that are not forgotten
	removed map[string]bool // ids
	minted  int
}

// Public is a post that everybody can see.
type Public struct {
	ID      string
	Account hayon.AccountID
	Target  hayon.TargetID
	Part    int
	Idem    string
	Text    string
	// Alts and Options are those of the part and of its target. Repost is the id of what a repost shows.
	Alts    []string
	Options map[string]string
	Repost  string
	At      time.Time
	// Edits counts the changes.
	Edits int
	// key is what a repeat is known by; "" where it is not.
	key string
}

const defaultKeyLife = time.Hour

var _ hayon.Provider = (*Platform)(nil)

// Public is what is public, in the order of publication.
func (p *Platform) Public() []Public {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Public(nil), p.public...)
}

// Insert makes a post public that no call has made.
func (p *Platform) Insert(post Public) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.public = append(p.public, post)
}

// ForgetHandles loses all containers and uploads; what has become of them stays.
func (p *Platform) ForgetHandles() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handles = nil
}

// Info describes the platform.
func (p *Platform) Info() hayon.ProviderInfo {
	info := hayon.ProviderInfo{
		Name: "platform", Title: "Platform", Class: hayon.ClassA, NoSignIn: true, AllowDuplicate: true,
		Fields:         []hayon.Field{{Name: "host", Title: "Host", Set: true}, {Name: "app", Title: "Application", Set: true}},
		PublishTimeout: 30 * time.Second, Threads: true,
		Settle: p.Settle, ReadYourWrites: p.ReadYourWrites,
		Limits:  []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: 500}},
		Options: platformOptions(),
	}
	if p.Name != "" {
		info.Name = p.Name
	}
	if p.Class != "" {
		info.Class = p.Class
	}
	if p.PublishTimeout > 0 {
		info.PublishTimeout = p.PublishTimeout
	}
	return info
}

// SignIn connects whoever asks. The fields host and app are the account's.
func (p *Platform) SignIn(_ context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	a := &hayon.Account{RemoteID: in.Alias, Handle: "@" + in.Alias, Host: in.Fields["host"], App: in.Fields["app"]}
	return a, hayon.Secret{}, nil
}

// Verify finds every account in order.
func (p *Platform) Verify(_ context.Context, s hayon.Session) (*hayon.Account, error) {
	return s.Account(), nil
}

// NewIdem names a part by its target.
func (p *Platform) NewIdem(t *hayon.Target, i int, _ time.Time) string {
	return t.ID.String() + "-" + strconv.Itoa(i)
}

// handle is the name of what Prepare makes, in classes C and F.
const handle = "handle"

// Prepare makes the bytes: the text; and a container or an upload, where the class has one and there
// is none that is known.
func (p *Platform) Prepare(ctx context.Context, _ hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	if p.OnPrepare != nil {
		if out, err := p.OnPrepare(ctx, r); out != nil || err != nil {
			return out, err
		}
	}
	out := &hayon.Prepared{Data: []byte(r.Part().Text)}
	if what := r.Part().Repost; what != nil {
		id, err := p.original(*what)
		if err != nil {
			return nil, err
		}
		out.Data = []byte(repostOf + id)
	}
	if class := p.Info().Class; class != hayon.ClassC && class != hayon.ClassF {
		return out, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Earlier != nil && p.handles[r.Earlier.Handles[handle]] {
		out.Handles = r.Earlier.Handles
		return out, nil
	}
	if p.handles == nil {
		p.handles = make(map[string]bool)
	}
	name := p.mint(handle)
	p.handles[name] = true
	out.Handles = map[string]string{handle: name}
	return out, nil
}

// mint must be called with mu held.
func (p *Platform) mint(what string) string {
	p.minted++
	return what + "-" + strconv.Itoa(p.minted)
}

// Publish makes the post public as the class does. The request leaves after OnPublish, if its deadline
// is not over.
func (p *Platform) Publish(ctx context.Context, _ hayon.Session, r hayon.PublishRequest) hayon.Result {
	if p.OnPublish != nil {
		if res := p.OnPublish(ctx, r); res.Verdict != "" {
			return res
		}
	}
	res := p.apply(r)
	if res.Verdict == hayon.VerdictPublished && p.AfterPublish != nil {
		res = p.AfterPublish(ctx, r, res)
	}
	return res
}

// apply is the platform's side of the call.
func (p *Platform) apply(r hayon.PublishRequest) hayon.Result {
	now := time.Now().Round(0)
	if !r.Deadline.IsZero() && now.After(r.Deadline.Round(0)) {
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "platform: the time was over before the request left")}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := p.key(r)
	if i := p.find(key, now); i >= 0 {
		return published(p.public[i])
	}
	if h := r.Prepared.Handles[handle]; h != "" && !p.handles[h] {
		return gone()
	}
	post := Public{
		ID: r.Part().Idem, Account: r.Target.Account, Target: r.Target.ID, Part: r.Index,
		Idem: r.Part().Idem, At: now, key: key,
	}
	if id, ok := strings.CutPrefix(string(r.Prepared.Data), repostOf); ok {
		post.Repost = id
	} else {
		post.say(string(r.Prepared.Data), r.Part().Media, r.Target.Options)
	}
	if p.Info().Class != hayon.ClassA {
		post.ID = p.mint("post")
	}
	p.public = append(p.public, post)
	return published(post)
}

// key is what the platform knows a repeat by; "" where it does not.
func (p *Platform) key(r hayon.PublishRequest) string {
	switch p.Info().Class {
	case hayon.ClassA:
		return r.Part().Idem
	case hayon.ClassB:
		return r.Part().Idem + "@" + strconv.Itoa(r.Target.Generation)
	case hayon.ClassC, hayon.ClassF:
		return r.Prepared.Handles[handle]
	case hayon.ClassD, hayon.ClassE:
	}
	return ""
}

// find is the index of the post with a key; -1 where there is none. It must be called with mu held.
func (p *Platform) find(key string, now time.Time) int {
	for i, post := range p.public {
		known := p.Info().Class != hayon.ClassB || now.Sub(post.At) < p.keyLife()
		if key != "" && post.key == key && known {
			return i
		}
	}
	return -1
}

func (p *Platform) keyLife() time.Duration {
	if p.KeyLife > 0 {
		return p.KeyLife
	}
	return defaultKeyLife
}

// Reconcile finds out by one look what the class lets it.
func (p *Platform) Reconcile(ctx context.Context, _ hayon.Session, r hayon.PublishRequest) hayon.Result {
	if p.OnReconcile != nil {
		if res := p.OnReconcile(ctx, r); res.Verdict != "" {
			return res
		}
	}
	switch p.Info().Class {
	case hayon.ClassB:
		if time.Since(r.SentAt) < p.keyLife()/2 {
			return p.repeat(r)
		}
	case hayon.ClassA, hayon.ClassC, hayon.ClassF:
		if res := p.lookUp(r); res.Verdict != "" {
			return res
		}
	case hayon.ClassE:
		return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true}
	case hayon.ClassD:
	}
	return p.readBack(ctx, r)
}

// repeat makes the call again under its key; what is refused now proves nothing about then.
func (p *Platform) repeat(r hayon.PublishRequest) hayon.Result {
	res := p.apply(r)
	if res.Verdict != hayon.VerdictPublished {
		res.Verdict = hayon.VerdictUnknown
	}
	return res
}

// lookUp asks for the very thing that was sent; no verdict where the platform does not know its handle.
func (p *Platform) lookUp(r hayon.PublishRequest) hayon.Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	lost := p.Info().Class == hayon.ClassF && !p.handles[r.Prepared.Handles[handle]]
	if i := p.find(p.key(r), time.Now()); i >= 0 && !lost {
		return published(p.public[i])
	}
	switch h := r.Prepared.Handles[handle]; {
	case lost:
		return hayon.Result{}
	case h != "" && !p.handles[h]:
		return gone()
	}
	return hayon.Result{Verdict: hayon.VerdictNotApplied}
}

// readBack looks for the post in the list of the account's recent ones.
func (p *Platform) readBack(ctx context.Context, r hayon.PublishRequest) hayon.Result {
	now := time.Now()
	var found []Public
	for _, post := range p.Public() {
		if post.Account != r.Target.Account || post.data() != string(r.Prepared.Data) ||
			post.At.Before(r.SentAt.Add(-time.Second)) || post.At.Add(p.VisibleAfter).After(now) {
			continue
		}
		claimed, err := r.Claimed(ctx, post.ID)
		if err != nil {
			return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.AsError(err)}
		}
		if !claimed {
			found = append(found, post)
		}
	}
	switch len(found) {
	case 0:
		res := hayon.Result{Verdict: hayon.VerdictNotApplied}
		res.PrepareAgain = p.Info().Class == hayon.ClassF
		return res
	case 1:
		return published(found[0])
	}
	return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: hayon.Errorf(hayon.CodeUncertain,
		"platform: %d recent posts could be this one", len(found))}
}

func published(post Public) hayon.Result {
	return hayon.Result{
		Verdict: hayon.VerdictPublished,
		Remote:  remote(post.ID),
	}
}

// gone is the answer where a container or an upload is not there any more.
func gone() hayon.Result {
	return hayon.Result{
		Verdict: hayon.VerdictNotApplied, PrepareAgain: true,
		Err: hayon.Errorf(hayon.CodeUnavailable, "platform: what was uploaded is gone"),
	}
}
