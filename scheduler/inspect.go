package scheduler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// maxProblems bounds what a report tells.
const maxProblems = 100

// CheckStore reads everything and goes on after what it finds.
func (s *Scheduler) CheckStore(ctx context.Context) (*hayon.StoreReport, error) {
	m, err := s.maintainer(ctx)
	if err != nil {
		return nil, err
	}
	c := &inspection{report: &hayon.StoreReport{Problems: []string{}}}
	err = s.alone(ctx, func() error {
		c.database(s.deps.Store.Check(ctx))
		c.info(m.Info(ctx))
		hashes, err := s.blobHashes(ctx)
		c.add("the list of media", err)
		c.report.Media = len(hashes)
		c.media(ctx, s.deps.Blobs, hashes)
		if ctx.Err() != nil {
			return hayon.Errorf(hayon.CodeTimeout, "not everything was checked in time").WithCause(context.Cause(ctx))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if c.more > 0 {
		c.report.Problems = append(c.report.Problems, fmt.Sprintf("and %d more", c.more))
	}
	return c.report, nil
}

// inspection gathers what is wrong.
type inspection struct {
	report *hayon.StoreReport
	more   int // problems that are not in the report
}

func (c *inspection) problem(format string, args ...any) {
	if len(c.report.Problems) == maxProblems {
		c.more++
		return
	}
	c.report.Problems = append(c.report.Problems, fmt.Sprintf(format, args...))
}

// add notes that something could not be read.
func (c *inspection) add(what string, err error) {
	if err != nil {
		c.problem("%s cannot be read: %s", what, sentence(err))
	}
}

// sentence is what an error tells a person.
func sentence(err error) string {
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// database notes what the store found out about itself.
func (c *inspection) database(err error) {
	if err == nil {
		return
	}
	if found, ok := hayon.AsError(err).Details["problems"].([]string); ok {
		for _, p := range found {
			c.problem("the database contradicts itself: %s", p)
		}
		return
	}
	c.problem("%s", sentence(err))
}

func (c *inspection) info(i hayon.StoreInfo, err error) {
	c.add("what the database tells of itself", err)
	c.report.Posts, c.report.Targets, c.report.Bytes = i.Posts, i.Targets, i.Bytes
	c.report.Schema, c.report.WrittenBy = i.Schema, i.WrittenBy
}

// media compares the bytes of all media with their hashes: those that the store knows, and those that
// lie there besides.
func (c *inspection) media(ctx context.Context, blobs hayon.Blobs, known []string) {
	for _, hash := range known {
		if ctx.Err() != nil {
			return
		}
		err := c.blob(ctx, blobs, hash)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			c.problem("the bytes of the medium %s are missing", hash)
		} else {
			c.add("the medium "+hash, err)
		}
	}
	keeper, ok := blobs.(hayon.BlobKeeper)
	if !ok {
		return
	}
	var others []string
	err := keeper.List(ctx, func(hash string, _ int64, _ time.Time) error {
		if _, found := slices.BinarySearch(known, hash); !found {
			others = append(others, hash)
		}
		return nil
	})
	c.add("the list of what is stored for media", err)
	for _, hash := range others {
		if ctx.Err() != nil {
			return
		}
		if err := c.blob(ctx, blobs, hash); hayon.CodeOf(err) != hayon.CodeNotFound { // nobody needs it
			c.add("the medium "+hash+", which no post uses,", err)
		}
	}
}

// blob reads the bytes of one medium.
func (c *inspection) blob(ctx context.Context, blobs hayon.Blobs, hash string) error {
	r, err := blobs.Open(ctx, hash)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	c.report.MediaBytes += n
	if hex.EncodeToString(sum.Sum(nil)) != hash {
		c.problem("the bytes of the medium %s are not those that were stored", hash)
	}
	return nil
}
