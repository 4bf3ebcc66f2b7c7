// Command site writes a seeded static web site to disk, for a web server that crawlers are measured against: pages that link
// each other so that all are reachable from the first, images, and small sites for many virtual hosts. The same flags give the
// same bytes. It prints nothing; a file "complete" in the folder says that the site is whole, and with what flags it was made.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// Shape of a page, in the words of the measurement: 9 kB with 45 links, of which 40 lead to pages.
const (
	pageBytes  = 9_000
	pageLinks  = 40
	imageLinks = 5
	branching  = 8 // links that make the tree in which every page is reachable; the others go anywhere
)

type plan struct {
	dir       string
	pages     int
	images    int
	hosts     int
	hostPages int
	seed      uint64
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("site: ")
	var p plan
	flag.StringVar(&p.dir, "dir", "", "write the site to this folder")
	flag.IntVar(&p.pages, "pages", 20_000, "pages of the site on one host, p/N.html")
	flag.IntVar(&p.images, "images", 5_000, "images of that site, i/N.jpg and i/N.png")
	flag.IntVar(&p.hosts, "hosts", 0, "virtual hosts with a site of their own, v/127.1.X.Y/p/N.html (at most 64,000)")
	flag.IntVar(&p.hostPages, "host-pages", 10, "pages of each of these")
	flag.Uint64Var(&p.seed, "seed", 1, "seed of all that is random")
	flag.Parse()
	if p.dir == "" || p.pages < 1 || p.hosts > 64_000 {
		flag.Usage()
		os.Exit(2)
	}
	if err := p.write(); err != nil {
		log.Fatal(err)
	}
}

// write makes the site, unless the folder has it already.
func (p plan) write() error {
	stamp := fmt.Sprintf("2 %+v\n", p) // the number goes up when the same flags give other bytes
	done := filepath.Join(p.dir, "complete")
	if old, err := os.ReadFile(done); err == nil && string(old) == stamp {
		return nil
	}
	if err := p.writePages("p", "", p.pages, p.seed); err != nil {
		return err
	}
	if err := p.writeImages(); err != nil {
		return err
	}
	for n := range p.hosts {
		host := fmt.Sprintf("127.1.%d.%d", n/250, 1+n%250)
		if err := p.writePages(filepath.Join("v", host, "p"), "..", p.hostPages, p.seed+uint64(n)+1); err != nil {
			return err
		}
	}
	if err := p.writeLists(); err != nil {
		return err
	}
	return os.WriteFile(done, []byte(stamp), 0o644)
}

// writeLists writes the paths of all pages and images, one a line, and the rules of all hosts.
func (p plan) writeLists() error {
	var pages, images strings.Builder
	for i := range p.pages {
		fmt.Fprintln(&pages, pagePath(i))
	}
	for i := range p.images {
		fmt.Fprintln(&images, imagePath(i))
	}
	for name, text := range map[string]string{
		"pages.txt": pages.String(), "images.txt": images.String(),
		"robots.txt": "User-agent: *\nDisallow: /private/\nDisallow: /*?session=\nAllow: /private/open.html\n",
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
