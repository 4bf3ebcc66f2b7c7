package robots

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Parse reads the body of a robots.txt. It never fails: what it does not understand it skips, and of more than MaxBytes
// it uses the beginning. It keeps no part of body.
func Parse(body []byte) *Rules {
	if len(body) > MaxBytes {
		body = body[:MaxBytes]
	}
	p := parser{rules: &Rules{}}
	body = trimBOM(body)
	for line := int32(1); len(body) > 0; line++ {
		var text []byte
		text, body = cutLine(body)
		p.readLine(text, line)
	}
	p.endBlock()
	return p.rules
}

// parser is the state between two lines.
type parser struct {
	rules *Rules
	block block
	ruled bool // a rule of the block was read: the next User-agent line starts another block
}

// trimBOM drops a UTF-8 byte order mark, or the part of one that a careless tool left.
func trimBOM(body []byte) []byte {
	for _, c := range []byte("\xef\xbb\xbf") {
		if len(body) == 0 || body[0] != c {
			break
		}
		body = body[1:]
	}
	return body
}

// cutLine cuts the first line off body; it ends in LF, CR or CRLF.
func cutLine(body []byte) (line, rest []byte) {
	i := bytes.IndexAny(body, "\r\n")
	if i < 0 {
		return body, nil
	}
	line, rest = body[:i], body[i+1:]
	if body[i] == '\r' && len(rest) > 0 && rest[0] == '\n' {
		rest = rest[1:]
	}
	return line, rest
}

// readLine takes one line into account.
func (p *parser) readLine(text []byte, line int32) {
	key, value := splitLine(text)
	switch directiveOf(key) {
	case userAgent:
		if p.ruled {
			p.endBlock()
		}
		p.block.agents = append(p.block.agents, productToken(value))
	case allowRule:
		p.addRule(allowPrefix, value, line, allow)
	case disallowRule:
		p.addRule(disallowPrefix, value, line, 0)
	case crawlDelay:
		if wait, ok := parseDelay(string(value)); ok && len(p.block.agents) > 0 {
			p.block.delays = append(p.block.delays, delay{len(p.block.agents), wait})
		}
	}
}

// endBlock puts the block aside and starts another.
func (p *parser) endBlock() {
	if len(p.block.agents) > 0 {
		p.rules.blocks = append(p.rules.blocks, p.block)
	}
	p.block, p.ruled = block{}, false
}

// addRule adds an Allow or Disallow line. An empty path says nothing, and one that starts with neither a slash nor an
// asterisk matches nothing.
func (p *parser) addRule(prefix string, value []byte, line int32, flags uint8) {
	p.ruled = true
	if len(p.block.agents) == 0 || len(value) == 0 || value[0] != '/' && value[0] != '*' {
		return
	}
	path := normalise(string(value))
	p.block.rules = append(p.block.rules, newRule(prefix, path, line, flags))
	slash := strings.LastIndexByte(path, '/')
	if flags&allow != 0 && slash >= 0 && strings.HasPrefix(path[slash:], "/index.htm") {
		p.block.rules = append(p.block.rules, newRule(prefix, path[:slash+1]+"$", line, flags))
	}
}

func newRule(prefix, path string, line int32, flags uint8) rule {
	if strings.HasSuffix(path, "$") {
		flags |= anchored
	}
	if strings.Contains(path, "*") {
		flags |= wildcard
	}
	return rule{text: prefix + path, line: line, flags: flags}
}

// splitLine gives the key and the value of a line, without comment and whitespace. Without a colon, two words are a key
// and a value.
func splitLine(text []byte) (key, value []byte) {
	if len(text) > maxLine {
		text = text[:maxLine]
	}
	text, _, _ = bytes.Cut(text, []byte{'#'})
	key, value, ok := bytes.Cut(text, []byte{':'})
	if !ok {
		key, value, ok = cutBlank(bytes.Trim(text, blanks))
		if !ok || bytes.ContainsAny(value, blanks) {
			return nil, nil
		}
	}
	return bytes.Trim(key, blanks), bytes.Trim(value, blanks)
}

// blanks is the whitespace within a line.
const blanks = " \t\v\f"

// cutBlank cuts text at its first run of whitespace.
func cutBlank(text []byte) (before, after []byte, ok bool) {
	i := bytes.IndexAny(text, blanks)
	if i < 0 {
		return text, nil, false
	}
	return text[:i], bytes.TrimLeft(text[i:], blanks), true
}

// directive is what a line is about.
type directive uint8

const (
	unknown directive = iota
	userAgent
	allowRule
	disallowRule
	crawlDelay
)

// longestKey is the length of the longest key that means something, with room for blanks and hyphens in odd places.
const longestKey = 16

// directiveOf reads a key in any case, with or without hyphen, underscore and blanks, and in the common misspellings.
func directiveOf(key []byte) directive {
	if len(key) > longestKey {
		return unknown
	}
	var buf [longestKey]byte
	plain := buf[:0]
	for _, c := range key {
		switch {
		case 'A' <= c && c <= 'Z':
			plain = append(plain, c|0x20)
		case c != '-' && c != '_' && c != ' ' && c != '\t':
			plain = append(plain, c)
		}
	}
	switch string(plain) {
	case "useragent":
		return userAgent
	case "allow":
		return allowRule
	case "disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw":
		return disallowRule
	case "crawldelay":
		return crawlDelay
	}
	return unknown
}

// productToken is the token at the start of a User-agent line, in lower case: letters, hyphens and underscores (RFC 9309
// section 2.2.1). "*" and "* anything" are the group for everyone; what is no token is "" and names no one.
func productToken(value []byte) string {
	if len(value) > 0 && value[0] == '*' && (len(value) == 1 || value[1] == ' ' || value[1] == '\t') {
		return "*"
	}
	n := 0
	for n < len(value) && (value[n] == '-' || value[n] == '_' || 'a' <= value[n]|0x20 && value[n]|0x20 <= 'z') {
		n++
	}
	return strings.ToLower(string(value[:n]))
}

// parseDelay reads seconds, with or without a fraction, from the start of a value.
func parseDelay(value string) (time.Duration, bool) {
	n := 0
	for n < len(value) && ('0' <= value[n] && value[n] <= '9' || value[n] == '.' || value[n] == ',') {
		n++
	}
	seconds, err := strconv.ParseFloat(strings.ReplaceAll(value[:n], ",", "."), 64)
	switch {
	case n == 0 || err != nil:
		return 0, false
	case seconds >= MaxCrawlDelay.Seconds():
		return MaxCrawlDelay, true
	}
	return time.Duration(seconds * float64(time.Second)), true
}
