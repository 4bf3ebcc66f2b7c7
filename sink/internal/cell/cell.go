// Package cell makes text safe as a cell of CSV.
package cell

import "strings"

// Safe keeps a cell from being taken for a formula by a spreadsheet (a quote before = + - @ TAB CR), and leaves out NUL
// and what is not UTF-8, at which readers stop.
func Safe(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.Contains(s, "\x00") {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}
