package urlnorm

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// Classes of a byte of a host.
const (
	hostPlain   = 1 << iota // stays as it is in a domain
	hostUpper               // becomes lower case
	hostNumeric             // may be part of an IPv4 address in any notation
	hostIPv6                // may be part of an IPv6 address
)

// hostClass holds the classes of each byte. A byte with neither hostPlain nor hostUpper is a forbidden domain code point
// (URL Standard section 3.5), the start of an escape, or not ASCII.
var hostClass = func() (t [256]uint8) {
	for c := byte('!'); c < 0x7f; c++ {
		t[c] |= hostPlain
	}
	for _, c := range []byte("#/:<>?@[\\]^|%") {
		t[c] &^= hostPlain
	}
	for c := byte('A'); c <= 'Z'; c++ {
		t[c] = hostUpper
	}
	for _, c := range []byte("0123456789abcdefABCDEF.") {
		t[c] |= hostNumeric | hostIPv6
	}
	t['x'] |= hostNumeric
	t['X'] |= hostNumeric
	t[':'] |= hostIPv6
	return t
}()

// appendHost appends the host[:port] that an authority names. Userinfo is dropped, and so is the scheme's default port.
func appendHost(dst, authority []byte, scheme scheme) ([]byte, error) {
	if out, odd := appendName(dst, authority); odd < 0 {
		return out, nil
	}
	if i := bytes.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	host, port := splitPort(authority)
	dst, err := appendDomain(dst, host)
	if err != nil || len(port) == 0 {
		return dst, err
	}
	return appendPort(dst, port, scheme.defaultPort())
}

// splitPort splits at the first colon that is not within brackets.
func splitPort(authority []byte) (host, port []byte) {
	inBrackets := false
	for i, c := range authority {
		switch {
		case c == '[':
			inBrackets = true
		case c == ']':
			inBrackets = false
		case c == ':' && !inBrackets:
			return authority[:i], authority[i+1:]
		}
	}
	return authority, nil
}

// appendPort appends ":port" unless it is the default port.
func appendPort(dst, port []byte, defaultPort int) ([]byte, error) {
	n := 0
	for _, c := range port {
		if !isDigit(c) {
			return dst, ErrInvalid
		}
		if n = n*10 + int(c-'0'); n > 65535 {
			return dst, ErrInvalid
		}
	}
	if n == defaultPort {
		return dst, nil
	}
	return strconv.AppendUint(append(dst, ':'), uint64(n), 10), nil
}

// appendName appends a host that is a plain ASCII domain or IPv4 address, in lower case. For any other, odd is where the
// first byte is that says so, or len(host) when only the whole does.
func appendName(dst, host []byte) (out []byte, odd int) {
	start := len(dst)
	out = append(dst, host...)
	name := out[start:]
	for i, c := range name {
		if class := hostClass[c]; class&hostPlain == 0 {
			if class&hostUpper == 0 {
				return dst, i
			}
			name[i] = c | 0x20
		}
	}
	if len(name) == 0 || endsInNumber(name) && !isPlainIPv4(name) {
		return dst, len(host)
	}
	return out, -1
}

// appendDomain appends a host in its serialized form.
func appendDomain(dst, host []byte) ([]byte, error) {
	out, odd := appendName(dst, host)
	switch {
	case odd < 0:
		return out, nil
	case len(host) == 0:
		return dst, ErrInvalid
	case odd == len(host):
		return appendIPv4(dst, host)
	}
	return appendOddHost(dst, host, odd)
}

// appendOddHost appends a host that is no plain ASCII domain; odd is the first byte that says so.
func appendOddHost(dst, host []byte, odd int) ([]byte, error) {
	switch {
	case host[odd] == '[':
		return appendIPv6(dst, host)
	case host[odd] == '%':
		decoded, ok := unescapeHost(host)
		if !ok || !utf8.Valid(host) { // a byte that is no character may not become one with what is decoded before it
			return dst, ErrInvalid
		}
		return appendDomain(dst, decoded)
	case host[odd] < utf8.RuneSelf:
		return dst, ErrInvalid
	}
	return appendIDN(dst, host)
}

// appendIDN appends a host with other than ASCII bytes. What is forbidden in it is refused here: the library would take
// a decoded slash for the end of the host.
func appendIDN(dst, host []byte) ([]byte, error) {
	if bytes.IndexByte(host, '%') >= 0 {
		var ok bool
		if host, ok = unescapeHost(host); !ok {
			return dst, ErrInvalid
		}
	}
	for _, c := range host {
		if c < utf8.RuneSelf && hostClass[c]&(hostPlain|hostUpper) == 0 {
			return dst, ErrInvalid
		}
	}
	return appendByLibrary(dst, host)
}

// unescapeHost decodes the escapes of a host. A percent sign that is left is forbidden, escaped or not.
func unescapeHost(host []byte) ([]byte, bool) {
	out := make([]byte, 0, len(host))
	for i := 0; i < len(host); i++ {
		c := host[i]
		if c == '%' {
			var ok bool
			if c, ok = escaped(host[i:]); !ok || c == '%' || c == '[' {
				return nil, false
			}
			i += 2
		}
		out = append(out, c)
	}
	return out, true
}

// appendIPv6 appends a host in brackets. The library would trim brackets more than once.
func appendIPv6(dst, host []byte) ([]byte, error) {
	n := len(host)
	if n < 2 || host[0] != '[' || host[n-1] != ']' {
		return dst, ErrInvalid
	}
	for _, c := range host[1 : n-1] {
		if hostClass[c]&hostIPv6 == 0 {
			return dst, ErrInvalid
		}
	}
	return appendByLibrary(dst, host)
}

// appendIPv4 appends a host that ends in a number. The library would let signs pass.
func appendIPv4(dst, host []byte) ([]byte, error) {
	for _, c := range host {
		if hostClass[c]&hostNumeric == 0 {
			return dst, ErrInvalid
		}
	}
	return appendByLibrary(dst, host)
}

// appendByLibrary appends what the URL library makes of a host, decoded and without port.
func appendByLibrary(dst, host []byte) ([]byte, error) {
	if len(host) > maxOddHost || !utf8.Valid(host) {
		return dst, ErrInvalid
	}
	u, err := whatwg.Parse("http://" + string(host) + "/")
	if err != nil || u.Hostname() == "" {
		return dst, ErrInvalid
	}
	return append(dst, u.Hostname()...), nil
}

// endsInNumber is the "ends in a number checker" of the URL Standard: such a host is an IPv4 address or nothing.
func endsInNumber(domain []byte) bool {
	if n := len(domain); domain[n-1] == '.' {
		domain = domain[:n-1]
	}
	label := domain[bytes.LastIndexByte(domain, '.')+1:]
	if len(label) == 0 || !isDigit(label[0]) {
		return false
	}
	digits := isDigit
	if len(label) >= 2 && label[0] == '0' && label[1]|0x20 == 'x' {
		label, digits = label[2:], func(c byte) bool { return unhex(c) >= 0 }
	}
	for _, c := range label {
		if !digits(c) {
			return false
		}
	}
	return true
}

// isPlainIPv4 tells whether host is four decimal numbers up to 255 without leading zeros, which stays as it is.
func isPlainIPv4(host []byte) bool {
	parts, n, size := 1, 0, 0
	for _, c := range host {
		switch {
		case c == '.' && size > 0 && parts < 4:
			parts, n, size = parts+1, 0, 0
		case isDigit(c) && size < 3 && (size == 0 || n > 0):
			n, size = n*10+int(c-'0'), size+1
		default:
			return false
		}
		if n > 255 {
			return false
		}
	}
	return parts == 4 && size > 0
}
