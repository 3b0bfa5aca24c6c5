package bluesky

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
)

// Where it stands who may answer and who may quote a post, under the key of the post. Sources: the
// lexicons app.bsky.feed.threadgate and app.bsky.feed.postgate.
const (
	threadgateCollection = "app.bsky.feed.threadgate"
	postgateCollection   = "app.bsky.feed.postgate"
)

// gates are what the author of a post forbids others.
type gates struct {
	replies  string // one of [hayon.Replies], or ""
	noQuotes bool
}

func parseGates(set map[string]string, who subject) (gates, error) {
	g := gates{replies: set[hayon.OptionReplies]}
	if g.replies != "" && !slices.Contains(hayon.Replies(), g.replies) {
		return g, who.errorf(hayon.CodeInvalid, "%s is %q", hayon.OptionReplies, clean(g.replies, 100)).
			WithHint("use one of: " + strings.Join(hayon.Replies(), ", "))
	}
	if v := set[hayon.OptionNoQuotes]; v != "" {
		is, err := strconv.ParseBool(v)
		if err != nil {
			return g, who.errorf(hayon.CodeInvalid, "%s is %q", hayon.OptionNoQuotes, clean(v, 100)).WithHint("use true or false").WithCause(err)
		}
		g.noQuotes = is
	}
	return g, nil
}

// closesThread reports whether somebody may not answer.
func (g gates) closesThread() bool { return g.replies != "" && g.replies != hayon.RepliesEveryone }

// gateRule is a rule of either gate, which says nothing but what it is.
type gateRule struct {
	Type string `json:"$type"`
}

// threadgate is written with a type of our own: that of the library leaves out an empty list, which is the
// difference between nobody and everybody.
type threadgate struct {
	Type      string     `json:"$type"`
	Post      string     `json:"post"`
	Allow     []gateRule `json:"allow"` // empty, but never nil: nobody
	CreatedAt string     `json:"createdAt"`
}

type postgate struct {
	Type           string     `json:"$type"`
	Post           string     `json:"post"`
	EmbeddingRules []gateRule `json:"embeddingRules"`
	CreatedAt      string     `json:"createdAt"`
}

func (g gates) threadgate(post, at string) *threadgate {
	out := &threadgate{Type: threadgateCollection, Post: post, Allow: []gateRule{}, CreatedAt: at}
	switch g.replies {
	case hayon.RepliesFollowing:
		out.Allow = append(out.Allow, gateRule{threadgateCollection + "#followingRule"})
	case hayon.RepliesMentioned:
		out.Allow = append(out.Allow, gateRule{threadgateCollection + "#mentionRule"})
	}
	return out
}

func (g gates) postgate(post, at string) *postgate {
	return &postgate{
		Type: postgateCollection, Post: post, EmbeddingRules: []gateRule{{postgateCollection + "#disableRule"}}, CreatedAt: at,
	}
}

// othersThread is what becomes of a gate on an answer: whose thread it is decides.
const othersThread = "who may answer is up to the author of the first post of the thread"

// putGates writes what the author forbids, before the post is there, so that nobody comes first. A thread
// has one threadgate, at its first post; a postgate is for one post. A gate that an earlier version of the
// post had and this one has not is removed.
func (p *Provider) putGates(ctx context.Context, s hayon.Session, d *draft) error {
	post := remote(s.Account().RemoteID, d.Part().Idem, "").ID
	var thread, quotes any
	switch {
	case !d.gates.closesThread() || d.Index > 0:
	case d.answers() != nil:
		d.notes = append(d.notes, othersThread)
	default:
		thread = d.gates.threadgate(post, createdAt(d.PrepareRequest))
	}
	if d.gates.noQuotes {
		quotes = d.gates.postgate(post, createdAt(d.PrepareRequest))
	}
	if err := p.putGate(ctx, s, d, threadgateCollection, thread); err != nil {
		return err
	}
	return p.putGate(ctx, s, d, postgateCollection, quotes)
}

// firstGeneration is that of a target that nobody has changed.
const firstGeneration = 1

// putGate writes a gate, over one that may be there; nil removes what a change left behind.
func (p *Provider) putGate(ctx context.Context, s hayon.Session, d *draft, collection string, record any) error {
	if record == nil {
		if d.Target.Generation <= firstGeneration {
			return nil
		}
		return p.deleteRecord(ctx, s, collection, d.Part().Idem)
	}
	body, err := json.Marshal(map[string]any{
		"repo": s.Account().RemoteID, "collection": collection, "rkey": d.Part().Idem, "record": record,
	})
	if err != nil {
		return err
	}
	err = p.signed(ctx, s, func(cur *session) error {
		_, err := p.putRecord(ctx, cur, body)
		return err
	})
	if err != nil {
		return fault(err, d.who)
	}
	return nil
}
