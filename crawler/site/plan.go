package site

import (
	"strconv"
	"strings"
)

// Tags keep the random decisions about one number apart.
const (
	tagStyle uint64 = iota + 1
	tagWords
	tagSize
	tagTrouble
	tagTroubleKind
	tagFormat
	tagDrawing
	tagLatency
	tagPage
)

// mix is a number that depends on the seed, a tag and an index alone (the finalizer of SplitMix64).
func mix(seed, tag uint64, i int) uint64 {
	x := seed ^ tag*0x9e3779b97f4a7c15 ^ uint64(i)*0xd1342543de82ef95
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (s *Site) mix(tag uint64, i int) uint64 { return mix(s.o.Seed, tag, i) }

// share makes a mixed number one in [0, 1).
func share(x uint64) float64 { return float64(x>>11) / (1 << 53) }

// A page has a number. Its host, its place in the tree and its path follow from the number, so that a site of a million
// pages needs no table of them. Pages 0 to Hosts-1 are the hosts' root pages.

func (s *Site) pageHost(i int) int { return i % s.o.Hosts }

// parent is the page's parent in its host's tree; a root's parent is the first host's root.
func (s *Site) parent(i int) int {
	k := i / s.o.Hosts
	if k == 0 {
		return 0
	}
	return (k-1)/branching*s.o.Hosts + s.pageHost(i)
}

// firstChild is the page's first child; its children are Hosts apart, at most branching of them, below Pages.
func (s *Site) firstChild(i int) int {
	return (i/s.o.Hosts*branching+1)*s.o.Hosts + s.pageHost(i)
}

// style is the section of the site that a page stands in.
type style int

const (
	styleRoot style = iota
	styleNews
	styleDocs
	styleBlog
	styleShop
	styleWiki
	stylePeople
)

func (s *Site) style(i int) style {
	if i < s.o.Hosts {
		return styleRoot
	}
	switch m := s.mix(tagStyle, i) % 16; {
	case m < 4:
		return styleNews
	case m < 7:
		return styleDocs
	case m < 10:
		return styleBlog
	case m < 13:
		return styleShop
	case m < 14:
		return styleWiki
	default:
		return stylePeople
	}
}

func (s *Site) language(i int) language {
	if s.style(i) == styleWiki {
		return simplified
	}
	return english
}

// word is the n-th of the words that belong to page i, n from 0 to 3.
func (s *Site) word(i, n int) string {
	return s.v.words[(s.mix(tagWords, i)>>(16*n)&0xffff)%uint64(len(s.v.words))]
}

func (s *Site) wikiWord(i int) int { return int(s.mix(tagWords, i) % uint64(len(s.v.wiki))) }

// appendPath appends the path and query of page i, as a request line has it. With raw, characters outside ASCII stand as
// themselves, as people write them.
func (s *Site) appendPath(b []byte, i int, raw bool) []byte {
	switch s.style(i) {
	case styleRoot:
		return append(b, '/')
	case styleNews:
		b = append(append(b, "/news/"...), s.word(i, 0)...)
		b = append(append(b, '-'), s.word(i, 1)...)
		return append(strconv.AppendInt(append(b, '-'), int64(i), 10), ".html"...)
	case styleDocs:
		b = append(append(b, "/docs/"...), s.word(i, 0)...)
		b = append(append(b, '/'), s.word(i, 1)...)
		return append(strconv.AppendInt(append(b, '-'), int64(i), 10), '/')
	case styleBlog:
		b = strconv.AppendUint(append(b, "/blog/"...), 2018+s.mix(tagWords, i)>>40%8, 10)
		b = append(append(b, "/0"...), '1'+byte(s.mix(tagWords, i)>>50%9), '/')
		b = append(b, s.word(i, 0)...)
		return append(strconv.AppendInt(append(b, '-'), int64(i), 10), ".html"...)
	case styleShop:
		b = append(append(b, "/shop/item?cat="...), s.word(i, 0)...)
		return strconv.AppendInt(append(b, "&id="...), int64(i), 10)
	case styleWiki:
		names := s.v.wikiEscaped
		if raw {
			names = s.v.wiki
		}
		b = append(append(b, "/wiki/"...), names[s.wikiWord(i)]...)
		return strconv.AppendInt(append(b, '-'), int64(i), 10)
	default:
		b = append(append(b, "/people/"...), s.word(i, 0)...)
		return strconv.AppendInt(append(b, '/'), int64(i), 10)
	}
}

func (s *Site) pagePath(i int) string { return string(s.appendPath(nil, i, false)) }

func (s *Site) pageURL(i int) string { return s.hosts[s.pageHost(i)].base + s.pagePath(i) }

func (s *Site) title(i int) string {
	n := strconv.Itoa(i)
	switch s.style(i) {
	case styleRoot:
		return capital(s.word(i, 0)) + " " + s.word(i, 1) + " on host " + strconv.Itoa(i+1)
	case styleWiki:
		return s.v.wiki[s.wikiWord(i)] + "，第" + n + "页"
	case styleShop:
		return capital(s.word(i, 0)) + " & " + s.word(i, 1) + ", item " + n
	default:
		return capital(s.word(i, 0)) + " " + s.word(i, 1) + " " + n
	}
}

// pageSize is the number of bytes that page i is to have: log-uniform by octaves, in whole numbers, so that every
// processor finds the same.
func (s *Site) pageSize(i int) int {
	lo, hi := s.o.MinSize, s.o.MaxSize
	octaves := 1
	for lo<<octaves < hi {
		octaves++
	}
	for try := 0; ; try++ {
		x := s.mix(tagSize+uint64(try)<<8, i)
		base := lo << (x % uint64(octaves))
		if size := base + int(x>>32%uint64(base)); size <= hi || lo == hi {
			return min(size, hi)
		}
	}
}

// An image has a number too.

func (s *Site) imagePage(j int) int { return j % s.o.Pages }

func (s *Site) imageHost(j int) int {
	h := s.pageHost(s.imagePage(j))
	if j%foreignEvery == foreignEvery-1 {
		h = (h + 1) % s.o.Hosts
	}
	return h
}

func (s *Site) format(j int) format { return format(s.mix(tagFormat, j) % 3) }

func (s *Site) appendImagePath(b []byte, j int) []byte {
	b = append(append(b, "/img/"...), s.v.words[s.mix(tagWords, j)%uint64(len(s.v.words))]...)
	b = strconv.AppendInt(append(b, '-'), int64(j), 10)
	return append(append(b, '.'), s.format(j).suffix()...)
}

func (s *Site) imageURL(j int) string {
	return string(s.appendImagePath([]byte(s.hosts[s.imageHost(j)].base), j))
}

// resource is what a path names. The zero value is nothing.
type resource struct {
	kind  Kind
	index int    // of a page or an image
	odd   *extra // of anything else that has its own answer
}

// find looks up a path and query on a host.
func (s *Site) find(host int, path string) resource {
	if x := s.hosts[host].extras[path]; x != nil {
		return resource{kind: x.kind, odd: x}
	}
	if path == "/" {
		return resource{kind: KindPage, index: host}
	}
	var room [96]byte
	n, ok := lastNumber(path)
	if image := strings.HasPrefix(path, "/img/"); ok && image {
		if n < s.o.Images && s.imageHost(n) == host && string(s.appendImagePath(room[:0], n)) == path {
			return resource{kind: KindImage, index: n}
		}
	} else if ok && n < s.o.Pages && s.pageHost(n) == host && string(s.appendPath(room[:0], n, false)) == path {
		return resource{kind: KindPage, index: n}
	}
	if s.o.Traps {
		return endless(path)
	}
	return resource{}
}

// lastNumber is the last run of digits in a path, at most nine of them.
func lastNumber(path string) (n int, ok bool) {
	end := strings.LastIndexAny(path, "0123456789") + 1
	start := end
	for start > 0 && end-start < 9 && path[start-1] >= '0' && path[start-1] <= '9' {
		start--
	}
	n, err := strconv.Atoi(path[start:end])
	return n, err == nil
}
