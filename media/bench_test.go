package media_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/hayon/hayon/media"
)

// BenchmarkFit12MP is a phone's photograph for a platform that takes a megabyte.
func BenchmarkFit12MP(b *testing.B) {
	file := withEXIF(photoFile(b, 4000, 3000, 92), fullEXIF(binary.BigEndian, 6))
	b.SetBytes(int64(len(file)))
	peak := watchMemory(b)
	for b.Loop() {
		got, _ := fit(b, file, media.Spec{Types: []string{media.JPEG, media.PNG}, MaxBytes: 1_000_000})
		b.ReportMetric(float64(got.Bytes), "fitted-B")
	}
	b.ReportMetric(peak(), "peak-MiB")
}

// BenchmarkFit40MP must stay within the default budget, for every kind that is promised.
func BenchmarkFit40MP(b *testing.B) {
	const w, h = 7300, 5480
	for _, kind := range []struct {
		name string
		file func() []byte
	}{
		{"jpeg", func() []byte { return withEXIF(photoFile(b, w, h, 90), fullEXIF(binary.BigEndian, 6)) }},
		{"progressive jpeg", func() []byte { return withEXIF(progressiveFile(w, h), fullEXIF(binary.BigEndian, 6)) }},
		{"png", func() []byte { return pngOfImage(b, quarters(w, h)) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			file := kind.file()
			runtime.GC()
			b.SetBytes(int64(len(file)))
			peak := watchMemory(b)
			for b.Loop() {
				fit(b, file, media.Spec{Types: onlyJPEG, MaxBytes: 1_000_000})
			}
			mib := peak()
			b.ReportMetric(mib, "peak-MiB")
			if mib > 512 {
				b.Errorf("it took %.0f MiB", mib)
			}
		})
	}
}

// watchMemory samples the memory that the heap takes from the system and does not give back, over what it
// was; the function that it returns ends it.
func watchMemory(b *testing.B) func() float64 {
	b.Helper()
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before, peak := inUse(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				peak = max(peak, inUse())
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-done
		return float64(max(peak, before)-before) / (1 << 20)
	}
}

func BenchmarkProbe(b *testing.B) {
	files := map[string][]byte{
		"jpeg": withEXIF(photoFile(b, 1200, 900, 90), fullEXIF(binary.BigEndian, 6)), "png": pngFile(b, 600, 400),
		"gif": gifFile(b, 300, 200, 20), "mp4": mp4Layouts()["moov at the end"],
	}
	for name, file := range files {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := media.Probe(bytes.NewReader(file)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+" deep", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, err := media.ProbeFile(bytes.NewReader(file)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStrip removes metadata without decoding.
func BenchmarkStrip(b *testing.B) {
	file := withEXIF(photoFile(b, 4000, 3000, 92), fullEXIF(binary.BigEndian, 1))
	b.SetBytes(int64(len(file)))
	f := withoutFFmpeg()
	for b.Loop() {
		if _, err := f.Fit(b.Context(), bytes.NewReader(file), io.Discard, media.Spec{}); err != nil {
			b.Fatal(err)
		}
	}
}
