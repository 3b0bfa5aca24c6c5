package main

import (
	"context"
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
const seedBatch = 2000

// owner is this process as the holder of databases. The start of a process is only compared, so any
// number does.
func owner() hayon.Owner {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return hayon.Owner{Host: host, PID: os.Getpid(), Start: 1, Command: "bench"}
}

// openStore opens the database of a home for this process alone; the caller closes it.
func openStore(ctx context.Context, h home) (hayon.Store, error) {
	if err := os.MkdirAll(h.data(), 0o700); err != nil {
		return nil, err
	}
	return store.Open(ctx, fileURL("bolt", h.database()), store.Config{Owner: owner(), Version: "bench", Hold: true})
}

// fileURL is the URL of a file or folder, as store wants it.
func fileURL(scheme, path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive of Windows
		path = "/" + path
	}
	return (&url.URL{Scheme: scheme, Path: path}).String()
}

// seeded fills the database of a home with posts for that many accounts and closes it.
func seeded(ctx context.Context, h home, accounts, posts int, due time.Time) (err error) {
	s, err := openStore(ctx, h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return seed(ctx, s, accounts, posts, due)
}

// seed stores demo accounts and scheduled posts for them in turn, one target each, a millisecond
// apart in creation and all due at the same instant.
func seed(ctx context.Context, s hayon.Store, accounts, posts int, due time.Time) error {
	user := hayon.LocalUser()
	now := time.Now().UTC()
	lanes := make([]*hayon.Account, accounts)
	for i := range lanes {
		lanes[i] = demoAccount(i, now)
	}
	err := s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if err := tx.PutUser(ctx, &user); err != nil {
			return err
		}
		for _, a := range lanes {
			if err := tx.CreateAccount(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	created := now.Add(-time.Duration(posts) * time.Millisecond)
	for first := 0; first < posts && err == nil; first += seedBatch {
		err = s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			for i := first; i < min(first+seedBatch, posts); i++ {
				p := scheduledPost(i, lanes[i%accounts], created.Add(time.Duration(i)*time.Millisecond), due)
				if err := tx.CreatePost(ctx, p); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

func demoAlias(i int) string { return fmt.Sprintf("lane%02d", i) }

func demoAccount(i int, now time.Time) *hayon.Account {
	return &hayon.Account{
		ID: hayon.NewAccountID(now), Owner: hayon.LocalUser().ID, Platform: demo.Name,
		Name: hayon.AccountName(demo.Name, demoAlias(i)), Default: i == 0, Handle: "@" + demoAlias(i),
		Status: hayon.AccountConnected, CreatedAt: now,
	}
}

// scheduledPost is a post of the length that posts have.
func scheduledPost(i int, a *hayon.Account, created, due time.Time) *hayon.Post {
	body := fmt.Sprintf("Post number %d: what we have learnt this week about ships, shoes and sealing wax, and where to read on. #news", i)
	p := &hayon.Post{
		ID: hayon.NewPostID(created), Owner: a.Owner, Source: hayon.SourceCLI, Text: body,
		CreatedAt: created, UpdatedAt: created, Schedule: hayon.Schedule{At: due.UTC()},
	}
	t := &hayon.Target{
		ID: hayon.NewTargetID(created), Post: p.ID, Owner: a.Owner, Account: a.ID, Platform: a.Platform,
		CreatedAt: created, State: hayon.StateScheduled, StateSince: created, Generation: 1, Due: due.UTC(),
	}
	t.Parts = []hayon.Part{{Text: body, Idem: t.ID.Digits() + "-0"}}
	p.Targets = []*hayon.Target{t}
	return p
}
