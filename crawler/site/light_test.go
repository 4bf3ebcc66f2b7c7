package site

import (
	"strings"
	"testing"

	"crawl/parse"
)

// The crawler's own parser finds in each page what the manifest says is there.
func TestLightFindsTheManifestsLinks(t *testing.T) {
	s := start(t, Options{Seed: 5, Pages: 90, Images: 12, Hosts: 3, MaxSize: 10_000, Traps: true})
	c := client(t)
	var light parse.Light
	for _, e := range s.Expect().Entries {
		if !strings.HasPrefix(e.Type, "text/html") || e.Kind == KindBomb {
			continue
		}
		resp, body := get(t, c, e.URL)
		var p parse.Page
		light.Parse(&parse.Document{URL: e.URL, ContentType: resp.Header.Get("Content-Type"), Body: body}, &p)
		if p.Title != e.Title && e.Title != "" || p.Charset != e.Charset || p.NoIndex != e.NoIndex || p.NoFollow != e.NoFollow {
			t.Errorf("%s: title %q in %s, manifest has %q in %s, or robots meta differs", e.URL, p.Title, p.Charset, e.Title, e.Charset)
		}
		got := sorted(&p)
		sameSet(t, e.URL, "links", got.links, e.Links)
		sameSet(t, e.URL, "nofollow links", got.nofollow, e.Nofollow)
		sameSet(t, e.URL, "images", got.images, e.Images)
		sameSet(t, e.URL, "assets", got.assets, e.Assets)
	}
}

// sorted puts a page's links where the manifest has them.
func sorted(p *parse.Page) found {
	f := found{links: map[string]bool{}, nofollow: map[string]bool{}, images: map[string]bool{}, assets: map[string]bool{}}
	for i := range p.Links.Len() {
		u, kind, nofollow := p.Links.At(i)
		switch {
		case kind.Image():
			f.images[string(u)] = true
		case !kind.Navigates():
			f.assets[string(u)] = true
		case nofollow && !p.NoFollow:
			f.nofollow[string(u)] = true
		default:
			f.links[string(u)] = true
		}
	}
	return f
}
