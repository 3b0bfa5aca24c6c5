package bluesky_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
)

// figures are the limits of an account that depend on its server: images, bytes of an image, of a thumb and
// of a video.
func figures(p hayon.Provider, a *hayon.Account) []int64 {
	var out []int64
	for _, of := range []struct {
		of   string
		unit hayon.Unit
	}{
		{hayon.LimitImages, hayon.UnitItems},
		{hayon.LimitImage, hayon.UnitBytes},
		{hayon.LimitThumb, hayon.UnitBytes},
		{hayon.LimitVideo, hayon.UnitBytes},
	} {
		n, _ := p.Info().For(a).Limit(of.of, of.unit)
		out = append(out, n)
	}
	return out
}

func TestLimitsOfServers(t *testing.T) {
	t.Parallel()
	const (
		m     = 1_000_000
		large = `"blobUploadLimit":400000000`
	)
	for _, tt := range []struct {
		name, described, health string
		through, direct         []int64 // with a video service, and without
	}{
		{"new", large, "0.5.35", []int64{10, 2 * m, m, 300 * m}, []int64{10, 2 * m, m, 300 * m}},
		{"without large videos", large, "0.5.26", []int64{10, 2 * m, m, 100 * m}, []int64{10, 2 * m, m, 100 * m}},
		{"that does not say its limit", "", "0.5.21", []int64{10, 2 * m, m, 100 * m}, []int64{10, 2 * m, m, 100 * m}},
		{"without galleries", "", "0.5.1", []int64{4, 2 * m, m, 100 * m}, []int64{4, 2 * m, m, 100 * m}},
		{"without large images", "", "0.4.217", []int64{4, m, m, 100 * m}, []int64{4, m, m, 100 * m}},
		{"of the next generation", "", "1.0.0", []int64{10, 2 * m, m, 300 * m}, []int64{10, 2 * m, m, 300 * m}},
		{"of Bluesky", large, "d6296a1cfdb4", []int64{10, 2 * m, m, 300 * m}, []int64{10, 2 * m, m, 300 * m}},
		{"of somebody else", "", "cocoon-1.2", []int64{4, m, m, 100 * m}, []int64{4, m, m, 100 * m}},
		{"that says nothing", "", "", []int64{4, m, m, 100 * m}, []int64{4, m, m, 100 * m}},
		{"small", `"blobUploadLimit":5242880`, "0.5.35", []int64{10, 2 * m, m, 300 * m}, []int64{10, 2 * m, m, 5242880}},
		{"tiny", `"blobUploadLimit":1000`, "0.5.35", []int64{10, 1000, 1000, 300 * m}, []int64{10, 1000, 1000, 1000}},
		{"that makes no sense", `"blobUploadLimit":-1`, "0.-5.0", []int64{4, m, m, 100 * m}, []int64{4, m, m, 100 * m}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			described := `{"did":"did:web:pds.example.org"`
			if tt.described != "" {
				described += "," + tt.described
			}
			for service, want := range map[string][]int64{"http://localhost:1": tt.through, bluesky.NoVideoService: tt.direct} {
				s := sessionOn(t, script(t,
					step{call: "describeServer", body: described + "}"},
					step{call: "/xrpc/_health", body: `{"version":"` + tt.health + `"}`},
				))
				p := bluesky.New(bluesky.Config{VideoService: service})
				facts, err := p.Limits(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				if facts.Version != tt.health || facts.ReadAt.IsZero() || facts.Extra["did"] != "did:web:pds.example.org" {
					t.Errorf("got %+v", facts)
				}
				s.Account().Server = facts
				if diff := cmp.Diff(want, figures(p, s.Account())); diff != "" {
					t.Errorf("limits with the video service %s (-want +got):\n%s", service, diff)
				}
			}
		})
	}
	t.Run("that nobody has asked", func(t *testing.T) {
		t.Parallel()
		p := newProvider()
		if diff := cmp.Diff([]int64{4, m, m, 300 * m}, figures(p, nil)); diff != "" {
			t.Errorf("limits (-want +got):\n%s", diff)
		}
	})
}

// A server that cannot be asked is an error; one that knows no such question has no version.
func TestLimitsThatNobodyTells(t *testing.T) {
	t.Parallel()
	p := newProvider()
	_, err := p.Limits(t.Context(), sessionOn(t, script(t, step{call: "describeServer", status: 503})))
	wantCode(t, err, hayon.CodeUnavailable)
	_, err = p.Limits(t.Context(), sessionOn(t, script(t,
		step{call: "describeServer", body: `{}`}, step{call: "/xrpc/_health", status: 503},
	)))
	wantCode(t, err, hayon.CodeUnavailable)
	facts, err := p.Limits(t.Context(), sessionOn(t, script(t,
		step{call: "describeServer", body: `{"did":"x"}`}, step{call: "/xrpc/_health", status: 404},
	)))
	if err != nil || facts.Version != "" || facts.Extra["did"] != "" {
		t.Errorf("got %+v, %v", facts, err)
	}
}

// What the server says of itself holds: a larger image and a gallery are held against its lexicons, and are
// as large as they may be.
func TestLimitsOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService})
	_, s := connected(t, p, pds)
	known(t, p, s)
	if diff := cmp.Diff([]int64{10, 2_000_000, 1_000_000, 5_242_880}, figures(p, s.Account())); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	file := pngOf(t, 3, 3)
	file = append(file, make([]byte, 2_000_000-len(file))...)
	att := hayon.Attachment{SHA256: "x", Type: "image/png", Bytes: int64(len(file)), Width: 3, Height: 3}
	tg := target(p, s, "as large as can be", att)
	_, v := send(t, p, s, pds, tg, shelf{"x": file})
	wantPictures([]hayon.Attachment{att})(t, v.Embed)

	// One byte more, which we refuse, is refused by the server too: it looks.
	refused := target(p, s, "larger", att)
	larger := append(file, 0)
	refused.Parts[0].Media[0].Bytes++
	_, err := p.Prepare(t.Context(), s, prepareRequest(refused, larger))
	wantCode(t, err, hayon.CodeInvalid, "2000001 of 2000000 bytes")
	limits := s.Account().Server.Limits
	for i := range limits {
		limits[i].Max++
	}
	files, list := pictures(t, 10)
	files["x"], att.Bytes = larger, att.Bytes+1
	for name, media := range map[string][]hayon.Attachment{"image": {att}, "gallery": append(list, att)} {
		tg := target(p, s, name, media...)
		files[""] = larger
		r := prepareRequest(tg, nil)
		r.Open = files.open
		prepared, err := p.Prepare(t.Context(), s, r)
		if err != nil {
			t.Fatal(err)
		}
		wantResult(t, p.Publish(t.Context(), s, publishRequest(tg, prepared)), hayon.VerdictRejected, hayon.CodeRejected)
	}
}
