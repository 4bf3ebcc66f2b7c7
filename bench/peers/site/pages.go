package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// words are what the text is made of.
func words() []string {
	return strings.Fields(`the of and to in a is that for it as was with be by on not he his but at are this have from or had an
they which one you were all her she there would their we him been has when who will no more if out so up said what its about than
into them can only other time new some could these two may first then do any like my now over such our man me even most made after
also did many off before must well back through years much where your way down should because long each just state those people
too good world still between life being under last might great river mountain harbour winter letter garden window market engine
station library captain teacher picture evening morning history science machine island village bridge copper silver`)
}

func pagePath(i int) string { return fmt.Sprintf("/p/%05d.html", i) }

// writePages writes a site of n pages. up is before the path of each link: nothing, or ".." for a site that is the same in any folder.
func (p plan) writePages(folder, up string, n int, seed uint64) error {
	if err := os.MkdirAll(filepath.Join(p.dir, folder), 0o755); err != nil {
		return err
	}
	vocabulary := words()
	for i := range n {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		path := filepath.Join(p.dir, folder, filepath.Base(pagePath(i)))
		if err := os.WriteFile(path, p.page(i, n, up, vocabulary, rng), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// targets are the pages that page i of n links: its children in the tree, and others.
func targets(i, n int, rng *rand.Rand) []int {
	var out []int
	for c := branching*i + 1; c <= branching*i+branching && c < n; c++ {
		out = append(out, c)
	}
	for len(out) < pageLinks {
		out = append(out, rng.IntN(n))
	}
	return out
}

// page makes page i of n: a heading, a way on, and sections whose paragraphs have links and pictures in them.
func (p plan) page(i, n int, up string, vocabulary []string, rng *rand.Rand) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Page %d: %s</title>\n"+
		"<meta name=\"description\" content=\"%s\">\n<meta name=\"viewport\" content=\"width=device-width\"></head>\n<body><h1>Page %d</h1>\n",
		i, phrase(vocabulary, 5, rng), phrase(vocabulary, 12, rng), i)
	to := targets(i, n, rng)
	fmt.Fprintf(&b, "<nav class=\"menu\"><a class=\"next\" rel=\"next\" href=\"%s\">Next</a></nav>\n", up+pagePath(to[0]))
	for k, target := range to[1:] {
		if k%8 == 0 {
			fmt.Fprintf(&b, "<h2>Part %d</h2>\n<p class=\"lead\">%s</p>\n", k/8+1, phrase(vocabulary, 10, rng))
			if k/8 < imageLinks {
				fmt.Fprintf(&b, "<img src=\"%s\" alt=\"%s\" width=\"320\" height=\"200\">\n", up+imagePath(rng.IntN(max(1, p.images))), phrase(vocabulary, 2, rng))
			}
		}
		fmt.Fprintf(&b, "<p>%s <a href=\"%s\" title=\"to page %d\">%s</a>", phrase(vocabulary, 8, rng), up+pagePath(target), target, phrase(vocabulary, 3, rng))
		b.WriteString(" &amp; <em>so on</em>.</p>\n")
	}
	const end = "</p>\n</body></html>\n"
	b.WriteString("<p>")
	for b.Len() < pageBytes-len(end) {
		b.WriteString(phrase(vocabulary, 1, rng) + " ")
	}
	return []byte(b.String()[:max(0, pageBytes-len(end))] + end)
}

func phrase(vocabulary []string, n int, rng *rand.Rand) string {
	out := make([]string, n)
	for i := range out {
		out[i] = vocabulary[rng.IntN(len(vocabulary))]
	}
	return strings.Join(out, " ")
}
