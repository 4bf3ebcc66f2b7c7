package urlnorm

import "testing"

// pageLinks are the 45 links of a typical page: navigation, articles, assets, other hosts, and what is not followed.
var pageLinks = func() (links [][]byte) {
	for _, ref := range []string{
		"/", "/news/", "/sport/", "/culture/", "/about", "/contact", "/privacy.html", "/terms.html", "/login?next=%2Fnews%2F",
		"#content", "#top", "javascript:void(0)", "mailto:desk@example.com", "/news/2024/06/first-article-of-the-day.html",
		"/news/2024/06/second-article-with-a-longer-title.html", "/news/2024/06/third-article.html", "story-4711.html",
		"story-4712.html", "story-4713.html?ref=front", "../2023/index.html", "../2022/index.html", "./archive/", "?page=2", "?page=3",
		"/assets/css/main.0a1b2c3d.css", "/assets/js/app.4e5f6a7b.js", "/assets/img/logo.png", "/assets/img/hero-1280.jpg",
		"/assets/img/thumb-1.jpg", "/assets/img/thumb-2.jpg", "/assets/img/thumb-3.jpg", "/assets/img/thumb-4.jpg",
		"https://www.example.com/news/2024/06/fifth.html", "https://www.example.com/tag/economy",
		"https://www.example.com/tag/science?sort=date", "https://www.example.com/author/someone/",
		"https://cdn.example.net/lib/v3.2.1/lib.min.js", "//cdn.example.net/fonts/text.woff2", "//static.example.org/pixel.gif?id=123",
		"https://social.example/share?url=https%3A%2F%2Fwww.example.com%2Fnews", "https://social.example/@example",
		"https://video.example/watch?v=abcdefghijk", "http://partner.example.org/", "https://shop.example.com/offers?utm_source=front",
		"/feed.xml",
	} {
		links = append(links, []byte(ref))
	}
	return links
}()

func BenchmarkResolvePage(b *testing.B) {
	base, err := NewBase("https://www.example.com/news/2024/index.html")
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, 0, MaxURL)
	b.ReportAllocs()
	for b.Loop() {
		for _, ref := range pageLinks {
			_, _ = base.Resolve(dst[:0], ref)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(pageLinks)), "ns/link")
}

func BenchmarkResolve(b *testing.B) {
	base, err := NewBase("https://www.example.com/news/2024/index.html")
	if err != nil {
		b.Fatal(err)
	}
	for name, ref := range map[string]string{
		"relative": "story-4711.html", "absolute": "/news/2024/06/first-article-of-the-day.html",
		"own-host": "https://www.example.com/news/2024/06/first-article-of-the-day.html?from=front", "other-host": "https://cdn.example.net/lib/v3.2.1/lib.min.js", "utf8": "/wiki/\u4e2d\u6587?q=\u4e2d", "escaped": "/a%20b/../c%2Fd",
		"idn": "http://b\u00fccher.example/", "ipv6": "http://[::1]/",
	} {
		b.Run(name, func(b *testing.B) {
			dst, ref := make([]byte, 0, MaxURL), []byte(ref)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = base.Resolve(dst[:0], ref)
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	for name, href := range map[string]string{
		"plain":   "https://www.example.com/news/2024/06/first-article-of-the-day.html?ref=front",
		"escaped": "https://www.example.com/wiki/%e4%b8%ad%E6%96%87/%7euser?q=%41",
	} {
		b.Run(name, func(b *testing.B) {
			dst, href := make([]byte, 0, MaxURL), []byte(href)
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendKey(dst[:0], href)
			}
		})
	}
}
