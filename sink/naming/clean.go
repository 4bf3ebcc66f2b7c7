package naming

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// component makes a name that is safe on every system of a stem and an extension ("" or ".png", which is trusted to be
// ASCII). Letters, their marks and digits of all scripts stay, in NFC, so that a Chinese or Arabic name can be read; of
// the rest only what no shell, system or format of paths gives a meaning: . _ - + = , @. Each run of anything else becomes
// one _, or nothing at the ends; dots that follow each other become one. That leaves no control, separator, direction, joiner or invisible character.
func component(stem, ext string) string {
	stem = filter(norm.NFC.String(filter(head(stem, maxRaw))))
	if stem == "" {
		stem = "_"
	}
	if reserved(stem) {
		stem = "_" + stem
	}
	return cut(stem, maxName-len(ext)) + ext
}

// filter keeps what a name may have. Marks stay only on letters and digits.
func filter(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap, marks := false, maxMarks // marks: of the letter at hand
	last := rune(0)
	for _, r := range s {
		switch kindOf(r) {
		case letter:
			marks = 0
		case mark:
			if gap || marks == maxMarks {
				continue
			}
			marks++
		case plain:
			marks = maxMarks
			if b.Len() == 0 && (r == '.' || r == '-') {
				continue // a hidden file, or an option to a command
			}
			if r == '.' && last == '.' && !gap {
				continue
			}
		default:
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap, last = false, r
		b.WriteRune(r)
	}
	return strings.TrimRight(b.String(), ".")
}

// kind is what a character is to a name.
type kind uint8

const (
	other kind = iota
	letter
	mark
	plain // of the few signs that stay
)

func kindOf(r rune) kind {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return letter
	case r < utf8.RuneSelf:
		if strings.IndexByte("._-+=,@", byte(r)) >= 0 {
			return plain
		}
		return other
	case r == utf8.RuneError, unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return other // the latter two are letters and marks that cannot be seen
	case unicode.IsMark(r):
		return mark
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return letter
	}
	return other
}

// reserved reports the names that Windows keeps for devices, with any extension (Naming Files, Paths, and Namespaces).
func reserved(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	if len(stem) > len("CLOCK_") {
		return false
	}
	switch strings.ToUpper(stem) {
	case "CON", "PRN", "AUX", "NUL", "CONIN", "CONOUT", "CLOCK":
		return true
	}
	port := strings.ToUpper(stem[:min(len(stem), 3)])
	return (port == "COM" || port == "LPT") && utf8.RuneCountInString(stem) == 4 && strings.ContainsAny(stem[3:], "0123456789\u00b9\u00b2\u00b3")
}

// cut shortens a stem to n bytes, between characters.
func cut(stem string, n int) string {
	if len(stem) <= n {
		return stem
	}
	return strings.TrimRight(head(stem, n), ".")
}

// head gives at most n bytes of s, and no part of a character.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// FoldKey gives the key that a name has on the least particular file system: two names with the same key may be one file
// there. Case is folded (Windows, macOS), and so are the ways to write a letter (macOS keeps NFC and NFD as one; the
// compatibility forms of NFKC too, which some systems can be set to). Names with different keys are different everywhere.
func FoldKey(name string) string {
	if ascii(name) {
		return strings.ToLower(name)
	}
	fold := cases.Fold()
	s := fold.String(strings.ToUpper(norm.NFKC.String(name)))
	return norm.NFKC.String(fold.String(norm.NFKC.String(s)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
