package main

import (
	"errors"
	"io"
	"iter"
	"net/netip"
	"os"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"crawl/crawler"
	"crawl/crawler/urlnorm"
)

// source is one argument of a crawl: a URL, a file or standard input.
type source struct {
	arg    string
	url    bool
	format listFormat
	named  bool      // the user said which format it is
	r      io.Reader // of a file
	c      io.Closer
	seek   io.Seeker // of a regular file; nil: what is read is gone
}

// openSources opens what the arguments name, so that a missing file and what is no URL are told before anything begins.
func (a *app) openSources(args []string) ([]source, error) {
	var list []source
	stdin := false
	for _, arg := range args {
		if u := strings.TrimSpace(arg); isURL(u) { // as it was copied
			arg = u
		}
		switch {
		case isURL(arg):
			if _, err := urlnorm.Parse(arg); err != nil {
				closeSources(list)
				return nil, usageError("%s", clean(err.Error()))
			}
			list = append(list, source{arg: arg, url: true})
		case arg == "-":
			if stdin {
				return nil, usageError("standard input (-) is named twice")
			}
			stdin = true
			list = append(list, source{arg: "standard input", r: a.in})
		default:
			s, err := openList(arg)
			if err != nil {
				closeSources(list)
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

func closeSources(list []source) {
	for _, s := range list {
		if s.c != nil {
			_ = s.c.Close() // only read
		}
	}
}

func isURL(arg string) bool {
	low := strings.ToLower(arg[:min(len(arg), 8)])
	return strings.HasPrefix(low, "http://") || strings.HasPrefix(low, "https://")
}

func openList(path string) (source, error) {
	if scheme, _, ok := strings.Cut(path, "://"); ok && !strings.ContainsAny(scheme, `/\.`) {
		return source{}, usageError("%s:// is not possible: only http and https URLs can be crawled", clean(scheme))
	}
	f, err := os.Open(path)
	if err != nil {
		hint := ""
		if errors.Is(err, os.ErrNotExist) {
			hint = siteHint(path)
		}
		return source{}, usageError("cannot read the list %s: %s%s", path, reason(err), hint)
	}
	s := source{arg: path, format: formatOf(path), r: f, c: f}
	if st, err := f.Stat(); err == nil && st.IsDir() {
		_ = f.Close()
		return source{}, usageError("%s is a directory; name a file with one URL a line", path)
	} else if err == nil && st.Mode().IsRegular() {
		s.seek = f
	}
	return s, nil
}

// siteHint tells how to write the URL of a site whose scheme was left out, "" if the path does not look like one.
func siteHint(path string) string {
	host := strings.ToLower(path)
	if i := strings.IndexAny(host, `/\:`); i >= 0 {
		host = host[:i]
	}
	_, err := netip.ParseAddr(host)
	switch {
	case host == "localhost" || err == nil: // what is tried out at home rarely has TLS
		return "; if it is a web site, write http://" + path
	case looksLikeHost(host):
		return "; if it is a web site, write https://" + path
	}
	return ""
}

// looksLikeHost reports whether a name is like that of a host: it ends in a top-level domain that is not more likely the
// suffix of a file.
func looksLikeHost(host string) bool {
	_, known := publicsuffix.PublicSuffix(host)
	i := strings.LastIndexByte(host, '.')
	return known && i > 0 && !slices.Contains(fileSuffixes(), host[i+1:])
}

// fileSuffixes are suffixes of lists and other files; some are top-level domains too.
func fileSuffixes() []string {
	return strings.Fields("txt text csv tsv gz zst xz bz2 zip tar json jsonl ndjson lst list urls html htm xml md log dat db py sh")
}

// reason is the cause of a file error, without the path that the message names already.
func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// entries yields the URLs of the sources, one after another, and closes them.
func entries(list []source) iter.Seq2[crawler.Entry, error] {
	return func(yield func(crawler.Entry, error) bool) {
		defer closeSources(list)
		for _, s := range list {
			if s.url {
				if !yield(crawler.Entry{URL: s.arg, Where: "argument"}, nil) {
					return
				}
				continue
			}
			if !readList(s, yield) {
				return
			}
		}
	}
}
