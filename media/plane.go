package media

import (
	"math"
)

// plane is a rectangle of samples, n of them to a point, row by row.
type plane struct {
	pix          []byte
	stride, w, h int
	n            int
}

func newPlane(w, h, n int) plane {
	return plane{pix: make([]byte, w*h*n), stride: w * n, w: w, h: h, n: n}
}

func (p plane) row(y int) []byte { return p.pix[y*p.stride : y*p.stride+p.w*p.n] }

// turned returns the plane as an EXIF orientation of 2 to 8 means it to be seen.
func (p plane) turned(orientation int) plane {
	w, h := p.w, p.h
	if orientation >= 5 {
		w, h = h, w
	}
	out := newPlane(w, h, p.n)
	// The point at the left of the source's row y lands at from(y); the next ones follow in steps.
	origin, step, next := 0, 0, 0
	right, down := p.n, out.stride
	switch orientation {
	case 2: // mirrored
		origin, step, next = (w-1)*right, -right, down
	case 3: // upside down
		origin, step, next = (w-1)*right+(h-1)*down, -right, -down
	case 4: // upside down and mirrored
		origin, step, next = (h-1)*down, right, -down
	case 5: // mirrored along the diagonal from the upper left
		origin, step, next = 0, down, right
	case 6: // lies on its left side
		origin, step, next = (w-1)*right, down, -right
	case 7: // mirrored along the other diagonal
		origin, step, next = (w-1)*right+(h-1)*down, -down, -right
	case 8: // lies on its right side
		origin, step, next = (h-1)*down, -down, right
	default:
		origin, step, next = 0, right, down
	}
	const tile = 32 // small squares stay in the processor's cache when columns become rows
	for y0 := 0; y0 < p.h; y0 += tile {
		for x0 := 0; x0 < p.w; x0 += tile {
			for y := y0; y < min(y0+tile, p.h); y++ {
				x1 := min(x0+tile, p.w)
				copySteps(out.pix, p.pix[y*p.stride+x0*p.n:y*p.stride+x1*p.n], origin+y*next+x0*step, step, p.n)
			}
		}
	}
	return out
}

func copySteps(dst, src []byte, at, step, n int) {
	if n == 1 {
		for _, v := range src {
			dst[at] = v
			at += step
		}
		return
	}
	for ; len(src) >= n; src = src[n:] {
		copy(dst[at:at+n], src[:n])
		at += step
	}
}

// Scaling is separable: rows first, then columns, with the kernel of Catmull and Rom widened to what is
// between two points of the result. Only as many scaled rows as the kernel is high are in memory.
// Golang's draw.CatmullRom does the same over all rows at 32 bytes a point.

// kernel is which points of the source make up one of the result.
type kernel struct {
	first   int
	weights []int32 // sum 1<<weightBits
}

const (
	weightBits = 14
	rowBits    = 6 // of a fraction, in scaled rows
)

// kernels returns one for each of n points of the result, from a source of size points that are 1/ratio
// apart.
func kernels(n, size int, ratio float64) []kernel {
	wide := max(1, ratio)
	list := make([]kernel, n)
	for i := range list {
		centre := (float64(i)+0.5)*ratio - 0.5
		lo, hi := int(math.Ceil(centre-2*wide)), int(math.Floor(centre+2*wide))
		first, last := clamp(lo, size), clamp(hi, size)
		weights := make([]float64, last-first+1)
		sum := 0.0
		for j := lo; j <= hi; j++ {
			w := catmullRom(math.Abs(float64(j)-centre) / wide)
			weights[clamp(j, size)-first] += w // the border goes on outside
			sum += w
		}
		list[i] = kernel{first, fixed(weights, sum)}
	}
	return list
}

func clamp(i, size int) int { return min(max(i, 0), size-1) }

// fixed makes weights whole numbers of the same sum; the largest takes the rounding.
func fixed(weights []float64, sum float64) []int32 {
	out := make([]int32, len(weights))
	rest, largest := int32(1<<weightBits), 0
	for i, w := range weights {
		out[i] = int32(math.Round(w / sum * (1 << weightBits)))
		rest -= out[i]
		if out[i] > out[largest] {
			largest = i
		}
	}
	out[largest] += rest
	return out
}

func catmullRom(t float64) float64 {
	switch {
	case t < 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	default:
		return 0
	}
}

// scaled returns the plane with w × h points, which are ratioX and ratioY points of the source apart.
// Of four samples to a point, the last is taken as alpha where alpha is set.
func (p plane) scaled(w, h int, ratioX, ratioY float64, alpha bool) plane {
	across, down := kernels(w, p.w, ratioX), kernels(h, p.h, ratioY)
	high := 0
	for _, k := range down {
		high = max(high, len(k.weights))
	}
	ring := make([][]int16, high) // row y of the source is at y % high
	for i := range ring {
		ring[i] = make([]int16, w*p.n)
	}
	var scratch []byte
	if alpha {
		scratch = make([]byte, p.w*p.n)
	}
	out, done := newPlane(w, h, p.n), 0
	sums := make([]int32, w*p.n)
	for y, k := range down {
		for ; done < k.first+len(k.weights); done++ {
			if done >= k.first {
				row := p.row(done)
				if alpha {
					row = premultiply(scratch, row)
				}
				scaleRow(ring[done%high], row, across, p.n)
			}
		}
		addRows(sums, ring, k)
		store(out.row(y), sums)
		if alpha {
			unpremultiply(out.row(y))
		}
	}
	return out
}

func scaleRow(dst []int16, src []byte, across []kernel, n int) {
	const shift = weightBits - rowBits
	if n == 1 {
		for i, k := range across {
			var sum int32
			from := src[k.first : k.first+len(k.weights)]
			for j, w := range k.weights {
				sum += w * int32(from[j])
			}
			dst[i] = int16(sum >> shift)
		}
		return
	}
	for i, k := range across {
		var a, b, c, d int32
		from := src[k.first*4 : (k.first+len(k.weights))*4]
		for j, w := range k.weights {
			s := from[4*j : 4*j+4 : 4*j+4]
			a, b, c, d = a+w*int32(s[0]), b+w*int32(s[1]), c+w*int32(s[2]), d+w*int32(s[3])
		}
		o := dst[4*i : 4*i+4 : 4*i+4]
		o[0], o[1], o[2], o[3] = int16(a>>shift), int16(b>>shift), int16(c>>shift), int16(d>>shift)
	}
}

func addRows(sums []int32, ring [][]int16, k kernel) {
	clear(sums)
	for j, w := range k.weights {
		if w == 0 {
			continue
		}
		row := ring[(k.first+j)%len(ring)][:len(sums)]
		for i, v := range row {
			sums[i] += w * int32(v)
		}
	}
}

func store(dst []byte, sums []int32) {
	const shift = weightBits + rowBits
	for i, v := range sums {
		dst[i] = byte(min(max((v+1<<(shift-1))>>shift, 0), 255))
	}
}

func premultiply(dst, src []byte) []byte {
	for i := 0; i+4 <= len(src); i += 4 {
		a := uint32(src[i+3])
		for c := range 3 {
			dst[i+c] = byte((uint32(src[i+c])*a + 127) / 255) //nolint:gosec // at most 255
		}
		dst[i+3] = src[i+3]
	}
	return dst[:len(src)]
}

func unpremultiply(row []byte) {
	for i := 0; i+4 <= len(row); i += 4 {
		a := uint32(row[i+3])
		if a == 0 || a == 255 {
			continue
		}
		for c := range 3 {
			row[i+c] = byte(min((uint32(row[i+c])*255+a/2)/a, 255))
		}
	}
}
