package main

import (
	"context"

	"crawl/crawler"
	"crawl/parse"
	"crawl/sink/words"
)

// examined says what the reports need of each picture.
func (r *imageReports) examined() crawler.ExamineOptions {
	o := crawler.ExamineOptions{DHash: r.near >= 0, Again: r.verify}
	if r.gallery != "" {
		o.Thumb = r.thumb
	}
	return o
}

// examineStored makes the hashes and thumbnails that the reports need and stored pictures lack, from their bodies, in
// workers. They are kept in the store.
func (a *app) examineStored(ctx context.Context, s *crawler.Store, p *parserFlags, r *imageReports, f *reportFlags) error {
	o := r.examined()
	if !o.DHash && o.Thumb == 0 {
		return nil
	}
	n, err := s.Unexamined(ctx, o)
	if err != nil || n == 0 {
		return err
	}
	if !f.quiet {
		a.notef("%s decoded, for the %s\n", plural(n, "stored picture is", "stored pictures are"), madeBy(o))
	}
	ex, err := p.extractor(parse.Rules{}, a)
	if err != nil {
		return err
	}
	defer ex.Close()
	o.Imager, o.Parallel = ex.(parse.Imager), crawler.ParseSlots(ex) // both kinds of extractors are
	sum, err := s.Examine(ctx, o)
	if err != nil {
		return err
	}
	if sum.Failed > 0 && !f.quiet {
		a.notef("%s of them cannot be decoded; --verify tries again\n", words.Count(sum.Failed))
	}
	return ex.Close()
}

// madeBy names what is made.
func madeBy(o crawler.ExamineOptions) string {
	switch {
	case !o.DHash:
		return "thumbnail that each lacks"
	case o.Thumb == 0:
		return "perceptual hash that each lacks"
	}
	return "perceptual hash or the thumbnail that each lacks"
}
