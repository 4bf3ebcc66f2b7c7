package crawler

import (
	"slices"
	"strings"

	"crawl/crawler/frontier"
	"crawl/parse"
	"crawl/sink"
)

// pictures picks what a page shows: the best candidate of each picture.
func (c *Crawl) pictures(l *linked, doc *parse.Document) {
	if !parse.IsPage(l.page.MediaType) {
		return
	}
	for _, p := range parse.PageImages(doc, c.o.Images.Width) {
		l.pictures = append(l.pictures, p.Candidates[0])
	}
}

// shown makes items of the pictures of a page.
func (s *schedule) shown(urls []string, from *frontier.Lease) []frontier.Item {
	var items []frontier.Item
	for _, url := range urls {
		items = append(items, s.candidateAt(url, from.Depth+1, from.ID)...)
	}
	return items
}

// candidate makes an item of the picture to try instead of the one of a lease; of "" nothing.
func (s *schedule) candidate(url string, instead *frontier.Lease) []frontier.Item {
	if url == "" {
		return nil
	}
	return s.candidateAt(url, instead.Depth, instead.From)
}

func (s *schedule) candidateAt(url string, depth uint16, from frontier.ID) []frontier.Item {
	if v := s.c.o.Scope.Listed(url); !v.OK { // the scope is about pages; --exclude about all
		return nil
	}
	key := s.c.store.Key(url)
	if !s.known.claim(key, depth, false) {
		return nil
	}
	return []frontier.Item{newItem(key, url, depth, from, 0)}
}

// nextCandidate finds what to try instead of a picture of a page that cannot be had: the next candidate of the same picture,
// "" when there is none. It looks at the page as it is stored.
func (c *Crawl) nextCandidate(l *frontier.Lease) (string, error) {
	if c.o.Images == nil || !c.o.Images.FromPages || l.Depth == 0 {
		return "", nil
	}
	url, from := l.URL, uint64(l.From)
	if l.Flags&frontier.Hop != 0 { // the candidate is the one that led here
		start, err := c.store.chainStart(from)
		if err != nil || start == nil {
			return "", err
		}
		url, from = start.URL, start.From
	}
	groups, err := c.picturesOf(from)
	if err != nil {
		return "", err
	}
	for _, p := range groups {
		if i := slices.Index(p.Candidates, url); i >= 0 && i+1 < len(p.Candidates) {
			return p.Candidates[i+1], nil
		}
	}
	return "", nil
}

// picturesOf gives the pictures of a stored page. Those of the last page that was asked for are kept: a page whose pictures
// are gone is asked for many times.
func (c *Crawl) picturesOf(id uint64) ([]parse.Image, error) {
	c.lastPage.mu.Lock()
	defer c.lastPage.mu.Unlock()
	if c.lastPage.id == id {
		return c.lastPage.pictures, nil
	}
	r, ok, err := c.store.Get(id)
	if err != nil || !ok || r.Body == (sink.BodyRef{}) {
		return nil, err
	}
	body, err := c.store.ReadBody(r.Body)
	if err != nil {
		return nil, err
	}
	doc := parse.Document{URL: r.URL, ContentType: r.ContentType, Body: body}
	c.lastPage.id, c.lastPage.pictures = id, parse.PageImages(&doc, c.o.Images.Width)
	return c.lastPage.pictures, nil
}

// isMinimum reports whether a rule refuses what is too small.
func isMinimum(rule string) bool { return strings.HasPrefix(rule, "--min-") }

// fallBack finds what to try instead of a picture that cannot be had. Of one that is too small the next ones are too.
func (c *Crawl) fallBack(r *result) {
	if r.class == "" || r.stopped || r.record != nil && isMinimum(r.record.Rule) {
		return
	}
	var err error
	if r.next, err = c.nextCandidate(&r.task.lease); err != nil {
		r.fatal, r.stopped = err, true
	}
}
