package charset

import (
	"bytes"
	"unicode/utf8"
)

// undeclared tells the encoding of a page that starts with no declaration.
func undeclared(b []byte) (string, Source) {
	if name := utf16WithoutBOM(b); name != "" {
		return name, Detected
	}
	switch ascii, isUTF8 := looksUTF8(b); {
	case ascii && isISO2022JP(b):
		return iso2022JPName, Detected
	case ascii:
		return lateOr(b, windows1252Name, Default)
	case isUTF8:
		return utf8Name, Detected
	}
	if name := prescanMeta(b[:min(len(b), latePrescanBytes)]); name != "" {
		return name, Meta
	}
	if name := tellByText(sample(b)); name != "" {
		return name, Detected
	}
	return windows1252Name, Default
}

// tellByText names the encoding of text that is not UTF-8, or "" when it is none that is sure.
func tellByText(text []byte) string {
	few := fewHigh(text)
	if !few {
		if name := tellByLetters(text, true); name != "" {
			return name
		}
	}
	if name := tellCJK(text); name != "" || few {
		return name
	}
	return tellByLetters(text, false)
}

// lateOr is the encoding of a late meta, else the one given.
func lateOr(b []byte, name string, source Source) (string, Source) {
	if late := prescanMeta(b[:min(len(b), latePrescanBytes)]); late != "" {
		return late, Meta
	}
	return name, source
}

// looksUTF8 reports whether b is ASCII only, and else whether it is UTF-8: cut in its last character is fine, and so are
// few mistakes among many good characters.
func looksUTF8(b []byte) (ascii, isUTF8 bool) {
	if isASCII(b) {
		return true, true
	}
	if utf8.Valid(b) {
		return false, true
	}
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		_, n := utf8.DecodeRune(b)
		if n == 1 {
			if !utf8.FullRune(b) {
				break
			}
			bad++
			if bad*utf8ErrorShare > good+len(b)/2 { // too many, even if all that is left were good
				return false, false
			}
			for len(b) > 1 && b[1]&0xC0 == 0x80 { // the rest of one broken sequence
				b = b[1:]
			}
		} else {
			good++
		}
		b = b[n:]
	}
	return false, good > 0 && bad*utf8ErrorShare <= good
}

// utf16WithoutBOM tells UTF-16 by its zero bytes: markup is ASCII, so every second byte of it is zero.
func utf16WithoutBOM(b []byte) string {
	if bytes.IndexByte(b[:min(len(b), 4)], 0) < 0 {
		return ""
	}
	b = b[:min(len(b), utf16Bytes)&^1]
	even, odd := 0, 0
	for i := 0; i < len(b); i += 2 {
		if b[i] == 0 {
			even++
		}
		if b[i+1] == 0 {
			odd++
		}
	}
	switch units := len(b) / 2; {
	case odd*4 >= units && even*16 <= odd:
		return utf16LEName
	case even*4 >= units && odd*16 <= even:
		return utf16BEName
	}
	return ""
}

// isISO2022JP tells ISO-2022-JP by its shift to two-byte characters, which nothing else has a use for.
func isISO2022JP(b []byte) bool {
	return bytes.Contains(b, []byte("\x1B$B")) || bytes.Contains(b, []byte("\x1B$@"))
}

// fewHigh reports whether text has less than minHigh bytes above ASCII.
func fewHigh(text []byte) bool {
	n := 0
	for _, c := range text {
		if c >= utf8.RuneSelf {
			n++
		}
		if n == minHigh {
			return false
		}
	}
	return true
}

// sample cuts the tags, scripts, styles and comments out of b and gives the words that have a byte above ASCII, up to
// sampleBytes. What is cut is bounded by < and >, which are no part of a character in any encoding that comes here.
func sample(b []byte) []byte {
	b = b[:min(len(b), sampleScanBytes)]
	out := make([]byte, 0, min(len(b)+1, sampleBytes))
	for rest := b; len(rest) > 0 && len(out) < sampleBytes; {
		end := bytes.IndexByte(rest, '<')
		if end < 0 {
			end = len(rest)
		}
		out = appendHigh(out, rest[:end])
		rest = skipTag(rest[end:])
	}
	if len(out) == 0 { // all of it stands in attributes or scripts
		out = appendHigh(out, b)
	}
	return out
}

// skipTag gives what follows the tag, comment, script or style that starts b.
func skipTag(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	end := []byte(">")
	switch c := b[1]; {
	case bytes.HasPrefix(b, []byte("<!--")):
		end = []byte("-->")
	case len(b) > 7 && equalFold(b[1:7], "script"):
		end = []byte("</script")
	case len(b) > 6 && equalFold(b[1:6], "style"):
		end = []byte("</style")
	case !isLetter(c) && c != '/' && c != '!' && c != '?':
		return b[1:]
	}
	i := bytes.Index(b, end)
	if i < 0 {
		return b[1:]
	}
	return b[i+len(end):]
}

// appendHigh appends the words of text that have a byte above ASCII, with a space behind each, while there is room.
func appendHigh(out, text []byte) []byte {
	for start := 0; start < len(text) && len(out) < cap(out); {
		end, seen := start, byte(0)
		for end < len(text) && !isSpace(text[end]) {
			seen |= text[end]
			end++
		}
		if seen >= utf8.RuneSelf {
			word := text[start:end]
			if room := cap(out) - len(out) - 1; len(word) > room {
				word = word[:max(room, 0)]
			}
			out = append(append(out, word...), ' ')
		}
		start = end + 1
	}
	return out
}
