package report

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/width"
)

// readable writes a URL as its readers would: what is escaped outside ASCII is shown as the characters it stands for, and so
// is the host. Escapes that are no UTF-8, or stand for what is not visible, stay.
func readable(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return visible(unescaped(raw))
	}
	host, path, _ := strings.Cut(rest, "/")
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i:]
	}
	if u, err := idna.Display.ToUnicode(name); err == nil && u == visible(u) {
		host = u + port
	}
	return visible(scheme + "://" + host + "/" + unescaped(path))
}

// unescaped decodes runs of escaped bytes above 0x7F that are visible text. ASCII stays escaped: it could change the meaning.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		end := i
		for end+2 < len(s) && s[end] == '%' && s[end+1] >= '8' && s[end+1] != ':' {
			end += 3
		}
		if text, err := url.PathUnescape(s[i:end]); end > i && err == nil && utf8.ValidString(text) && text == visible(text) {
			b.WriteString(text)
			i = end
			continue
		}
		b.WriteString(s[i:max(end, i+1)])
		i = max(end, i+1)
	}
	return b.String()
}

// visible replaces what a terminal would obey and what changes the direction of writing.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// shortened keeps the host and the end of a URL, which tell it from others, within n columns.
func shortened(raw string, n int) string {
	_, s, found := strings.Cut(raw, "://")
	if !found {
		s = raw
	}
	if columnsOf(s) <= n {
		return s
	}
	runes := []rune(s)
	host, used := 0, 0
	for slash := slices.Index(runes, '/'); host <= slash && used+columnsOf(string(runes[host])) <= n/2; host++ {
		used += columnsOf(string(runes[host]))
	}
	end := len(runes)
	for used++; end > host && used+columnsOf(string(runes[end-1])) <= n; end-- {
		used += columnsOf(string(runes[end-1]))
	}
	return string(runes[:host]) + "…" + string(runes[end:])
}

// columnsOf is how wide a text is: what East Asian scripts write in a square takes two columns.
func columnsOf(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n++
		}
		n++
	}
	return n
}

func clipped(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// rounded is x with three significant digits.
func rounded(x float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 2, 64), 64)
	if err != nil {
		return x
	}
	return r
}
