package main

import (
	"errors"
	"time"

	"crawl/crawler"
	"crawl/sink"
)

// quickLooks: a store that is being written to may look damaged for a moment, and is then not damaged but in use.
const (
	quickLooks     = 5
	quickLookPause = 50 * time.Millisecond
)

// openStore opens the store in dir after a quick look at its files, so that a damaged one is a sentence.
func openStore(dir string, readOnly bool) (*crawler.Store, error) {
	err := sink.QuickCheck(dir)
	for n := 1; n < quickLooks && errors.Is(err, sink.ErrDamaged); n++ {
		time.Sleep(quickLookPause)
		err = sink.QuickCheck(dir)
	}
	if err != nil {
		return nil, err
	}
	return crawler.OpenStore(dir, sink.Options{ReadOnly: readOnly})
}
