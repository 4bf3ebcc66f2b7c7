package parse

import "strings"

// robotName is the name by which a page may speak to this crawler alone: <meta name="crawl"> and "X-Robots-Tag: crawl: ...".
const robotName = "crawl"

// robots applies the directives of a robots meta, in any case and separated by commas. What is not known is ignored, and
// nothing takes a restriction back.
func (l *Light) robots(content string) {
	for part := range strings.SplitSeq(content, ",") {
		l.directive(strings.TrimSpace(part))
	}
}

// robotsTag applies an X-Robots-Tag header. A user agent's name before a directive ("otherbot: noindex, nofollow") holds
// to the end of the header or the next name.
func (l *Light) robotsTag(header string) {
	mine := true
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if name, rest, found := strings.Cut(part, ":"); found && !takesValue(name) {
			mine = strings.EqualFold(strings.TrimSpace(name), robotName)
			part = strings.TrimSpace(rest)
		}
		if mine {
			l.directive(part)
		}
	}
}

// takesValue says whether a directive of that name has a value behind its colon, so that it is no user agent.
func takesValue(name string) bool {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "unavailable_after", "max-snippet", "max-image-preview", "max-video-preview":
		return true
	}
	return false
}

func (l *Light) directive(d string) {
	p := l.page
	switch {
	case strings.EqualFold(d, "noindex"):
		p.NoIndex = true
	case strings.EqualFold(d, "nofollow"):
		p.NoFollow = true
	case strings.EqualFold(d, "none"):
		p.NoIndex, p.NoFollow = true, true
	case strings.EqualFold(d, "noarchive"):
		p.NoArchive = true
	case strings.EqualFold(d, "noai"), strings.EqualFold(d, "noimageai"):
		p.NoAI = true
	}
}
