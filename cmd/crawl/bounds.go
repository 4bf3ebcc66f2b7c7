package main

import "errors"

const (
	// maxPage (bytes) is the largest page whose pictures are downloaded, the default of run.
	maxPage = 16 << 20

	// maxLine (bytes) is read of a line, or of a row, of a list: eight times the longest URL that is taken.
	maxLine = 64 << 10
	// textHead (bytes) of a list is looked at for what no text has.
	textHead = 4 << 10
	// maxColumns of a list: each is carried with every URL.
	maxColumns = 256
	// maxParseRedirects is how many redirects `crawl parse` follows: what browsers do.
	maxParseRedirects = 20
	// minParseMemory is what a Go worker needs to start and to parse a common page, with room.
	minParseMemory = 64 << 20
	// recycleAfter is the number of pages after which a worker is replaced: what its parser leaks or fragments goes with it,
	// and a start costs less than a page in a thousand.
	recycleAfter = 10_000
	// maxParseFile is read of a file by `crawl parse`, in bytes: the largest body a crawl could have stored by default,
	// times four.
	maxParseFile = 64 << 20
	// maxMisspelt is how many letters of a flag's name may be wrong, missing or too many for it to be suggested.
	maxMisspelt = 2
	// plainWidth is how wide a comparison is printed where there is no terminal, in characters.
	plainWidth = 110
	// maxNamedAgain is the number of rows that contradict an earlier one of their list which are told without -v.
	maxNamedAgain = 5
	// maxShownLeft is the number of URLs without an answer that `crawl compare` names without -v.
	maxShownLeft = 5
	// maxShownTarget is how much of where a redirect leads is told when that is no URL to ask for, in characters.
	maxShownTarget = 200
	// listPage is the number of results whose columns are aligned, and held in memory, together.
	listPage = 1000
	// listWidth is the length of a line of the help or the summary that lists many things, in characters: such lines fit into
	// most windows.
	listWidth = 96
)

var errTooManyRedirects = errors.New("too many redirects")
