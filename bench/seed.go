package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/store"
)

// seedBatch is how many posts one transaction stores.
const seedBatch = 5000

// owner is this process as the holder of databases. The start of a process is only compared, so any
// number does.
func owner() hayon.Owner {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return hayon.Owner{Host: host, PID: os.Getpid(), Start: 1, Command: "bench"}
}

// openStore opens the database of a home for this process alone; the caller closes it. onCommit is
// told of commits as [store.Config] says; nil: nobody.
func openStore(ctx context.Context, h home, onCommit func(time.Duration, int)) (hayon.Store, error) {
	if err := os.MkdirAll(h.data(), 0o700); err != nil {
		return nil, err
	}
	return store.Open(ctx, fileURL("bolt", h.database()), store.Config{Owner: owner(), Version: "bench", Hold: true, OnCommit: onCommit})
}

// fileURL is the URL of a file or folder, as store wants it.
func fileURL(scheme, path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive of Windows
		path = "/" + path
	}
	return (&url.URL{Scheme: scheme, Path: path}).String()
}

// batch is a set of posts to store, one target each.
type batch struct {
	posts int
	// due is when the post of a number goes out.
	due func(i int) time.Time
}

// always is one instant for all.
func always(t time.Time) func(int) time.Time { return func(int) time.Time { return t } }

// seeded fills the database of a home with a batch and closes it.
func seeded(ctx context.Context, h home, c batch) error {
	return inStore(ctx, h, func(s hayon.Store) error { return seed(ctx, s, c) })
}

// inStore opens the database of a home for the length of fn.
func inStore(ctx context.Context, h home, fn func(hayon.Store) error) error {
	s, err := openStore(ctx, h, nil)
	if err != nil {
		return err
	}
	return errors.Join(fn(s), s.Close())
}

// seed stores scheduled posts for the demo accounts in turn, a millisecond apart in creation. All
// indexes are filled from one end to the other, which is quick, and leaves the file as small as
// years of single posts do: in no order each transaction would write most pages anew.
func seed(ctx context.Context, s hayon.Store, c batch) error {
	now := time.Now().UTC()
	accounts, err := demoAccounts(ctx, s, now)
	created := now.Add(-time.Duration(c.posts) * time.Millisecond)
	for first := 0; first < c.posts && err == nil; first += seedBatch {
		err = s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			for i := first; i < min(first+seedBatch, c.posts); i++ {
				created := created.Add(time.Duration(i) * time.Millisecond)
				p := scheduledPost(spreadID(i, c.posts, created), i, accounts[i%lanes], created, c.due(i))
				if err := tx.CreatePost(ctx, p); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

// demoAccounts are the accounts of all loads; they are stored where they are missing.
func demoAccounts(ctx context.Context, s hayon.Store, now time.Time) (accounts []*hayon.Account, err error) {
	user := hayon.LocalUser()
	err = s.Update(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
		if accounts, err = tx.FindAccounts(ctx, hayon.AccountFilter{Owner: user.ID}); err != nil || len(accounts) == lanes {
			return err
		}
		if err := tx.PutUser(ctx, &user); err != nil {
			return err
		}
		accounts = nil
		for i := range lanes {
			a := demoAccount(i, now)
			if err := tx.CreateAccount(ctx, a); err != nil {
				return err
			}
			accounts = append(accounts, a)
		}
		return nil
	})
	return accounts, err
}

func demoAlias(i int) string { return fmt.Sprintf("lane%02d", i) }

func demoAccount(i int, now time.Time) *hayon.Account {
	return &hayon.Account{
		ID: hayon.NewAccountID(now), Owner: hayon.LocalUser().ID, Platform: demo.Name,
		Name: hayon.AccountName(demo.Name, demoAlias(i)), Default: i == 0, Handle: "@" + demoAlias(i),
		Status: hayon.AccountConnected, CreatedAt: now,
	}
}

// spreadID is a new identifier whose last six digits, read from the end, grow with i from the first to
// the last that there are: the index by which short forms are found is in that order.
func spreadID(i, n int, created time.Time) hayon.PostID {
	const digits, bits = 6, 5
	at := uint32(uint64(i) << (digits * bits) / uint64(n)) //nolint:gosec // i is less than n: 30 bits
	id := hayon.NewPostID(created)
	end := id[len(id)-4:]
	rest := binary.BigEndian.Uint32(end) >> (digits * bits)
	for range digits {
		rest = rest<<bits | at&(1<<bits-1)
		at >>= bits
	}
	binary.BigEndian.PutUint32(end, rest)
	return id
}

// scheduledPost is a post of the length that posts have.
func scheduledPost(id hayon.PostID, i int, a *hayon.Account, created, due time.Time) *hayon.Post {
	body := fmt.Sprintf("Post number %d: what we have learnt this week about ships, shoes and sealing wax, and where to read on. #news", i)
	p := &hayon.Post{
		ID: id, Owner: a.Owner, Source: hayon.SourceCLI, Text: body,
		CreatedAt: created, UpdatedAt: created, Schedule: hayon.Schedule{At: due.UTC()},
	}
	t := &hayon.Target{
		ID: hayon.NewTargetID(created), Post: p.ID, Owner: a.Owner, Account: a.ID, Platform: a.Platform,
		CreatedAt: created, State: hayon.StateScheduled, StateSince: created, Generation: 1, Due: due.UTC(),
		Grace: hayon.DefaultGrace, IfLate: hayon.LateAsk,
	}
	t.Parts = []hayon.Part{{Text: body, Idem: t.ID.Digits() + "-0"}}
	p.Targets = []*hayon.Target{t}
	return p
}
