package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
	"github.com/hayon/hayon/text"
)

// lookAt is what a service says of a request that it does not store: the post as it would be, and what the
// platforms would refuse.
type lookAt func(ctx context.Context, c hayon.PostCreate) (post *hayon.Post, refused []string, err error)

// lookWith looks at a request as it would be stored. strangers: also for accounts that are not connected, and
// whatever was posted before.
func lookWith(b *backend, strangers bool) lookAt {
	return func(ctx context.Context, c hayon.PostCreate) (*hayon.Post, []string, error) {
		if strangers {
			c.Strangers, c.AllowDuplicate = true, true
		}
		post, err := b.CreatePost(ctx, c)
		if err != nil || c.BestEffort {
			return post, nil, err
		}
		p, err := b.PreviewPost(ctx, c) // what a platform alone knows
		if err != nil {
			return nil, nil, err
		}
		var refused []string
		for i := range p.Targets {
			refused = append(refused, p.Targets[i].Problems...)
		}
		return post, refused, nil
	}
}

// inspect finds out what is wrong with a file, and who gets what of it. Nothing is stored. The error is one that
// is not about the file.
func (f *postFile) inspect(ctx context.Context, accounts []*hayon.Account, look lookAt) error {
	if f.File == nil {
		return nil
	}
	err := f.inspectTargets(ctx, accounts, look)
	if err == nil && f.someOut() {
		f.leaveOutAccounts()
		err = f.inspectTargets(ctx, accounts, look)
	}
	if err == nil {
		err = f.inspectPublished(ctx, look)
	}
	if err != nil {
		return err
	}
	if f.past != nil && !f.wholeOut() {
		f.add(*f.past)
	}
	slices.SortStableFunc(f.problems, func(a, b fileProblem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return nil
}

// inspectTargets finds out who gets what.
func (f *postFile) inspectTargets(ctx context.Context, accounts []*hayon.Account, look lookAt) error {
	c := f.create
	c.DryRun = true
	if f.past != nil { // a key is one of the whole request
		c.Schedule, c.IdempotencyKey = hayon.Schedule{}, ""
	}
	c.Media = f.facts()
	post, refused, err := f.lookUntil(ctx, c, look)
	if err != nil {
		return err
	}
	for _, sentence := range refused {
		f.add(f.explained(hayon.CodeInvalid, sentence, ""))
	}
	if post != nil {
		f.meet(post, accounts)
	}
	return nil
}

// inspectPublished notes names under published: that are of no account anywhere.
func (f *postFile) inspectPublished(ctx context.Context, look lookAt) error {
	for _, name := range slices.Sorted(maps.Keys(f.Published)) {
		if slices.ContainsFunc(f.targets, func(t fileTarget) bool { return t.out == name }) {
			continue
		}
		_, _, err := look(ctx, hayon.PostCreate{To: []string{name}, Text: "x", DryRun: true, Strangers: true, AllowDuplicate: true})
		e, ok := errors.AsType[*hayon.Error](err)
		switch {
		case !ok || held(err):
			if err != nil {
				return err
			}
		case strings.HasPrefix(e.Message, "there is no platform") || strings.HasPrefix(e.Message, "the name of an account"):
			message, _, _ := strings.Cut(e.Message, "; nothing was stored")
			p := f.problem(hayon.CodeInvalid, message, e.Hint, "published", name)
			p.Line, p.Column = f.WhereKey("published", name)
			f.add(p)
		}
	}
	return nil
}

// maxLooks bounds how often a file is looked at to find all that is wrong with it.
const maxLooks = 20

// lookUntil looks at a request. Where something is wrong with it that hides the rest, that is noted, and the
// request looked at without it.
func (f *postFile) lookUntil(ctx context.Context, c hayon.PostCreate, look lookAt) (*hayon.Post, []string, error) {
	for range maxLooks {
		post, refused, err := look(ctx, c)
		if err == nil {
			return post, refused, nil
		}
		if f.leaveOut(err) {
			c.Texts, c.Options, c.Media = f.create.Texts, f.create.Options, f.facts()
			continue
		}
		told, err := f.refused(err)
		if err != nil {
			return nil, nil, err
		}
		if len(told) != 1 || !drop(&c, told[0].Field) {
			break
		}
		c.IdempotencyKey = "" // it is one of the whole request
	}
	return nil, nil, nil
}

// drop takes a value out of a request, and reports whether that leaves something to look at.
func drop(c *hayon.PostCreate, field string) bool {
	key, rest, _ := strings.Cut(field, ".")
	i, _ := strconv.Atoi(rest)
	switch {
	case key == "to" && i < len(c.To) && len(c.To) > 1:
		c.To = slices.Delete(slices.Clone(c.To), i, i+1)
	case key == "text" && rest != "":
		c.Texts = maps.Clone(c.Texts)
		delete(c.Texts, rest)
	case key == "options" && rest != "":
		account, name, _ := strings.Cut(rest, ".")
		c.Options = maps.Clone(c.Options)
		if c.Options[account] = maps.Clone(c.Options[account]); name == "" {
			delete(c.Options, account)
		}
		delete(c.Options[account], name)
	case key == "lang":
		c.Langs = nil
	case key == "card":
		c.Card = ""
	case key == "poll":
		c.Poll = nil
	case key == "reply_to":
		c.ReplyTo = ""
	case key == "quote":
		c.Quote = ""
	default:
		return false
	}
	return true
}

// follows reports whether a problem with a key may follow from one that the file has by itself.
func (f *postFile) follows(key string, line int) bool {
	switch {
	case len(f.mistaken) == 0:
		return false
	case key == "":
		return line == 1 || f.mistaken["body"] || f.mistaken["text"] || f.mistaken["parts"]
	}
	return f.mistaken[key] || key == "to" && len(f.To) == 0
}

// add notes a problem, once, and none that follows from one that the file has by itself.
func (f *postFile) add(p fileProblem) {
	key, _, _ := strings.Cut(p.Field, ".")
	if f.follows(key, p.Line) {
		return
	}
	if !slices.Contains(f.problems, p) {
		f.problems = append(f.problems, p)
	}
}

// facts are the media of a file as a dry run takes them. One that cannot be attached is a problem, and counts
// as a picture that nobody refuses.
func (f *postFile) facts() []hayon.MediaInput {
	out := make([]hayon.MediaInput, 0, len(f.media))
	for _, m := range f.media {
		in := m.input()
		if m.id.IsZero() {
			in.Facts = &hayon.MediaFacts{Type: media.PNG, Bytes: 1, Width: 1, Height: 1, Name: filepath.Base(m.path)}
			if facts, err := probeMedium(m.path); err != nil {
				f.unattached(m, err, "file")
			} else {
				in.Facts = facts
			}
		}
		if m.thumb != "" {
			if _, err := probeMedium(m.thumb); err != nil {
				f.unattached(m, err, "thumb")
			}
		}
		out = append(out, in)
	}
	return out
}

func probeMedium(path string) (*hayon.MediaFacts, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	return probeFile(path)
}

// unattached notes that a medium cannot be attached.
func (f *postFile) unattached(m attachment, err error, key string) {
	e := hayon.AsError(err)
	message, _, _ := strings.Cut(e.Message, "; nothing was stored")
	hint := e.Hint
	if strings.HasPrefix(message, "there is no file") {
		hint = "check the path; it starts in the folder of this file"
	}
	field := append(slices.Clone(m.field), key)
	if m.field == nil { // of --media
		field = []string{"media"}
	}
	p := f.problem(hayon.CodeInvalid, message, hint, field...)
	f.add(p)
}

var ofNobody = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(an option is set for|--text names|a medium is for) "([^"]*)"`)
})

// leaveOut takes out of the request what the file says for an account that it does not go to because the
// command line names others, and reports whether there was something.
func (f *postFile) leaveOut(err error) bool {
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok || !f.partly && !f.says("to", "not") {
		return false
	}
	groups := ofNobody().FindStringSubmatch(e.Message)
	if groups == nil {
		return false
	}
	name, left := groups[2], false
	f.create.Texts, f.create.Options = maps.Clone(f.create.Texts), maps.Clone(f.create.Options)
	switch groups[1] {
	case "--text names":
		_, left = f.create.Texts[name]
		delete(f.create.Texts, name)
	case "an option is set for":
		_, left = f.create.Options[name]
		delete(f.create.Options, name)
	default:
		left = f.leaveOutMedia(name)
	}
	if !f.partly { // else it was said that it is out there
		f.notes = append(f.notes, "what it says for "+name+" is left out: it does not go there")
	}
	return left
}

// leaveOutMedia takes an account from those that get media, and leaves out what is for nobody then.
func (f *postFile) leaveOutMedia(name string) (left bool) {
	var kept []attachment
	for _, m := range f.media {
		if m.field == nil || !slices.Contains(m.accounts, name) {
			kept = append(kept, m)
			continue
		}
		left = true
		m.accounts = slices.DeleteFunc(slices.Clone(m.accounts), func(s string) bool { return s == name })
		if len(m.accounts) > 0 {
			kept = append(kept, m)
		}
	}
	f.media = kept
	return left
}

// refused notes what a service refuses of the file, and answers it. What is the fault of somebody else is
// answered as the error.
func (f *postFile) refused(err error) ([]fileProblem, error) {
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok || held(err) {
		return nil, err
	}
	switch e.Code {
	case hayon.CodeUsage, hayon.CodeInvalid, hayon.CodeConflict, hayon.CodeNotFound, hayon.CodeRejected:
	case hayon.CodeUnauthenticated, hayon.CodeForbidden, hayon.CodeUnavailable, hayon.CodeRateLimited, hayon.CodeUncertain,
		hayon.CodeUnreachable, hayon.CodeTimeout, hayon.CodeLocal, hayon.CodeInternal:
		return nil, err
	}
	sentences, hint := detailed(e), e.Hint
	if len(sentences) > 1 {
		hint = "" // of the first of them
	}
	told := make([]fileProblem, 0, len(sentences))
	for _, sentence := range sentences {
		p := f.explained(e.Code, sentence, hint)
		if p.Field != "" && f.says(flagsOf(strings.Split(p.Field, "."))...) {
			return nil, err
		}
		f.add(p)
		told = append(told, p)
	}
	return told, nil
}

// detailed are all sentences of a refusal.
func detailed(e *hayon.Error) []string {
	switch list := e.Details["problems"].(type) {
	case []string:
		return list
	case []any: // it came over the wire
		out := make([]string, len(list))
		for i, v := range list {
			out[i] = fmt.Sprint(v)
		}
		return out
	}
	return []string{e.Message}
}

// meet remembers who gets the post.
func (f *postFile) meet(post *hayon.Post, accounts []*hayon.Account) {
	f.targets = nil
	for _, t := range post.Targets {
		account := &hayon.Account{Name: t.Platform, Platform: t.Platform, Default: true}
		if i := slices.IndexFunc(accounts, func(a *hayon.Account) bool { return a.ID == t.Account }); i >= 0 {
			account = accounts[i]
		} else if name := stranger(t); name != "" {
			account.Name, account.Default = name, name == t.Platform
		}
		out, url := f.isOut(account.Name, account.Platform, account.Default)
		f.targets = append(f.targets, fileTarget{name: account.Name, target: t, content: contentOf(t), out: out, url: url})
	}
}

// stranger is the name of an account that is not connected, as its note has it; "" for others.
func stranger(t *hayon.Target) string {
	for _, note := range t.Notes {
		if name, _, ok := strings.Cut(note, " is not connected here"); ok {
			return name
		}
	}
	return ""
}

// isThere reports whether the file says of an account that it is out there.
func (t fileTarget) isThere() bool { return t.out != "" }

// wholeOut reports whether the file says of every account that it is out there: nothing is left to be done.
func (f *postFile) wholeOut() bool {
	return len(f.targets) > 0 && !slices.ContainsFunc(f.targets, func(t fileTarget) bool { return !t.isThere() })
}

// someOut reports whether it says so of some of them, and not of all.
func (f *postFile) someOut() bool {
	return slices.ContainsFunc(f.targets, fileTarget.isThere) && !f.wholeOut()
}

// leaveOutAccounts takes those accounts out of the request where it is out: it is never sent again.
func (f *postFile) leaveOutAccounts() {
	f.partly, f.create.Not = true, slices.Clone(f.create.Not)
	for _, t := range f.targets {
		if t.isThere() {
			f.create.Not = append(f.create.Not, t.name)
			f.notes = append(f.notes, t.outNote()+": it goes to the others")
		}
	}
}

func (t fileTarget) outNote() string {
	if t.url == "" {
		return "it is out on " + t.name + " already"
	}
	return "it is out on " + t.name + " already, at " + t.url
}

// skipOut notes that nothing is left to be done of a file that is out everywhere.
func (f *postFile) skipOut() {
	for _, t := range f.targets {
		f.notes = append(f.notes, t.outNote()+": hayon post leaves it out")
	}
}

// refuseOut notes the accounts of which the file says that it is out there: it is never sent again.
func (f *postFile) refuseOut() {
	for _, t := range f.targets {
		f.add(f.problem(hayon.CodeConflict, t.outNote(), "to send it again take that line out of published:", "published", t.out))
	}
}

// contentOf tells what an account gets beside media.
func contentOf(t *hayon.Target) string {
	h := sha256.New()
	for _, p := range t.Parts {
		_, _ = fmt.Fprintln(h, text.Digest(p.Text), len(p.Media)) // never fails
		for _, r := range []*hayon.Remote{p.ReplyTo, p.Quote, p.Repost} {
			if r != nil {
				_, _ = fmt.Fprintln(h, r.ID, r.URL)
			}
		}
		if p.Poll != nil {
			_, _ = fmt.Fprintf(h, "%q\n", p.Poll.Options)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// refuseSameID notes files of the same id: one of them is a copy of which somebody has forgotten that.
func refuseSameID(files []*postFile) {
	first := make(map[string]string)
	for _, f := range files {
		if f.File == nil || f.ID == "" {
			continue
		}
		if earlier, twice := first[f.ID]; twice {
			f.add(f.problem(hayon.CodeInvalid, "id: "+strconv.Quote(f.ID)+" is that of "+earlier+" too", "give each post an id of its own", "id"))
			continue
		}
		first[f.ID] = f.name
	}
}

// refuseSame notes files that give an account the same: one of them is there twice by mistake. hint says what to
// do about it.
func refuseSame(files []*postFile, hint string) {
	for i, f := range files {
		for _, t := range f.targets {
			if t.isThere() {
				continue
			}
			for _, earlier := range files[:i] {
				same := func(other fileTarget) bool {
					return other.name == t.name && other.content == t.content && other.target.Platform == t.target.Platform
				}
				if f.create.Draft || earlier.create.Draft || !slices.ContainsFunc(earlier.targets, same) || !sameMedia(f, earlier) {
					continue
				}
				f.add(f.problem(hayon.CodeConflict, t.name+" gets the same from "+earlier.name, hint))
			}
		}
	}
}

// sameMedia reports whether two files attach the same bytes.
func sameMedia(f, g *postFile) bool {
	return slices.EqualFunc(f.media, g.media, func(m, n attachment) bool {
		if m.path == n.path && m.id == n.id {
			return true
		}
		a, aerr := fileSum(m.path)
		b, berr := fileSum(n.path)
		return aerr == nil && berr == nil && a == b
	})
}

func fileSum(path string) (string, error) {
	if err := checkFile(path); err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // read only
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
