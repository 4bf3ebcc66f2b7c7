package charset

import (
	"math/bits"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// alphabet is a one-byte encoding with the letter pairs of the languages written in it.
type alphabet struct {
	name    string
	pairs   string // levels of all pairs of kinds, 'a' and up; see letterpairs_latin.go
	width   int    // kinds of letters, that is, the length of a row of pairs
	kinds   [256]byte
	prior   int                 // taken from its sum of levels for being rare on pages; below 0, added
	telling [utf8.RuneSelf]bool // for the Latin ones: the bytes above ASCII that are something else in windows-1252
}

// Kinds of bytes. The kind of a letter is its place in the alphabet, from 1, with capital added for a capital letter.
const (
	gap     = 0    // what stands between words: space, digits, ASCII punctuation
	mark    = 0x7D // punctuation above ASCII, also within words: quotes, dashes, the no-break space
	foreign = 0x7E // letters that the language does not have and signs that are rare in text
	nothing = 0x7F // unassigned bytes and control characters
	capital = 0x80
)

// marks are the characters above ASCII that text of any language has besides its letters.
const marks = "\u00A0«»‘’‚“”„‹›–—•…·©®™°§№€£¥¢×±¹²³¼½¾µ´"

// newAlphabet maps the bytes of an encoding to kinds. The letters are in the order of the table.
func newAlphabet(name string, prior int, m *charmap.Charmap, letters, pairs string) *alphabet {
	a := &alphabet{name: name, prior: prior, pairs: pairs, width: 1 + utf8.RuneCountInString(letters)}
	for b := range a.kinds {
		r := m.DecodeByte(byte(b))
		switch {
		case r == utf8.RuneError, r >= utf8.RuneSelf && unicode.IsControl(r):
			a.kinds[b] = nothing
		case r >= utf8.RuneSelf, isLetter(byte(b)):
			a.kinds[b] = foreign
		}
		if b >= utf8.RuneSelf {
			a.telling[b-utf8.RuneSelf] = r != charmap.Windows1252.DecodeByte(byte(b))
		}
	}
	kind := byte(gap)
	for _, r := range letters {
		kind++
		if !unicode.IsUpper(r) { // the dotted I of Turkish is one
			a.set(m, r, kind)
		}
		a.set(m, unicode.ToUpper(r), kind|capital)
	}
	for _, r := range marks {
		a.set(m, r, mark)
	}
	return a
}

// set gives the byte of a character its kind, unless it has one.
func (a *alphabet) set(m *charmap.Charmap, r rune, kind byte) {
	if b, ok := m.EncodeRune(r); ok && a.kinds[b] == foreign {
		a.kinds[b] = kind
	}
}

// level is how usual the pair of bytes is: 0 never, each more is twice as usual; below 0 for what speaks against the
// encoding.
func (a *alphabet) level(b, c byte) int {
	k, l := a.kinds[b], a.kinds[c]
	p, q := k&^capital, l&^capital
	switch {
	case p < mark && q < mark:
	case p == nothing || q == nothing:
		return unassignedLevel
	case p == foreign || q == foreign:
		return 0
	case p == gap || q == gap:
		return gapMarkLevel
	default:
		return markLevel
	}
	level := int(a.pairs[int(p)*a.width+int(q)] - 'a')
	switch {
	case l&capital == 0:
		return level
	case p == gap:
		return level - firstCapitalCost
	case k&capital != 0:
		return level - nextCapitalCost
	}
	return inWordCapitalLevel
}

// scripts is how many encodings otherScripts has.
const scripts = 12

// otherScripts are the encodings of scripts that share no letters with Latin, the commoner first. The tables of bytes are
// made at the first page that needs them, in some 0.1 ms, and never changed.
var otherScripts = sync.OnceValue(func() *[scripts]*alphabet {
	return &[scripts]*alphabet{
		newAlphabet("windows-1251", 0, charmap.Windows1251, cyrillicLetters, cyrillicPairs),
		newAlphabet("koi8-r", 4, charmap.KOI8R, cyrillicLetters, cyrillicPairs),
		newAlphabet("koi8-u", 5, charmap.KOI8U, cyrillicLetters, cyrillicPairs),
		newAlphabet("iso-8859-5", 8, charmap.ISO8859_5, cyrillicLetters, cyrillicPairs),
		newAlphabet("ibm866", 8, charmap.CodePage866, cyrillicLetters, cyrillicPairs),
		newAlphabet("x-mac-cyrillic", 10, charmap.MacintoshCyrillic, cyrillicLetters, cyrillicPairs),
		newAlphabet("windows-1253", 0, charmap.Windows1253, greekLetters, greekPairs),
		newAlphabet("iso-8859-7", 2, charmap.ISO8859_7, greekLetters, greekPairs),
		newAlphabet("windows-1255", -4, charmap.Windows1255, hebrewLetters, hebrewPairs),
		newAlphabet("windows-1256", 0, charmap.Windows1256, arabicLetters, arabicPairs),
		newAlphabet("iso-8859-6", 4, charmap.ISO8859_6, arabicLetters, arabicPairs),
		newAlphabet("windows-874", 0, charmap.Windows874, thaiLetters, thaiPairs),
	}
})

// latinScripts are those of Latin letters: windows-1252 twice, which all others have to beat, and the others. Estonian is
// apart, because its õ is the ő of Hungarian in windows-1250, while nothing else in the two languages is alike.
var latinScripts = sync.OnceValue(func() []*alphabet {
	return []*alphabet{
		newAlphabet(windows1252Name, 0, charmap.Windows1252, westernLetters, westernPairs),
		newAlphabet(windows1252Name, 0, charmap.Windows1252, balticLetters, balticPairs),
		newAlphabet("windows-1254", 0, charmap.Windows1254, turkishLetters, turkishPairs),
		newAlphabet("windows-1250", 0, charmap.Windows1250, centralLetters, centralPairs),
		newAlphabet("iso-8859-2", 3, charmap.ISO8859_2, centralLetters, centralPairs),
		newAlphabet("windows-1257", 6, charmap.Windows1257, balticLetters, balticPairs),
	}
})

// tellByLetters names the one-byte encoding whose letters follow each other as they do in text, or "" for windows-1252
// and for what is none that is sure. With surely it names those only that Chinese, Japanese and Korean are never taken for.
func tellByLetters(text []byte, surely bool) string {
	text = text[:min(len(text), letterBytes)]
	switch own := mostlyHigh(text); {
	case own && surely:
		return tellScript(text, sureScriptLevel)
	case own:
		return tellScript(text, minScriptLevel)
	case surely:
		return ""
	}
	return tellLatin(text)
}

// mostlyHigh reports whether bytes above ASCII stand beside each other rather than beside ASCII letters: they are a
// script of their own, no accents.
func mostlyHigh(text []byte) bool {
	together, mixed := 0, 0
	for i := 1; i < len(text); i++ {
		switch b, c := text[i-1], text[i]; {
		case b == c && i > 1 && b == text[i-2]: // a row of bullets or spaces
		case b >= utf8.RuneSelf && c >= utf8.RuneSelf:
			together++
		case b >= utf8.RuneSelf && isLetter(c), c >= utf8.RuneSelf && isLetter(b):
			mixed++
		}
	}
	return together > mixed
}

// tellScript is tellByLetters for the scripts that have no letters of ASCII. Its answer fits by minLevel at least.
func tellScript(text []byte, minLevel int) string {
	var sums [scripts]int
	all := otherScripts()
	for i, a := range all {
		sums[i] = -a.prior
	}
	best, pairs := 0, 0
	for start := 1; start < len(text); start += letterChunk {
		chunk := text[start-1 : min(start+letterChunk, len(text))]
		pairs += highPairs(chunk)
		limit := sums[best] - hopelessLead
		for i, a := range all {
			if sums[i] >= limit {
				sums[i] += a.sum(chunk)
			}
		}
		for i := range all {
			if sums[i] > sums[best] {
				best = i
			}
		}
	}
	if pairs == 0 || sums[best]*10 < pairs*minLevel || !all[best].mostlyLetters(text) {
		return ""
	}
	return all[best].name
}

// mostlyLetters reports whether most bytes above ASCII are letters.
func (a *alphabet) mostlyLetters(text []byte) bool {
	letters, others := 0, 0
	for _, c := range text {
		switch {
		case c < utf8.RuneSelf:
		case a.kinds[c]&^capital < mark:
			letters++
		default:
			others++
		}
	}
	return letters > others*minLetterShare
}

// highPairs counts the pairs with a byte above ASCII.
func highPairs(text []byte) int {
	n := 0
	for i := 1; i < len(text); i++ {
		if (text[i-1]|text[i])&utf8.RuneSelf != 0 {
			n++
		}
	}
	return n
}

// sum is the levels of all pairs that have a byte above ASCII.
func (a *alphabet) sum(text []byte) int {
	sum := 0
	for i := 1; i < len(text); i++ {
		if b, c := text[i-1], text[i]; (b|c)&utf8.RuneSelf != 0 {
			sum += a.level(b, c)
		}
	}
	return sum
}

// tellLatin is tellByLetters for Latin letters with accents: by the pairs that windows-1252 reads as other letters.
func tellLatin(text []byte) string {
	all := latinScripts()
	western, estonian := all[0], all[1]
	best, bestLead := "", minLatinLead-1
	for _, a := range all[2:] {
		if !a.tells(text, western) {
			continue
		}
		if lead := min(a.lead(text, western), a.lead(text, estonian)); lead > bestLead {
			best, bestLead = a.name, lead
		}
	}
	return best
}

// tells reports whether enough pairs of text have other letters in a than in western, and enough different ones fit better.
func (a *alphabet) tells(text []byte, western *alphabet) bool {
	sum, telling, all := 0, 0, 0
	var better uint64 // a set of pairs
	for i := 1; i < len(text); i++ {
		b, c := text[i-1], text[i]
		if (b|c)&utf8.RuneSelf == 0 {
			continue
		}
		all++
		if !a.tellsBy(b) && !a.tellsBy(c) {
			continue
		}
		level := a.level(b, c)
		if level-western.foreignLevel(b, c) >= minPairLead {
			better |= 1 << ((uint(a.kinds[b])*31 + uint(a.kinds[c])) % 64)
		}
		sum += level
		telling++
	}
	return sum*10 >= telling*minLatinLevel && telling*minTellingShare >= all && bits.OnesCount64(better) >= minBetterPairs
}

// lead is by how much a fits text better than another does.
func (a *alphabet) lead(text []byte, other *alphabet) int {
	lead := -a.prior
	for i := 1; i < len(text); i++ {
		b, c := text[i-1], text[i]
		if a.tellsBy(b) || a.tellsBy(c) {
			lead += min(a.level(b, c)-other.foreignLevel(b, c), maxPairLead) - pairCost
			continue
		}
		switch mine, theirs := a.kinds[c] == foreign, other.kinds[c] == foreign; {
		case mine && !theirs:
			lead -= strangeCost
		case theirs && !mine:
			lead += strangeCost
		}
	}
	return lead
}

func (a *alphabet) tellsBy(b byte) bool { return b >= utf8.RuneSelf && a.telling[b-utf8.RuneSelf] }

// foreignLevel is level for text that has a foreign name now and then: no pair of letters is quite impossible.
func (a *alphabet) foreignLevel(b, c byte) int {
	level := a.level(b, c)
	if level >= 0 && a.kinds[b]&^capital < mark && a.kinds[c]&^capital < mark {
		return max(level, foreignPairLevel)
	}
	return level
}
