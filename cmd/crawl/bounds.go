package main

import "errors"

const (
	// maxParseRedirects is how many redirects `crawl parse` follows: what browsers do.
	maxParseRedirects = 20
	// maxParseFile is read of a file by `crawl parse`, in bytes: the largest body a crawl could have stored by default,
	// times four.
	maxParseFile = 64 << 20
	// listPage is the number of results whose columns are aligned, and held in memory, together.
	listPage = 1000
	// listWidth is the length of a line of the help or the summary that lists many things, in characters: such lines fit into
	// most windows.
	listWidth = 96
)

var errTooManyRedirects = errors.New("too many redirects")
