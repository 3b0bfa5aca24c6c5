package providertest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// Image makes a PNG of w by h pixels in one colour that [Fixture.PrepareRequest] can open.
func (fx *Fixture) Image(t testing.TB, w, h int, alt string) hayon.Attachment {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	img.Set(0, 0, color.NRGBA{R: uint8(len(alt)), A: 0xff})
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return fx.attach(buf.Bytes(), w, h, alt)
}

// imageOf makes a PNG of n bytes: a square, and a chunk before its end that programs pass over.
func (fx *Fixture) imageOf(t testing.TB, n int64) hayon.Attachment {
	t.Helper()
	const end = 12 // bytes of the last chunk, and of what frames any
	small := fx.Image(t, 2, 2, "")
	fx.mu.Lock()
	b := slices.Clone(fx.blobs[small.SHA256])
	fx.mu.Unlock()
	fill := n - int64(len(b)) - end
	if fill < 0 {
		t.Fatalf("no picture has %d bytes", n)
	}
	chunk := append([]byte("paDd"), make([]byte, fill)...)
	body, last := b[:len(b)-end], b[len(b)-end:]
	out := binary.BigEndian.AppendUint32(slices.Clone(body), uint32(fill))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return fx.attach(append(out, last...), 2, 2, "large")
}

func (fx *Fixture) attach(b []byte, w, h int, alt string) hayon.Attachment {
	sum := sha256.Sum256(b)
	a := hayon.Attachment{
		Media: hayon.NewMediaID(time.Now()), Alt: alt, SHA256: hex.EncodeToString(sum[:]),
		Type: "image/png", Bytes: int64(len(b)), Width: w, Height: h, Name: "square.png",
	}
	fx.mu.Lock()
	defer fx.mu.Unlock()
	if fx.blobs == nil {
		fx.blobs = make(map[string][]byte)
	}
	fx.blobs[a.SHA256] = b
	return a
}

func (fx *Fixture) open(ctx context.Context, a hayon.Attachment) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fx.mu.Lock()
	defer fx.mu.Unlock()
	b, ok := fx.blobs[a.SHA256]
	if !ok {
		return nil, hayon.Errorf(hayon.CodeNotFound, "no bytes are stored for %s", a.SHA256)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}
