package text

import "slices"

// cutter makes parts.
type cutter struct {
	*SplitOptions
	n     string
	parts []string
	// words and atoms are how many the last part had: the next one will not differ much.
	words, atoms int
	// tail is the number behind the part that is being made, with so many parts before it.
	tail   string
	before int
}

// add appends a part that begins at an offset of a section, unless nobody would see anything of it.
func (c *cutter) add(s *section, at int, part string) error {
	if isBlank(part) {
		return nil
	}
	most := c.MaxParts
	if most < 1 {
		most = maxParts
	}
	if len(c.parts) == most {
		return &SplitError{Reason: SplitTooMany, Body: s.body, At: s.at + at}
	}
	c.parts = append(c.parts, part)
	return nil
}

// fill is how full a part is, as its length by its limit; above one it is too long. The part will be the
// one behind so many others.
func (c *cutter) fill(part string, others int) float64 {
	if c.n != "" && (c.tail == "" || c.before != others) {
		c.tail, c.before = c.number(others+1, c.n), others
	}
	part += c.tail
	full := 0.0
	for _, l := range c.Limits {
		n := Length(l.Rule, part, l.With...)
		switch {
		case n <= l.Max && l.Max > 0:
			full = max(full, float64(n)/float64(l.Max))
		case n > l.Max:
			full = max(full, float64(n)/float64(max(l.Max, 1)), 1.01)
		}
	}
	return full
}

func (c *cutter) section(s *section) error {
	if !c.Auto || c.fill(s.text, len(c.parts)) <= 1 {
		return c.add(s, 0, s.text)
	}
	if s.borders == nil {
		s.borders = findBorders(s.text)
	}
	b := s.borders
	var starts []int // of the parts of this section
	for from := b.skip(0); from < b.last(); {
		end := c.farthest(b, from)
		if end == from {
			return c.tooLong(s, from)
		}
		if end < b.last() {
			end = c.choose(b, from, end)
		}
		c.atoms = end - from
		had := len(c.parts)
		if err := c.add(s, b.ends[from], b.part(from, end)); err != nil {
			return err
		}
		if len(c.parts) > had {
			starts = append(starts, from)
		}
		from = b.skip(end)
	}
	c.joinLast(b, starts)
	return nil
}

func (c *cutter) tooLong(s *section, from int) error {
	if c.fill("", len(c.parts)) > 1 {
		return &SplitError{Reason: SplitNoRoom, Body: s.body, At: s.at + s.borders.ends[from]}
	}
	return &SplitError{
		Reason: SplitTooLong, Body: s.body, At: s.at + s.borders.ends[from], Text: s.borders.part(from, from+1),
	}
}

// farthest is the last border up to which a part can go that begins at one; that one itself where nothing
// fits. It looks inside a word only where not even that fits.
func (c *cutter) farthest(b *borders, from int) int {
	const longWord = 1000
	next, _ := slices.BinarySearch(b.breaks, from+1)
	breaks := b.breaks[next:]
	atoms := breaks[0] - from
	inside := func() int {
		return from + c.search(atoms, c.atoms, func(i int) string { return b.part(from, from+i) })
	}
	if atoms > longWord+4*c.atoms { // do not even ask whether it fits
		if end := inside(); end < breaks[0] {
			return end
		}
	}
	if n := c.search(len(breaks), c.words, func(i int) string { return b.part(from, breaks[i-1]) }); n > 0 {
		c.words = n
		return breaks[n-1]
	}
	return inside()
}

// search is how many of so many pieces make a part. It guesses from how full a try was, and halves what
// is left where guessing does not help.
func (c *cutter) search(most, guess int, part func(pieces int) string) int {
	lo, hi := 0, most+1
	next := max(guess, 16)
	for try := 0; hi-lo > 1; try++ {
		switch {
		case try <= 5:
		case hi <= most:
			next = lo + (hi-lo)/2
		default:
			next = 2 * lo
		}
		next = min(max(next, lo+1), hi-1)
		full := c.fill(part(next), len(c.parts))
		if full <= 1 {
			lo = next
		} else {
			hi = next
		}
		if full > 0.5 {
			next = int(float64(next) / full)
		} else {
			next *= 2
		}
	}
	return lo
}

// choose is where to cut best between two borders, the second of which is the last one possible.
func (c *cutter) choose(b *borders, from, end int) int {
	for kind := atParagraph; kind > inWord; kind-- {
		// What fills little of a part is no good place, however clear the border is.
		if at := b.before(kind, from, end); (at-from)*3 >= end-from && c.fill(b.part(from, at), len(c.parts)) <= 1 {
			return at
		}
	}
	if at := b.before(betweenWords, from, end); at > from && c.fill(b.part(from, at), len(c.parts)) <= 1 {
		return at
	}
	return end
}

// joinLast moves the last cut to the end of a sentence before it, if behind it stands a single word.
func (c *cutter) joinLast(b *borders, starts []int) {
	n := len(starts)
	if n < 2 || b.before(betweenWords, starts[n-1], b.last()-1) > starts[n-1] {
		return
	}
	at := b.before(atSentence, starts[n-2], starts[n-1]-1)
	if at == starts[n-2] {
		return
	}
	left, right := b.part(starts[n-2], at), b.part(b.skip(at), b.last())
	if !isBlank(left) && c.fill(left, len(c.parts)-2) <= 1 && c.fill(right, len(c.parts)-1) <= 1 {
		c.parts[len(c.parts)-2], c.parts[len(c.parts)-1] = left, right
	}
}
