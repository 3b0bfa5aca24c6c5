package hayon_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestEventKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		row  hayon.JournalRow
		want hayon.EventKind
		step hayon.RowKind
	}{
		{"created", hayon.JournalRow{Kind: hayon.RowCreated}, hayon.EventCreated, ""},
		{"account", hayon.JournalRow{Kind: hayon.RowAccount}, hayon.EventAccount, ""},
		{"claimed", hayon.JournalRow{Kind: hayon.RowClaimed, To: hayon.StatePublishing}, hayon.EventStep, hayon.RowClaimed},
		{"sending", hayon.JournalRow{Kind: hayon.RowSending}, hayon.EventStep, hayon.RowSending},
		{"evidence", hayon.JournalRow{Kind: hayon.RowEvidence}, hayon.EventStep, hayon.RowEvidence},
		{"published", hayon.JournalRow{Kind: hayon.RowOutcome, To: hayon.StatePublished}, hayon.EventPublished, hayon.RowOutcome},
		{"parked", hayon.JournalRow{Kind: hayon.RowOutcome, To: hayon.StateParked}, hayon.EventParked, hayon.RowOutcome},
		{"failed", hayon.JournalRow{Kind: hayon.RowOutcome, To: hayon.StateFailed}, hayon.EventFailed, hayon.RowOutcome},
		{"uncertain", hayon.JournalRow{Kind: hayon.RowOutcome, To: hayon.StateUncertain}, hayon.EventUncertain, hayon.RowOutcome},
		{"a part of a thread", hayon.JournalRow{Kind: hayon.RowOutcome}, hayon.EventStep, hayon.RowOutcome},
		{"missed", hayon.JournalRow{Kind: hayon.RowState, To: hayon.StateMissed}, hayon.EventMissed, ""},
		{"cancelled", hayon.JournalRow{Kind: hayon.RowState, To: hayon.StateCancelled}, hayon.EventState, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := hayon.EventOf(&tt.row, nil)
			if got.Kind != tt.want || got.Step != tt.step {
				t.Errorf("got %q and step %q, want %q and %q", got.Kind, got.Step, tt.want, tt.step)
			}
		})
	}
}

func TestEventOf(t *testing.T) {
	t.Parallel()
	row := &hayon.JournalRow{
		Seq: 9, At: when, Kind: hayon.RowOutcome, Post: hayon.NewPostID(when), Target: hayon.NewTargetID(when), Account: hayon.NewAccountID(when),
		From: hayon.StatePublishing, To: hayon.StatePublished, Attempt: 2, Reason: "out",
	}
	out := &hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: "1", URL: "https://example.org/1"}}
	want := hayon.Event{
		Seq: 9, At: when, Kind: hayon.EventPublished, Post: row.Post, Target: row.Target, Account: row.Account,
		From: hayon.StatePublishing, To: hayon.StatePublished, Step: hayon.RowOutcome, Attempt: 2, Reason: "out", URL: "https://example.org/1",
	}
	if diff := cmp.Diff(want, hayon.EventOf(row, out)); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// A body that cannot be read costs the URL and the error, and nothing else.
func TestEventFrom(t *testing.T) {
	t.Parallel()
	out := hayon.Outcome{Remote: hayon.Remote{URL: "https://example.org/1"}}
	row := &hayon.JournalRow{Seq: 9, Kind: hayon.RowOutcome, To: hayon.StatePublished, Body: hayon.Encode(out)}
	if e, err := hayon.EventFrom(row); err != nil || e.URL != out.Remote.URL || e.Kind != hayon.EventPublished {
		t.Errorf("got %+v, %v", e, err)
	}
	row.Body = []byte("{")
	e, err := hayon.EventFrom(row)
	if hayon.CodeOf(err) != hayon.CodeInternal || e.Seq != 9 || e.Kind != hayon.EventPublished {
		t.Errorf("a broken body: got %+v, %v", e, err)
	}
	if e, err := hayon.EventFrom(&hayon.JournalRow{Seq: 1, Kind: hayon.RowCreated, Body: []byte("{")}); err != nil || e.Kind != hayon.EventCreated {
		t.Errorf("a body that no event needs: got %+v, %v", e, err)
	}
	change := hayon.LetterChange{Letter: hayon.NewLetterID(when), Kind: hayon.LetterDead, Cause: hayon.CauseVersion, Effect: hayon.LetterDiscarded}
	row = &hayon.JournalRow{Seq: 2, Kind: hayon.RowLetter, Reason: "why", Body: hayon.Encode(change)}
	if e, err := hayon.EventFrom(row); err != nil || e.Kind != hayon.EventLetter || e.Letter == nil || *e.Letter != change {
		t.Errorf("of a letter: got %+v, %v", e, err)
	}
	row.Body = nil
	if e, err := hayon.EventFrom(row); hayon.CodeOf(err) != hayon.CodeInternal || e.Letter != nil || e.Reason != "why" {
		t.Errorf("of a letter without a body: got %+v, %v", e, err)
	}
}
