package urlnorm

// Classes of a byte of a reference. One pass over the reference ors them together, so that later steps know what need
// not be looked for.
const (
	clsPath      = 1 << iota // is percent-encoded in a path
	clsQuery                 // is percent-encoded in a query
	clsTab                   // tab or newline: removed from anywhere
	clsBackslash             // separates path segments as a slash does
	clsPercent               // may spell a dot segment (%2e)
	clsColon                 // may end a scheme
	clsQuestion              // starts the query
	clsHash                  // starts the fragment
	clsSlash                 // separates path segments
	clsDot                   // behind a slash: may be a dot segment

	clsDots = clsDot << 1 // of a reference, not of a byte: a dot at the start or behind a slash
)

// class holds the classes of each byte. The path and query percent-encode sets are those of the URL Standard, for
// special schemes.
var class = func() (t [256]uint16) {
	for c := range t {
		if c <= ' ' || c >= 0x7f {
			t[c] |= clsPath | clsQuery
		}
	}
	for _, c := range []byte("\"<>^`{}") {
		t[c] |= clsPath
	}
	for _, c := range []byte("\"<>'") {
		t[c] |= clsQuery
	}
	for _, c := range []byte("\t\n\r") {
		t[c] |= clsTab
	}
	t['\\'] |= clsBackslash
	t['%'] |= clsPercent
	t[':'] |= clsColon
	t['?'] |= clsQuestion // cut off before the path is looked at, as is the fragment
	t['#'] |= clsHash | clsQuery
	t['/'] |= clsSlash
	t['.'] |= clsDot
	return t
}()

// classesOf ors the classes of the bytes of a reference together.
func classesOf(ref []byte) uint16 {
	var seen, dots uint16
	before := uint16(clsSlash)
	for _, c := range ref {
		k := class[c]
		seen |= k
		dots |= k & (before << 1) // clsDot behind clsSlash
		before = k
	}
	return seen&^(clsSlash|clsDot) | dots&clsDot<<1
}

const upperHex = "0123456789ABCDEF"

// appendEscape appends c percent-encoded.
func appendEscape(dst []byte, c byte) []byte {
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isSlash(c byte) bool { return c == '/' || c == '\\' }
