package parse

import "strings"

// linkHeader walks over the links of one Link header (RFC 8288, section 3 and appendix B.2). What is broken is skipped up
// to the next comma.
type linkHeader struct{ rest string }

// headerLink is one link of a Link header.
type headerLink struct {
	target   string
	rel      string
	as       string
	anchored bool // it is a link of something else than the page: it has an anchor parameter
}

func (h *linkHeader) next() (link headerLink, ok bool) {
	for {
		h.rest = strings.TrimLeft(h.rest, " \t,")
		if h.rest == "" {
			return link, false
		}
		if h.rest[0] == '<' {
			target, rest, closed := strings.Cut(h.rest[1:], ">")
			if !closed { // then no other link is closed either; to look again for each would take quadratic time
				h.rest = ""
				return link, false
			}
			h.rest = rest
			link.target = target
			h.params(&link)
			return link, true
		}
		_, h.rest, _ = strings.Cut(h.rest, ",")
	}
}

// params reads the parameters up to the comma that ends the link. Of two with the same name the first counts.
func (h *linkHeader) params(link *headerLink) {
	var hasRel, hasAs bool
	for {
		h.rest = strings.TrimLeft(h.rest, " \t")
		if h.rest == "" || h.rest[0] == ',' {
			return
		}
		if h.rest[0] != ';' {
			i := strings.IndexAny(h.rest, ";,")
			if i < 0 {
				i = len(h.rest)
			}
			h.rest = h.rest[i:]
			continue
		}
		name, value := h.param()
		switch {
		case strings.EqualFold(name, "rel") && !hasRel:
			link.rel, hasRel = value, true
		case strings.EqualFold(name, "as") && !hasAs:
			link.as, hasAs = value, true
		case strings.EqualFold(name, "anchor"):
			link.anchored = true
		}
	}
}

// param reads one parameter from its semicolon on. A backslash in a quoted value keeps the next byte from ending it and
// stays in the value; no relation type has one.
func (h *linkHeader) param() (name, value string) {
	b := strings.TrimLeft(h.rest[1:], " \t")
	i := strings.IndexAny(b, "=;,")
	if i < 0 {
		i = len(b)
	}
	name = strings.TrimRight(b[:i], " \t")
	b = b[i:]
	if b == "" || b[0] != '=' {
		h.rest = b
		return name, ""
	}
	b = strings.TrimLeft(b[1:], " \t")
	if b == "" || b[0] != '"' {
		i = strings.IndexAny(b, ";,")
		if i < 0 {
			i = len(b)
		}
		h.rest = b[i:]
		return name, strings.TrimRight(b[:i], " \t")
	}
	i = 1
	for i < len(b) && b[i] != '"' {
		if b[i] == '\\' {
			i++
		}
		i++
	}
	i = min(i, len(b))
	h.rest = b[min(i+1, len(b)):]
	return name, b[1:i]
}
