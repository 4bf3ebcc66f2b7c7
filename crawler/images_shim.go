package crawler

import "crawl/parse"

type parseImage struct{ Candidates []string }

func parsePageImages(doc *parse.Document, width int) []parseImage { return nil }
