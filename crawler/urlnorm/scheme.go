package urlnorm

import (
	"bytes"
	"strings"
)

// scheme is what a reference starts with.
type scheme uint8

const (
	noScheme scheme = iota
	schemeHTTP
	schemeHTTPS
	otherScheme
)

// prefix is what an href of the scheme starts with.
func (s scheme) prefix() string {
	if s == schemeHTTPS {
		return "https://"
	}
	return "http://"
}

// defaultPort is the port that an href does not spell out.
func (s scheme) defaultPort() int {
	if s == schemeHTTPS {
		return 443
	}
	return 80
}

// scheme is the base's, noScheme for the empty base.
func (b *Base) scheme() scheme {
	switch {
	case len(b.href) == 0:
		return noScheme
	case b.href[4] == 's':
		return schemeHTTPS
	}
	return schemeHTTP
}

// cutScheme cuts "scheme:" off the front of ref, if there is one.
func cutScheme(ref []byte) (scheme, []byte) {
	switch {
	case bytes.HasPrefix(ref, []byte("https:")):
		return schemeHTTPS, ref[len("https:"):]
	case bytes.HasPrefix(ref, []byte("http:")):
		return schemeHTTP, ref[len("http:"):]
	case len(ref) == 0 || !isAlpha(ref[0]):
		return noScheme, ref
	}
	for i, c := range ref {
		switch {
		case c == ':':
			return schemeOf(string(ref[:i])), ref[i+1:]
		case !isAlpha(c) && !isDigit(c) && c != '+' && c != '-' && c != '.':
			return noScheme, ref
		}
	}
	return noScheme, ref
}

func schemeOf(name string) scheme {
	switch {
	case strings.EqualFold(name, "http"):
		return schemeHTTP
	case strings.EqualFold(name, "https"):
		return schemeHTTPS
	}
	return otherScheme
}
