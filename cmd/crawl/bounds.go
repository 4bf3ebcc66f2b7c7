package main

import "errors"

const (
	// maxParseRedirects is how many redirects `crawl parse` follows: what browsers do.
	maxParseRedirects = 20
	// maxParseFile is read of a file by `crawl parse`, in bytes: the largest body a crawl could have stored by default,
	// times four.
	maxParseFile = 64 << 20
)

var errTooManyRedirects = errors.New("too many redirects")
