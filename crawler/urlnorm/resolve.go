package urlnorm

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Errors of Parse, NewBase and Resolve. Resolve returns them bare.
var (
	ErrInvalid = errors.New("not a valid URL")
	ErrScheme  = errors.New("not an http or https URL")
	ErrTooLong = errors.New("URL is longer than 8 KiB")
)

// Base is the URL that the links of a page are relative to. It is safe for concurrent use
// but for Reset, beside which nobody may use it.
type Base struct {
	href  []byte // as Parse gives it; empty: only absolute URLs resolve
	host  int    // where host[:port] starts in href
	root  int    // where the path starts
	dir   int    // behind the last slash of the path
	query int    // where the path ends: at the "?" or at the end

	charset *charset // of the links' queries; nil: UTF-8
}

// NewBase gives the base that href, an absolute http or https URL, is for links. Its errors are those of Parse.
func NewBase(href string) (*Base, error) {
	b := new(Base)
	if err := b.Reset(href); err != nil {
		return nil, err
	}
	return b, nil
}

// Reset makes b what NewBase gives, in the memory that it has. Nobody else may be using b. After an error b is the base of
// nothing.
func (b *Base) Reset(href string) error {
	s, err := parse(b.href[:0], href)
	*b = Base{href: s}
	if err != nil {
		return err
	}
	b.host, b.root = SplitHost(b.href)
	b.query = len(b.href)
	if i := bytes.IndexByte(b.href, '?'); i >= 0 {
		b.query = i
	}
	b.dir = bytes.LastIndexByte(b.href[:b.query], '/') + 1
	return nil
}

// String is the base as an href.
func (b *Base) String() string { return string(b.href) }

// Parse gives the href of an absolute http or https URL as a user types it: "HTTP://Example.com" is
// "http://example.com/". Its errors wrap ErrInvalid, ErrScheme and ErrTooLong, and name raw.
func Parse(raw string) (string, error) {
	href, err := parse(nil, raw)
	return string(href), err
}

// parse is Parse into the memory of dst, which is empty.
func parse(dst []byte, raw string) ([]byte, error) {
	var room [256]byte
	var none Base
	href, err := none.Resolve(slices.Grow(dst, len(raw)+1), append(room[:0], raw...)) // +1: "http://host" gets a slash
	if err != nil {
		return dst, fmt.Errorf("%w: %q (expected http://host/path or https://host/path)", err, shown(raw))
	}
	return href, nil
}

// shown is what an error message quotes of a URL: its beginning, without userinfo.
func shown(raw string) string {
	if start, end := userinfo(raw); end > start {
		raw = raw[:start] + raw[end:]
	}
	if len(raw) > shownURL {
		raw = raw[:shownURL] + "..."
	}
	return raw
}

// HasUserinfo reports whether an absolute URL as a user types it has a user name or a password, which Parse drops.
func HasUserinfo(raw string) bool {
	start, end := userinfo(raw)
	return end > start+1
}

// userinfo is where the user name and the password of a URL stand, and their @; start is end when there are none.
func userinfo(raw string) (start, end int) {
	if strings.IndexByte(raw, '@') < 0 {
		return 0, 0
	}
	start = strings.IndexByte(raw, ':') + 1 // however the user spelled what follows the scheme
	for start < len(raw) && isSlash(raw[start]) {
		start++
	}
	end = len(raw)
	if i := strings.IndexAny(raw[start:], `/\?#`); i >= 0 {
		end = start + i
	}
	return start, start + strings.LastIndexByte(raw[start:end], '@') + 1
}

// Resolve appends to dst the href that ref means relative to b, as a browser would request it. ref is the value of an
// attribute in UTF-8: whitespace and control characters around it and tabs and newlines in it are dropped, bytes that
// are not UTF-8 count as U+FFFD. Errors are ErrInvalid, ErrScheme (mailto:, javascript:, data: and so on) and
// ErrTooLong; with an error dst comes back as it was. Resolve allocates only to grow dst, for a ref with tabs or
// newlines in it, for hosts that are not plain ASCII names, and for non-ASCII queries in a charset other than UTF-8.
//
// See the basic URL parser of the URL Standard, section 4.4.
func (b *Base) Resolve(dst, ref []byte) ([]byte, error) {
	ref = trimSpace(ref)
	if len(ref) > MaxURL {
		var err error
		if ref, err = shorten(ref); err != nil {
			return dst, err
		}
	}
	if b.IsHref(ref) {
		return append(dst, ref...), nil
	}
	seen := classesOf(ref)
	if seen&^clsQuestion == 0 && len(ref) > 0 && len(b.href) > 0 {
		if from := b.start(ref); from > 0 {
			if from+len(ref) > MaxURL {
				return dst, ErrTooLong
			}
			return append(append(dst, b.href[:from]...), ref...), nil
		}
	}
	if seen&clsTab != 0 {
		ref = removeTabs(ref)
		seen |= clsDots // one may stand behind a slash now
	}
	out, err := b.resolve(dst, ref, seen)
	switch {
	case err != nil:
		return dst, err
	case len(out)-len(dst) > MaxURL:
		return dst, ErrTooLong
	}
	return out, nil
}

// IsHref reports whether ref is an href of b's origin as it stands, so that Resolve gives it back. It is false for few that are, and much
// cheaper than Resolve.
func (b *Base) IsHref(ref []byte) bool {
	return len(b.href) > 0 && len(ref) <= MaxURL && bytes.HasPrefix(ref, b.href[:b.root+1]) && classesOf(ref[b.root:])&^clsQuestion == 0
}

// start is how much of the base stands before a ref in which nothing is to be encoded, resolved or cut; 0 when the ref
// names a host.
func (b *Base) start(ref []byte) int {
	switch {
	case ref[0] == '?':
		return b.query
	case ref[0] != '/':
		return b.dir
	case len(ref) > 1 && ref[1] == '/':
		return 0
	}
	return b.root
}

// resolve resolves a ref without tabs and newlines; seen is the classes of its bytes, or more.
func (b *Base) resolve(dst, ref []byte, seen uint16) ([]byte, error) {
	scheme := noScheme
	if seen&clsColon != 0 {
		scheme, ref = cutScheme(ref)
	}
	if seen&clsHash != 0 {
		if i := bytes.IndexByte(ref, '#'); i >= 0 {
			ref = ref[:i]
		}
	}
	path, query, hasQuery := ref, []byte(nil), false
	if seen&clsQuestion != 0 {
		path, query, hasQuery = bytes.Cut(ref, []byte{'?'})
	}
	dst, err := b.appendUpToQuery(dst, scheme, path, seen, hasQuery)
	if err == nil && hasQuery {
		dst = appendQuery(append(dst, '?'), query, seen, b.charset)
	}
	return dst, err
}

// appendUpToQuery appends scheme, host and path, and the base's query where ref is empty.
func (b *Base) appendUpToQuery(dst []byte, scheme scheme, ref []byte, seen uint16, hasQuery bool) ([]byte, error) {
	switch {
	case scheme == otherScheme:
		return dst, ErrScheme
	case scheme != noScheme && (scheme != b.scheme() || bytes.HasPrefix(ref, []byte("//"))):
		return b.appendAbsolute(dst, scheme, ref, seen)
	case len(b.href) == 0:
		return dst, ErrInvalid // relative to nothing
	case len(ref) >= 2 && isSlash(ref[0]) && isSlash(ref[1]):
		return b.appendAbsolute(dst, b.scheme(), ref, seen)
	case len(ref) == 0 && hasQuery:
		return append(dst, b.href[:b.query]...), nil
	case len(ref) == 0:
		return append(dst, b.href...), nil
	}
	root, from := len(dst)+b.root, b.dir
	if isSlash(ref[0]) {
		ref, from = ref[1:], b.root+1
	}
	return appendPath(append(dst, b.href[:from]...), root, ref, seen), nil
}

// appendAbsolute appends scheme, host and path of what is behind "scheme:", however many slashes it starts with.
func (b *Base) appendAbsolute(dst []byte, scheme scheme, ref []byte, seen uint16) ([]byte, error) {
	for len(ref) > 0 && isSlash(ref[0]) {
		ref = ref[1:]
	}
	end := bytes.IndexByte(ref, '/')
	if end < 0 {
		end = len(ref)
	}
	if seen&clsBackslash != 0 {
		if i := bytes.IndexByte(ref[:end], '\\'); i >= 0 {
			end = i
		}
	}
	authority, path := ref[:end], ref[end:]
	if scheme == b.scheme() && bytes.Equal(authority, b.href[b.host:b.root]) {
		dst = append(dst, b.href[:b.root]...)
	} else {
		var err error
		if dst, err = appendHost(append(dst, scheme.prefix()...), authority, scheme); err != nil {
			return dst, err
		}
	}
	root := len(dst)
	if len(path) > 0 {
		path = path[1:]
	}
	return appendPath(append(dst, '/'), root, path, seen), nil
}

// trimSpace drops C0 controls and spaces from both ends.
func trimSpace(s []byte) []byte {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// removeTabs gives s without tabs and newlines, in new memory.
func removeTabs(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for _, c := range s {
		if class[c]&clsTab == 0 {
			out = append(out, c)
		}
	}
	return out
}

// shorten looks at a ref above MaxURL without copying it: most are data: URLs, and of the rest only a fragment is worth
// cutting.
func shorten(ref []byte) ([]byte, error) {
	head := removeTabs(ref[:MaxURL])
	if scheme, _ := cutScheme(head); scheme == otherScheme {
		return nil, ErrScheme
	}
	if i := bytes.IndexByte(ref[:MaxURL], '#'); i >= 0 {
		return ref[:i], nil
	}
	return nil, ErrTooLong
}
