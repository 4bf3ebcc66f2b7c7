package main

import (
	"crawl/crawler"
	"crawl/sink"
)

// openStore opens the store in dir after a quick look at its files, so that a damaged one is a sentence.
func openStore(dir string, readOnly bool) (*crawler.Store, error) {
	if err := sink.QuickCheck(dir); err != nil {
		return nil, err
	}
	return crawler.OpenStore(dir, sink.Options{ReadOnly: readOnly})
}
