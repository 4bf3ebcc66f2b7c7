package parse

import "strconv"

// cause is a reason why something of a page was left out or guessed. Each is counted and told once.
type cause int

const (
	linksCut cause = iota
	refLong
	refInvalid
	textCut
	attrsCut
	doubts
	causes
)

const utf8Name = "utf-8"

// describe is the defect for n cases.
func (c cause) describe(n int) string {
	k := strconv.Itoa(n)
	switch c {
	case linksCut:
		return "too many links: left out " + k + " of them"
	case refLong:
		return "links longer than " + strconv.Itoa(maxRef) + " bytes: left out " + k
	case refInvalid:
		return "links that are not valid URLs: left out " + k
	case textCut:
		return "title, description or language longer than the limit: cut " + k
	case attrsCut:
		return "tags with too many attributes: left out " + k + " attributes"
	default:
		return "svg or math whose end could not be told without a tree: guessed " + k + " times"
	}
}
