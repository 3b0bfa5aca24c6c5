package hayon_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

var when = time.Date(2026, 11, 20, 17, 4, 5, 678_000_000, time.UTC)

// base32Oracle writes 12 bytes the slow way: as one big number.
func base32Oracle(b []byte) string {
	const digits = "0123456789abcdefghjkmnpqrstvwxyz"
	n := new(big.Int).SetBytes(b)
	out := make([]byte, 20)
	for i := len(out) - 1; i >= 0; i-- {
		rest := new(big.Int)
		n.DivMod(n, big.NewInt(32), rest)
		out[i] = digits[rest.Int64()]
	}
	return string(out)
}

func TestIDWrittenForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		id   hayon.PostID
		want string
	}{
		{"zero", hayon.PostID{}, ""},
		{"one", hayon.PostID{11: 1}, "p_00000000000000000001"},
		{"padded on the left", hayon.PostID{11: 31}, "p_0000000000000000000z"},
		{"over a digit", hayon.PostID{11: 32}, "p_00000000000000000010"},
		{"over the middle", hayon.PostID{7: 1}, "p_00000000000004000000"},
		{"highest", hayon.PostID(bytes.Repeat([]byte{255}, 12)), "p_1zzzzzzzzzzzzzzzzzzz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.id.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.want != "" && tt.id.Digits() != base32Oracle(tt.id[:]) {
				t.Errorf("digits: got %q, want %q", tt.id.Digits(), base32Oracle(tt.id[:]))
			}
		})
	}
}

func TestIDPrefixes(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"p_": hayon.NewPostID(when).String(), "t_": hayon.NewTargetID(when).String(), "a_": hayon.NewAccountID(when).String(),
		"m_": hayon.NewMediaID(when).String(), "u_": hayon.NewUserID(when).String(),
		"k_": hayon.KeyID{11: 1}.String(), "n_": hayon.NotificationID{11: 1}.String(),
	} {
		if !strings.HasPrefix(got, want) || len(got) != 22 {
			t.Errorf("got %q, want %q and 20 digits", got, want)
		}
	}
}

func TestIDRoundTrip(t *testing.T) {
	t.Parallel()
	for range 200 {
		id := hayon.NewPostID(when)
		for _, s := range []string{id.String(), strings.ToUpper(id.String()), id.Hex(), strings.ToUpper(id.Hex())} {
			got, err := hayon.ParsePostID(s)
			if err != nil || got != id {
				t.Fatalf("ParsePostID(%q): got %v, %v, want %v", s, got, err, id)
			}
		}
		if want := hex.EncodeToString(id[:]); id.Hex() != want || len(want) != 24 {
			t.Fatalf("Hex: got %q, want %q", id.Hex(), want)
		}
		if !id.Time().Equal(when) {
			t.Fatalf("Time: got %v, want %v", id.Time(), when)
		}
	}
}

func TestIDOrderIsTime(t *testing.T) {
	t.Parallel()
	var ids []hayon.PostID
	for i := range 50 {
		ids = append(ids, hayon.NewPostID(when.Add(time.Duration(i)*time.Millisecond)))
	}
	if !slices.IsSortedFunc(ids, func(a, b hayon.PostID) int { return bytes.Compare(a[:], b[:]) }) {
		t.Error("the bytes are not in the order of creation")
	}
	if !slices.IsSortedFunc(ids, func(a, b hayon.PostID) int { return strings.Compare(a.String(), b.String()) }) {
		t.Error("the written forms are not in the order of creation")
	}
}

func TestIDsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[hayon.PostID]bool{}
	for range 10_000 {
		id := hayon.NewPostID(when)
		if seen[id] {
			t.Fatalf("%v was made twice", id)
		}
		seen[id] = true
	}
}

func TestIDBeforeTheEpoch(t *testing.T) {
	t.Parallel()
	if got := hayon.NewPostID(time.Unix(-5, 0)).Time(); !got.Equal(time.Unix(0, 0)) {
		t.Errorf("got %v, want the epoch", got)
	}
}

func TestParseIDFolds(t *testing.T) {
	t.Parallel()
	got, err := hayon.ParsePostID("P_0000000000000000iLoO")
	want, err2 := hayon.ParsePostID("p_00000000000000001100")
	if err != nil || err2 != nil || got != want {
		t.Errorf("got %v, %v, want %v, %v", got, err, want, err2)
	}
}

func TestParseIDRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in string }{
		{"empty", ""},
		{"prefix alone", "p_"},
		{"no prefix", "01jd3v9k7m2x4c8q9qx1"},
		{"other prefix", "t_01jd3v9k7m2x4c8q9qx1"},
		{"short", "p_9qx1"},
		{"long", "p_01jd3v9k7m2x4c8q9qx11"},
		{"over 96 bits", "p_21jd3v9k7m2x4c8q9qx1"},
		{"letter u", "p_01jd3v9k7m2x4c8q9qxu"},
		{"sign", "p_01jd3v9k7m2x4c8q9qx-"},
		{"not ascii", "p_01jd3v9k7m2x4c8q9qé"},
		{"24 that are not hex", "0123456789abcdef0123456z"},
		{"zero", "p_00000000000000000000"},
		{"zero in hex", "000000000000000000000000"},
		{"space", " p_01jd3v9k7m2x4c8q9qx1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			id, err := hayon.ParsePostID(tt.in)
			if hayon.CodeOf(err) != hayon.CodeUsage || !id.IsZero() {
				t.Errorf("got %v, %v, want a usage error", id, err)
			}
		})
	}
}

func TestParseOtherKinds(t *testing.T) {
	t.Parallel()
	target, account, media := hayon.NewTargetID(when), hayon.NewAccountID(when), hayon.NewMediaID(when)
	if got, err := hayon.ParseTargetID(target.String()); err != nil || got != target {
		t.Errorf("target: got %v, %v", got, err)
	}
	if got, err := hayon.ParseAccountID(account.String()); err != nil || got != account {
		t.Errorf("account: got %v, %v", got, err)
	}
	if got, err := hayon.ParseMediaID(media.String()); err != nil || got != media {
		t.Errorf("medium: got %v, %v", got, err)
	}
	if _, err := hayon.ParseTargetID(account.String()); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("account id as target id: got %v, want a usage error", err)
	}
}

func TestIDShort(t *testing.T) {
	t.Parallel()
	id, err := hayon.ParsePostID("p_01jd3v9k7m2x4c8q9qx1")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{-1: "p_9qx1", 0: "p_9qx1", 4: "p_9qx1", 5: "p_q9qx1", 20: id.String(), 99: id.String()} {
		if got := id.Short(n); got != want {
			t.Errorf("Short(%d): got %q, want %q", n, got, want)
		}
	}
	if got := (hayon.PostID{}).Short(4); got != "" {
		t.Errorf("zero: got %q, want nothing", got)
	}
}

func TestParseIDSuffix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{ // want "" for not_found
		{"with prefix", "p_9qx1", "9qx1"},
		{"without", "9qx1", "9qx1"},
		{"upper case", "P_9QX1", "9qx1"},
		{"folded", "9qxl", "9qx1"},
		{"spaces around", " 9qx1\n", "9qx1"},
		{"whole", "p_01jd3v9k7m2x4c8q9qx1", "01jd3v9k7m2x4c8q9qx1"},
		{"too short", "qx1", ""},
		{"prefix and too short", "p_qx1", ""},
		{"too long", "p_001jd3v9k7m2x4c8q9qx1", ""},
		{"other prefix", "t_9qx1", ""},
		{"no digit", "9qxu", ""},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := hayon.ParsePostSuffix(tt.in)
			if tt.want == "" {
				if hayon.CodeOf(err) != hayon.CodeNotFound || got != "" {
					t.Errorf("got %q, %v, want not_found", got, err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestIDInJSON(t *testing.T) {
	t.Parallel()
	type row struct {
		ID   hayon.PostID            `json:"id"`
		None hayon.PostID            `json:"none"`
		Gone hayon.PostID            `json:"gone,omitzero"`
		By   map[hayon.TargetID]bool `json:"by"`
	}
	want := row{ID: hayon.NewPostID(when), By: map[hayon.TargetID]bool{hayon.NewTargetID(when): true}}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(`"id":"p_`)) || !bytes.Contains(b, []byte(`"none":""`)) || bytes.Contains(b, []byte("gone")) {
		t.Errorf("JSON: got %s", b)
	}
	var got row
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"id":"t_01jd3v9k7m2x4c8q9qx1"}`), &got); err == nil {
		t.Error("a target's id was read as a post's")
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"", "p_01jd3v9k7m2x4c8q9qx1", "P_0000000000000000ILO1", "0123456789abcdef01234567", "p_00000000000000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := hayon.ParsePostID(s)
		if err != nil {
			if !id.IsZero() || hayon.CodeOf(err) != hayon.CodeUsage {
				t.Fatalf("got %v, %v", id, err)
			}
			return
		}
		if id.Digits() != base32Oracle(id[:]) {
			t.Errorf("digits: got %q, want %q", id.Digits(), base32Oracle(id[:]))
		}
		again, err := hayon.ParsePostID(id.String())
		if err != nil || again != id {
			t.Errorf("again: got %v, %v, want %v", again, err, id)
		}
		suffix, err := hayon.ParsePostSuffix(id.String())
		if err != nil || suffix != id.Digits() {
			t.Errorf("suffix: got %q, %v, want %q", suffix, err, id.Digits())
		}
	})
}
