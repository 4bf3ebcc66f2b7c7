package crawler

import (
	"net/http"
	"strconv"
	"strings"

	"crawl/fetch"
)

// Class is why a URL has no good answer. The empty Class is none: it was answered with a status below 400.
type Class string

// Error classes. The first group is what package fetch reports.
const (
	ClassDNS         = Class(fetch.DNS)
	ClassConnect     = Class(fetch.Connect)
	ClassTLS         = Class(fetch.TLS)
	ClassTimeout     = Class(fetch.Timeout)
	ClassReset       = Class(fetch.Reset)
	ClassShortBody   = Class(fetch.ShortBody)
	ClassTooLarge    = Class(fetch.TooLarge)
	ClassBomb        = Class(fetch.Bomb)
	ClassBadResponse = Class(fetch.BadResponse)
	ClassRefused     = Class(fetch.RefusedAddress)

	ClassRedirectLoop Class = "redirect_loop"
	ClassHTTP4xx      Class = "http_4xx"
	ClassHTTP429      Class = "http_429"
	ClassHTTP5xx      Class = "http_5xx"
	ClassRobots       Class = "robots"
	ClassNotAnImage   Class = "not_an_image"
	ClassBadImage     Class = "bad_image"  // a picture that does not decode, or is too large to
	ClassBadDigest    Class = "bad_digest" // other bytes than the list or the server promised
	ClassFiltered     Class = "filtered"   // left out by a filter of an image batch
	ClassParseCrash   Class = "parse_crash"
	ClassParseTimeout Class = "parse_timeout"
	ClassParseMemory  Class = "parse_memory"
	ClassTrap         Class = "trap"
	ClassExcluded     Class = "excluded" // it waited when the rules were made narrower; see loop.applyRules
)

// Classes lists all error classes, in the order of the documentation.
func Classes() []Class {
	return []Class{
		ClassDNS, ClassConnect, ClassTLS, ClassTimeout, ClassReset, ClassShortBody, ClassTooLarge, ClassBomb, ClassBadResponse,
		ClassRedirectLoop, ClassHTTP4xx, ClassHTTP429, ClassHTTP5xx, ClassRobots, ClassRefused, ClassNotAnImage, ClassBadImage, ClassBadDigest, ClassFiltered,
		ClassParseCrash, ClassParseTimeout, ClassParseMemory, ClassTrap, ClassExcluded,
	}
}

// statusClass gives the class of an HTTP status.
func statusClass(status int) Class {
	switch {
	case status == http.StatusTooManyRequests:
		return ClassHTTP429
	case status >= 500:
		return ClassHTTP5xx
	case status >= 400:
		return ClassHTTP4xx
	case status < 200:
		return ClassBadResponse
	}
	return ""
}

// StatusText is a status with its name (RFC 9110, 15): "404 Not Found".
func StatusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// retryable reports whether another attempt may go better.
func retryable(c Class, status int) bool {
	switch c {
	case ClassDNS, ClassConnect, ClassTimeout, ClassReset, ClassShortBody, ClassHTTP429:
		return true
	case ClassHTTP5xx:
		return status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported
	case ClassHTTP4xx:
		return status == http.StatusRequestTimeout || status == http.StatusTooEarly
	}
	return false
}

// unreachable reports whether the class says that the host, not the page, is in trouble.
func unreachable(c Class) bool {
	switch c {
	case ClassDNS, ClassConnect, ClassTLS, ClassTimeout, ClassReset:
		return true
	}
	return false
}

// Skipped reports whether the class means that the URL was left out by rule: not asked for, or not wanted.
func (c Class) Skipped() bool {
	switch c {
	case ClassRobots, ClassRefused, ClassTrap, ClassFiltered, ClassExcluded:
		return true
	}
	return false
}
