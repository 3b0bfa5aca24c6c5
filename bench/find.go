package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

const (
	findPosts = 100_000
	// findLimit is how many posts a page has.
	findLimit = 30
	// finds is how often each search is timed.
	finds = 31
	// findSeed draws the texts.
	findSeed = 3
	// findEvery is how long after the other posts go out: a month of them is about 800.
	findEvery = 55 * time.Minute
	// One of findRare posts has the rare word, and one of findFailed failed.
	findRare   = 10_000
	findFailed = 1000
)

// The words that are looked for.
const (
	wordFrequent = "carpenter"
	wordRare     = "oystercatcher"
	wordAbsent   = "jabberwock"
)

// search is one thing that is asked of the store.
type search struct {
	name string
	f    hayon.PostFilter
	// count: the number is asked for and not the posts.
	count bool
	// enough is what must be found at least.
	enough int
}

// measureFind times searches over 100,000 posts in this process, each in a transaction of its own.
func measureFind(ctx context.Context, b *bench) (rows []row, err error) {
	h := b.home("find")
	n := b.count(findPosts)
	begin := time.Now()
	err = inStore(ctx, h, func(s hayon.Store) error {
		now := time.Now().UTC()
		if err := seedFind(ctx, s, n, now); err != nil {
			return err
		}
		note := "database made in " + time.Since(begin).Round(100*time.Millisecond).String()
		if info, err := os.Stat(h.database()); err == nil {
			note += ", " + number(float64(info.Size())/mib) + " MiB"
		}
		for _, what := range searches(n, now) {
			took, err := timedSearch(ctx, s, what)
			if err != nil {
				return err
			}
			rows = append(rows, b.figure(what.name, millis(median(took)), "p99 "+number(millis(quantile(took, 0.99)))+" ms; "+note))
			note = ""
		}
		return nil
	})
	for i := range rows {
		rows[i].Note = strings.TrimSuffix(rows[i].Note, "; ")
	}
	return rows, err
}

// searches are those over n posts, the newest of which was created now.
func searches(n int, now time.Time) []search {
	page := hayon.PostFilter{Owner: hayon.LocalUser().ID, Limit: findLimit}
	with := func(set func(*hayon.PostFilter)) hayon.PostFilter {
		f := page
		set(&f)
		return f
	}
	word := func(w string) hayon.PostFilter {
		return with(func(f *hayon.PostFilter) { f.Words = []string{w} })
	}
	return []search{
		{"find-newest", page, false, findLimit},
		{"find-rare", word(wordRare), false, min(findLimit, n/findRare)},
		{"find-absent", word(wordAbsent), false, 0},
		{"find-frequent", word(wordFrequent), false, findLimit},
		{"find-state", with(func(f *hayon.PostFilter) { f.States = []hayon.PostState{hayon.PostFailed} }), false, min(findLimit, n/findFailed)},
		{"find-month", with(func(f *hayon.PostFilter) {
			f.Order, f.AtSince, f.AtUntil = hayon.OrderSoonest, now, now.AddDate(0, 1, 0)
		}), false, min(findLimit, n/2)},
		{"count-all", page, true, n},
		{"count-label", with(func(f *hayon.PostFilter) { f.Labels = []string{findLabels()[0]} }), true, n / len(findLabels())},
	}
}

// timedSearch asks again and again; the first time, which reads the file from the disk, does not count.
func timedSearch(ctx context.Context, s hayon.Store, what search) (took []time.Duration, err error) {
	for i := range finds + 1 {
		found := 0
		begin := time.Now()
		err := s.View(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
			if what.count {
				found, err = tx.CountPosts(ctx, what.f)
				return err
			}
			posts, err := tx.FindPosts(ctx, what.f)
			found = len(posts)
			return err
		})
		if i > 0 {
			took = append(took, time.Since(begin))
		}
		if err != nil {
			return nil, err
		}
		if found < what.enough || what.enough == 0 && found > 0 {
			return nil, fmt.Errorf("%s found %d posts, want %d", what.name, found, what.enough)
		}
	}
	return took, nil
}

// seedFind stores n posts, one a millisecond until now, for two accounts each.
func seedFind(ctx context.Context, s hayon.Store, n int, now time.Time) error {
	accounts, err := demoAccounts(ctx, s, now)
	r := rand.New(rand.NewPCG(findSeed, 0)) //nolint:gosec // a load, and the same in every run
	for first := 0; first < n && err == nil; first += seedBatch {
		err = s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			var errs []error
			for i := first; i < min(first+seedBatch, n); i++ {
				created := now.Add(time.Duration(i-n) * time.Millisecond)
				p := findPost(r, spreadID(i, n, created), i, created)
				p.Schedule.At = now.Add(time.Duration(i-n/2) * findEvery)
				addFindTargets(p, i, accounts)
				errs = append(errs, tx.CreatePost(ctx, p))
			}
			return errors.Join(errs...)
		})
	}
	return err
}

// findLabels are those of all posts, three of them each.
func findLabels() []string {
	return []string{"news", "release", "sea", "idea", "reading", "conference", "team", "weekly", "howto"}
}

// findPost is a post of 60 to 280 characters.
func findPost(r *rand.Rand, id hayon.PostID, i int, created time.Time) *hayon.Post {
	words := strings.Fields("what we have learnt this week about ships and shoes of sealing wax Walrus " + wordFrequent +
		" where to read on with Größe naïve Ångström 船 #news https://example.com/a page more than ever before")
	length := 60 + r.IntN(220)
	var text strings.Builder
	fmt.Fprintf(&text, "Post %d:", i)
	for n := text.Len(); n < length; {
		word := words[r.IntN(len(words))]
		text.WriteString(" " + word)
		n += 1 + utf8.RuneCountInString(word)
	}
	if i%findRare == findRare/2 {
		text.WriteString(" " + wordRare)
	}
	labels := findLabels()
	return &hayon.Post{
		ID: id, Owner: hayon.LocalUser().ID, Source: hayon.SourceCLI, Text: text.String(), CreatedAt: created, UpdatedAt: created,
		Labels: []string{labels[i%len(labels)], labels[(i+1)%len(labels)], labels[(i+2)%len(labels)]}, Revision: 1,
		Request: &hayon.PostCreate{Text: text.String(), To: []string{demo.Name}},
	}
}

func addFindTargets(p *hayon.Post, i int, accounts []*hayon.Account) {
	state := hayon.StateScheduled
	if i%findFailed == findFailed/2 {
		state = hayon.StateFailed
	}
	for j := range 2 {
		a := accounts[(i+j)%len(accounts)]
		t := &hayon.Target{
			ID: hayon.NewTargetID(p.CreatedAt), Post: p.ID, Owner: p.Owner, Account: a.ID, Platform: a.Platform,
			CreatedAt: p.CreatedAt, State: state, StateSince: p.CreatedAt, Generation: 1, Due: p.Schedule.At,
			Grace: hayon.DefaultGrace, IfLate: hayon.LateAsk,
		}
		t.Parts = []hayon.Part{{Text: p.Text, Idem: t.ID.Digits() + "-0"}}
		p.Targets = append(p.Targets, t)
	}
}
