package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/backup"
)

// A byte that is another one is found, wherever it stands, or stands where nothing is told: then
// everything is as it was.
func TestFlippedByte(t *testing.T) {
	t.Parallel()
	archive := small(t).archive()
	want := entries(t, archive)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for name, whole := range map[string][]byte{"compressed": archive, "unpacked": unzip(t, archive)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			places := []int{0, 1, 2, 3, 10, 512, len(whole) - 1, len(whole) - 6}
			for range 60 {
				places = append(places, random.IntN(len(whole)))
			}
			refused := 0
			for _, at := range places {
				flipped := slices.Clone(whole)
				flipped[at] ^= 1 << random.IntN(8)
				above := t.TempDir()
				to := filepath.Join(above, "profile")
				if _, err := restore(t.Context(), bytes.NewReader(flipped), to); err == nil {
					if err := same(to, want); err != nil {
						t.Errorf("byte %d: %v", at, err)
					}
					continue
				}
				refused++
				if left := tree(t, above); len(left) > 0 {
					t.Errorf("byte %d: left %q", at, left)
				}
			}
			if refused < len(places)/4 {
				t.Errorf("%d of %d were refused", refused, len(places))
			}
		})
	}
}

// What each entry says is compared with what stands elsewhere.
func TestChangedEntries(t *testing.T) {
	t.Parallel()
	archive := small(t).archive()
	change := func(name string, fn func(b []byte) []byte) func([]entry) []entry {
		return func(list []entry) []entry {
			e := &list[find(t, list, name)]
			e.content = fn(bytes.Clone(e.content))
			e.head.Size = int64(len(e.content))
			return list
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	resum := func(fn func([]entry) []entry) func([]entry) []entry { // so that the sums find nothing
		return func(list []entry) []entry {
			list = fn(list)
			var sums strings.Builder
			for _, e := range list[:len(list)-1] {
				fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(e.content), e.head.Name)
			}
			list[len(list)-1] = file("SHA256SUMS", sums.String())
			return list
		}
	}
	tests := []struct {
		name   string
		change func([]entry) []entry
	}{
		{"a byte of the database", resum(change("hayon.db", flip))},
		{"a byte of a medium", resum(change("blobs/", flip))},
		{"a shorter medium", change("blobs/", func(b []byte) []byte { return b[1:] })},
		{"a longer database", resum(change("hayon.db", func(b []byte) []byte { return append(b, 0) }))},
		{"the time in the manifest", change("manifest.json", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"created": "2`), []byte(`"created": "3`), 1)
		})},
		{"a byte of the sums", change("SHA256SUMS", flip)},
		{"more sums", change("SHA256SUMS", func(b []byte) []byte { return append(b, b...) })},
		{"fewer sums", change("SHA256SUMS", func(b []byte) []byte { return b[:len(b)/2] })},
		{"no sums", func(list []entry) []entry { return list[:len(list)-1] }},
		{"no medium", resum(func(list []entry) []entry {
			i := find(t, list, "blobs/")
			return slices.Delete(list, i, i+1)
		})},
		{"a medium twice", resum(func(list []entry) []entry {
			i := find(t, list, "blobs/")
			return slices.Insert(list, i, list[i])
		})},
		{"media in another order", resum(func(list []entry) []entry { list[2], list[3] = list[3], list[2]; return list })},
		{"the database at the end", resum(func(list []entry) []entry { list[1], list[3] = list[3], list[1]; return list })},
		{"no manifest", resum(func(list []entry) []entry { return list[1:] })},
		{"something after the end", func(list []entry) []entry { return append(list, file("more", "x")) }},
		{"nothing", func([]entry) []entry { return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refuse(t, tt.name, pack(t, tt.change(entries(t, archive))), hayon.CodeInvalid)
		})
	}
	unchanged := resum(func(list []entry) []entry { return list })(entries(t, archive))
	if _, err := restore(t.Context(), bytes.NewReader(pack(t, unchanged)), filepath.Join(t.TempDir(), "p")); err != nil {
		t.Errorf("packed again without a change: %v", err)
	}
}

func TestCutArchive(t *testing.T) {
	t.Parallel()
	archive := small(t).archive()
	for _, n := range []int{0, 1, 9, 10, 100, len(archive) / 2, len(archive) - 9, len(archive) - 1} {
		if e := refuse(t, "cut", archive[:n], hayon.CodeInvalid); e.Hint == "" {
			t.Errorf("cut after %d bytes: no hint", n)
		}
	}
	plain := unzip(t, archive)
	end := 0 // of what is told; behind it there are zeros
	for i, b := range plain {
		if b != 0 {
			end = i + 1
		}
	}
	for n := 0; n < end; n += 512 { // where entries end, a cut is hardest to tell
		refuse(t, "cut", plain[:n], hayon.CodeInvalid)
	}
}

// Nothing but what Write writes is taken, so nothing gets a place of its own choosing.
func TestStrangeEntries(t *testing.T) {
	t.Parallel()
	archive := small(t).archive()
	hash := strings.Repeat("ab", 32)
	link := func(kind byte, name, to string) entry {
		return entry{tar.Header{Typeflag: kind, Name: name, Linkname: to, Mode: 0o777}, nil}
	}
	sparse := file("blobs/"+hash, "x")
	sparse.head.PAXRecords = map[string]string{"comment": "x"}
	for name, strange := range map[string]entry{
		"above":                   file("../evil", "x"),
		"above by a medium":       file("blobs/../../evil", "x"),
		"an absolute path":        file("/tmp/evil", "x"),
		"a Windows path":          file(`C:\evil`, "x"),
		"a backslash":             file(`blobs\..\..\evil`, "x"),
		"another folder":          file("vault/secrets", "x"),
		"another file":            file("hayon.db.owner", "x"),
		"the database again":      file("hayon.db", "x"),
		"no hash":                 file("blobs/"+hash[1:], "x"),
		"a hash in upper case":    file("blobs/"+strings.ToUpper(hash), "x"),
		"a folder":                link(tar.TypeDir, "blobs/"+hash, ""),
		"a symbolic link":         link(tar.TypeSymlink, "blobs/"+hash, "/etc/passwd"),
		"a hard link":             link(tar.TypeLink, "blobs/"+hash, "../../evil"),
		"a device":                link(tar.TypeChar, "blobs/"+hash, ""),
		"a link for the media":    link(tar.TypeSymlink, "blobs", "/tmp"),
		"what tar says besides":   sparse,
		"a list of nothing":       file("missing.json", "[]"),
		"a list that is none":     file("missing.json", "{"),
		"a medium that it is not": file("blobs/"+hash, "x"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := entries(t, archive)
			refuse(t, "after the database", pack(t, slices.Insert(list, 2, strange)), hayon.CodeInvalid)
			list = entries(t, archive)
			refuse(t, "at the start", pack(t, slices.Insert(list, 0, strange)), hayon.CodeInvalid)
			list = entries(t, archive)
			list[1] = strange
			refuse(t, "as the database", pack(t, list), hayon.CodeInvalid)
		})
	}
}

func TestNoArchive(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty": "", "text": strings.Repeat("hello ", 1000), "a gzip of nothing": "\x1f\x8b\x08\x00",
		"zeros": strings.Repeat("\x00", 4096), "a long manifest": string(pack(t, []entry{file("manifest.json", strings.Repeat(" ", 2<<20))})),
	} {
		if e := refuse(t, name, []byte(content), hayon.CodeInvalid); e.Hint == "" {
			t.Errorf("%s: no hint", name)
		}
	}
}

// What a newer Hayon wrote is refused before anything is unpacked, with its version.
func TestNewerArchive(t *testing.T) {
	t.Parallel()
	archive := small(t).archive()
	newer := func(set func(*backup.Manifest)) []byte {
		list := entries(t, archive)[:1]
		var m backup.Manifest
		if err := json.Unmarshal(list[0].content, &m); err != nil {
			t.Fatal(err)
		}
		m.Version = "9.8.7"
		set(&m)
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		list[0] = file("manifest.json", string(b))
		return pack(t, list)
	}
	schema := func(o *backup.Options) { o.Schema = 7 }
	for name, content := range map[string][]byte{
		"format": newer(func(m *backup.Manifest) { m.Format++ }),
		"schema": newer(func(m *backup.Manifest) { m.Schema = 8 }),
	} {
		if e := refuse(t, name, content, hayon.CodeConflict, schema); !strings.Contains(e.Message, "9.8.7") || !strings.Contains(e.Hint, "9.8.7") {
			t.Errorf("%s: %q, %q; want the version that wrote it", name, e.Message, e.Hint)
		}
	}
	refuse(t, "the same schema, and cut", newer(func(m *backup.Manifest) { m.Schema = 7 }), hayon.CodeInvalid, schema)
}

// A database that is there stays, unless it is to be replaced; then it is moved aside, and its media stay.
func TestRestoreOverAProfile(t *testing.T) {
	t.Parallel()
	from := small(t)
	archive := from.archive()
	folder := filepath.Join(t.TempDir(), "with [odd] name")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	p := newProfile(t, folder)
	mine := p.medium(strings.NewReader("mine alone"))
	p.medium(strings.NewReader("a picture")) // both have it
	p.post("mine", mine)
	p.close()
	if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, ".restore-killed", "blobs"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := restore(t.Context(), failing{bytes.NewReader(nil), errors.New("it was read")}, folder)
	if hayon.CodeOf(err) != hayon.CodeConflict || hayon.AsError(err).Hint == "" {
		t.Fatalf("over a database: %v, want a conflict with a hint before anything is read", err)
	}
	replace := func(o *backup.Options) { o.Replace = true }
	before := tree(t, folder)
	if _, err := restore(t.Context(), bytes.NewReader(archive[:len(archive)/2]), folder, replace); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Fatalf("a cut archive: %v", err)
	}
	before = slices.DeleteFunc(before, func(s string) bool { return strings.HasPrefix(s, ".restore-killed") })
	if after := tree(t, folder); !slices.Equal(before, after) {
		t.Errorf("a cut archive changed the folder from %q to %q", before, after)
	}
	done, err := restore(t.Context(), bytes.NewReader(archive), folder, replace)
	if err != nil || filepath.Dir(done.Aside) != folder {
		t.Fatalf("restored %+v, %v; want where the database is now that was there", done, err)
	}
	again := newProfile(t, folder)
	if got := again.posts(); len(got) != 3 {
		t.Errorf("%d posts, want those of the archive", len(got))
	}
	if got, err := again.read(mine.SHA256); err != nil || string(got) != "mine alone" {
		t.Errorf("the medium of the old database: %q, %v", got, err)
	}
	for _, post := range from.posts() {
		for _, m := range post.Targets[0].Parts[0].Media {
			if _, err := again.read(m.SHA256); err != nil {
				t.Errorf("a medium of the archive: %v", err)
			}
		}
	}
	old := filepath.Join(t.TempDir(), "old")
	if err := errors.Join(os.Mkdir(old, 0o700), os.Rename(done.Aside, filepath.Join(old, backup.DatabaseName))); err != nil {
		t.Fatal(err)
	}
	if got := newProfile(t, old).posts(); len(got) != 1 || got[0].Text != "mine" {
		t.Errorf("the database aside has %d posts", len(got))
	}
}

// A medium that is there with other bytes is mended by the archive's.
func TestRestoreMendsMedia(t *testing.T) {
	t.Parallel()
	from := small(t)
	to := newProfile(t, t.TempDir())
	m := to.medium(strings.NewReader("a picture"))
	path := to.blobPath(m.SHA256)
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "profile")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.CopyFS(filepath.Join(folder, backup.MediaDir), os.DirFS(filepath.Join(to.dir, backup.MediaDir)))); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t.Context(), bytes.NewReader(from.archive()), folder); err != nil {
		t.Fatal(err)
	}
	if got, err := newProfile(t, folder).read(m.SHA256); err != nil || string(got) != "a picture" {
		t.Errorf("the medium is %q, %v", got, err)
	}
}

// Who restores looks at the database before it gets its place.
func TestVerify(t *testing.T) {
	t.Parallel()
	archive := small(t).archive()
	var seen []byte
	verify := func(answer error) func(*backup.Options) {
		return func(o *backup.Options) {
			o.Verify = func(_ context.Context, path string) error {
				var err error
				seen, err = os.ReadFile(path)
				return errors.Join(err, answer)
			}
		}
	}
	refuse(t, "verify", archive, hayon.CodeConflict, verify(hayon.Errorf(hayon.CodeConflict, "too new")))
	list := entries(t, archive)
	if !bytes.Equal(seen, list[1].content) {
		t.Error("Verify saw another database")
	}
	if _, err := restore(t.Context(), bytes.NewReader(archive), filepath.Join(t.TempDir(), "p"), verify(nil)); err != nil {
		t.Errorf("after a look without findings: %v", err)
	}
	folder := t.TempDir()
	db := filepath.Join(folder, backup.DatabaseName)
	_, err := restore(t.Context(), bytes.NewReader(archive), folder, func(o *backup.Options) {
		o.Verify = func(context.Context, string) error { return os.WriteFile(db, []byte("new"), 0o600) }
	})
	if got, _ := os.ReadFile(db); hayon.CodeOf(err) != hayon.CodeConflict || string(got) != "new" {
		t.Errorf("a database that somebody made meanwhile: %v, and it is %q now", err, got)
	}
}

type failing struct {
	r   io.Reader
	err error
}

func (f failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

func TestRestoreThatFails(t *testing.T) {
	t.Parallel()
	archive := small(t).archive()
	errDisk := errors.New("the disk is gone")
	for _, n := range []int{0, 1, 100, len(archive) - 20} {
		above := t.TempDir()
		_, err := restore(t.Context(), failing{bytes.NewReader(archive[:n]), errDisk}, filepath.Join(above, "p"))
		if hayon.CodeOf(err) != hayon.CodeLocal || !errors.Is(err, errDisk) || len(tree(t, above)) > 0 {
			t.Errorf("an archive that cannot be read on after %d bytes: %v, left %q", n, err, tree(t, above))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := restore(ctx, bytes.NewReader(archive), filepath.Join(t.TempDir(), "p")); hayon.CodeOf(err) != hayon.CodeTimeout {
		t.Errorf("after the end of its context: %v, want a timeout", err)
	}
	if _, err := restore(t.Context(), bytes.NewReader(archive), "relative"); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("into a relative folder: %v, want a usage error", err)
	}
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		return // permissions say nothing there
	}
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t.Context(), bytes.NewReader(archive), locked); hayon.CodeOf(err) != hayon.CodeLocal || hayon.AsError(err).Hint == "" {
		t.Errorf("into a folder that cannot be written: %v, want a local error with a hint", err)
	}
}
