package charset

import "unicode/utf8"

// candidate is an encoding of Chinese, Japanese or Korean with its way of stepping through bytes.
type candidate struct {
	name     string
	step     func(b []byte) (size int, k class)
	frequent *pairSet
}

// class says what a stepped character is.
type class byte

const (
	broken class = iota // no character of the encoding
	usual               // in the part of the encoding that everyday characters have
	rare                // anywhere else in it
)

// tellCJK names the encoding of Chinese, Japanese or Korean text, or "" when it is none that is sure.
func tellCJK(text []byte) string {
	best, bestScore := "", 0
	for _, c := range candidates() {
		if score := c.score(text); score > bestScore {
			best, bestScore = c.name, score
		}
	}
	return best
}

// score is how much text looks like the candidate: 0 for not at all.
func (c *candidate) score(text []byte) int {
	n := c.count(text)
	if !n.whole() || n.frequent*100 < n.all()*minFrequentShare {
		return 0
	}
	return (n.frequent*1000 + n.of[usual]*300 - n.of[rare]*300 - n.of[broken]*1000) / n.all()
}

// counts are the characters above ASCII by class.
type counts struct {
	of       [3]int
	frequent int // those in the candidate's set that stand beside another character above ASCII
}

func (n counts) all() int { return n.of[usual] + n.of[rare] + n.of[broken] }

// whole reports whether the text can be in the encoding at all.
func (n counts) whole() bool {
	return n.all() > 0 && n.of[broken]*100 <= n.all()*maxBrokenShare
}

// count steps through text. A frequent character that stands alone between ASCII does not count as one: that is how the
// accents and curly quotes of Western text look. The last character may be cut.
func (c *candidate) count(text []byte) (n counts) {
	joined := false
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			joined = false
			i++
			continue
		}
		size, k := c.step(text[i:])
		next := i + size
		if size == 2 && (joined || next < len(text) && text[next] >= utf8.RuneSelf) && c.frequent.has(text[i], text[i+1]) {
			n.frequent++
		}
		if k != broken || next < len(text)-1 {
			n.of[k]++
		}
		joined = size > 1
		i = next
	}
	return n
}

func in(c, lo, hi byte) bool { return lo <= c && c <= hi }

// pair classes a two-byte character: valid says whether it is one at all, everyday whether it is usual.
func pair(valid, everyday bool) (int, class) {
	switch {
	case !valid:
		return 1, broken
	case everyday:
		return 2, usual
	}
	return 2, rare
}

// stepGBK: usual is GB 2312 with its first level of characters.
func stepGBK(b []byte) (int, class) {
	if len(b) < 2 || !in(b[0], 0x81, 0xFE) {
		return 1, broken
	}
	if in(b[1], 0x30, 0x39) {
		if len(b) >= 4 && in(b[2], 0x81, 0xFE) && in(b[3], 0x30, 0x39) {
			return 4, rare
		}
		return 1, broken
	}
	return pair(in(b[1], 0x40, 0x7E) || in(b[1], 0x80, 0xFE),
		in(b[1], 0xA1, 0xFE) && (in(b[0], 0xA1, 0xA3) || in(b[0], 0xB0, 0xD7)))
}

// stepBig5: usual is punctuation and the first level of characters.
func stepBig5(b []byte) (int, class) {
	if len(b) < 2 {
		return 1, broken
	}
	return pair(in(b[0], 0x81, 0xFE) && (in(b[1], 0x40, 0x7E) || in(b[1], 0xA1, 0xFE)), in(b[0], 0xA1, 0xC6))
}

// stepEUCKR: usual is KS X 1001 without its Chinese characters.
func stepEUCKR(b []byte) (int, class) {
	if len(b) < 2 {
		return 1, broken
	}
	return pair(in(b[0], 0x81, 0xFE) && (in(b[1], 'A', 'Z') || in(b[1], 'a', 'z') || in(b[1], 0x81, 0xFE)),
		in(b[1], 0xA1, 0xFE) && (in(b[0], 0xA1, 0xA3) || in(b[0], 0xB0, 0xC8)))
}

// stepEUCJP: usual is JIS X 0208 with its first level of characters.
func stepEUCJP(b []byte) (int, class) {
	switch {
	case len(b) >= 3 && b[0] == 0x8F && in(b[1], 0xA1, 0xFE) && in(b[2], 0xA1, 0xFE):
		return 3, rare
	case len(b) < 2:
		return 1, broken
	case b[0] == 0x8E && in(b[1], 0xA1, 0xDF):
		return 2, rare
	}
	return pair(in(b[0], 0xA1, 0xFE) && in(b[1], 0xA1, 0xFE), in(b[0], 0xA1, 0xA5) || in(b[0], 0xB0, 0xCF))
}

// stepShiftJIS: usual is JIS X 0208 with its first level of characters.
func stepShiftJIS(b []byte) (int, class) {
	switch {
	case in(b[0], 0xA1, 0xDF): // one-byte katakana
		return 1, rare
	case len(b) < 2:
		return 1, broken
	}
	return pair((in(b[0], 0x81, 0x9F) || in(b[0], 0xE0, 0xFC)) && (in(b[1], 0x40, 0x7E) || in(b[1], 0x80, 0xFC)),
		in(b[0], 0x81, 0x83) || in(b[0], 0x88, 0x98))
}
