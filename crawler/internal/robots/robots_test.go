package robots

import (
	"strings"
	"testing"
	"time"

	"crawl/crawler/urlnorm"
	"crawl/testdata/conformance"
)

// otherwise are the conformance cases, by rule and path, that are answered otherwise here: RFC 9309 section 2.2.2 compares
// paths after what a URL may not hold was percent-encoded and unreserved characters were decoded, on both sides; the
// suite's parser encodes the rule only and decodes nothing.
var otherwise = map[[2]string]bool{
	{"Allow: /foo/bar/%E3%83%84", "/foo/bar/\u30c4"}: true,
	{"Allow: /foo/bar/baz", "/foo/bar/baz"}:          true,
}

func TestGoogleSpec(t *testing.T) {
	var data struct {
		Tests []struct {
			Robots string `json:"robots"`
			Base64 []byte `json:"robots_base64"`
			Expect []struct {
				URL, Agent string
				Allowed    bool
			}
		}
	}
	conformance.JSON(t, "robots/google-spec-test-correctness.json", &data)
	cases, different := 0, 0
	for _, test := range data.Tests {
		body := append([]byte(test.Robots), test.Base64...)
		for _, c := range test.Expect {
			cases++
			got := Parse(body).Agent(c.Agent).Decide(rawPath(c.URL))
			if got.Allowed == c.Allowed {
				continue
			}
			different++
			if !otherwise[[2]string{got.Rule, rawPath(c.URL)}] {
				t.Errorf("%q: %q asks for %q: got %+v, want %v", body, c.Agent, c.URL, got, c.Allowed)
			}
		}
	}
	t.Logf("%d cases, %d of them answered otherwise", cases, different)
	if cases < 140 {
		t.Errorf("only %d cases: the data has shrunk", cases)
	}
}

// rawPath is the path and query of a case's URL as written; some are no URLs.
func rawPath(url string) string {
	if strings.TrimSpace(url) == "" {
		return ""
	}
	return urlnorm.PathAndQuery(url)
}

func TestAgent(t *testing.T) {
	body := []byte("user-agent: *\ndisallow: /all\n\nUser-Agent: Crawl/1.0\nUser-agent: other\nDisallow: /one\n" +
		"User-agent: third\nCrawl-delay: 5\nuser-agent: crawl\nDisallow: /two\n" +
		"User-agent: crawl-er\nUser-agent: crawl_er\nUser-agent: 5\nUser-agent: *all\nDisallow: /three\n" +
		"User_agent\t:\t*\there\nUSER-AGENT: quiz{\nUser-agent: * others\nUser-agent:\nDisallow: /four\n")
	rules := Parse(body)
	for _, c := range []struct{ agent, disallowed, allowed string }{
		{"crawl", "/one /two", "/all /three"},
		{"crawl-er", "/three", "/one /two /all"},
		{"crawl_er", "/three", "/one /two /all"},
		{"quiz", "/four", "/three /all"},
		{"CRAWL", "/one /two", "/all"},
		{"other", "/one", "/two /all"},
		{"third", "/two", "/one /all"},
		{"nobody", "/all /four", "/one /two /three"},
		{"", "/all /four", "/one /two /three"},
	} {
		g := rules.Agent(c.agent)
		for path := range strings.FieldsSeq(c.disallowed) {
			if d := g.Decide(path); d.Allowed {
				t.Errorf("%s may request %s by %+v", c.agent, path, d)
			}
		}
		for path := range strings.FieldsSeq(c.allowed) {
			if d := g.Decide(path); !d.Allowed {
				t.Errorf("%s may not request %s by %+v", c.agent, path, d)
			}
		}
	}
	if d, ok := rules.Agent("third").CrawlDelay(); d != 5*time.Second || !ok {
		t.Errorf("third has the delay %v, %v", d, ok)
	}
	if d, ok := rules.Agent("crawl").CrawlDelay(); ok {
		t.Errorf("crawl has the delay %v: it was named after the line", d)
	}
}

func TestDecide(t *testing.T) {
	for _, c := range []struct {
		rules, path string
		want        Decision
	}{
		{"Disallow: /", "/robots.txt", Decision{true, 0, ""}},
		{"Disallow: /", "/robots.txt?x", Decision{false, 2, "Disallow: /"}},
		{"Disallow: /", "", Decision{false, 2, "Disallow: /"}},
		{"Disallow:", "/x", Decision{true, 0, ""}},
		{"Disallow: x", "/x", Decision{true, 0, ""}},
		{"Disallow: /a\nAllow: /a", "/ab", Decision{true, 3, "Allow: /a"}},
		{"Disallow: /a*c$", "/abcc", Decision{false, 2, "Disallow: /a*c$"}},
		{"Disallow: /a*c$", "/abcd", Decision{true, 0, ""}},
		{"Disallow: /a*b*b$", "/ab", Decision{true, 0, ""}},
		{"Disallow: *.php", "/x.php?y", Decision{false, 2, "Disallow: *.php"}},
		{"Disallow: /a**b", "/a-b", Decision{false, 2, "Disallow: /a**b"}},
		{"Disallow: /a$b", "/a$b", Decision{false, 2, "Disallow: /a$b"}},
		{"Disallow: /a%2a", "/a*", Decision{true, 0, ""}},
		{"Disallow: /a%2a", "/a%2A", Decision{false, 2, "Disallow: /a%2A"}},
		{"Disallow: /a%2fb", "/a/b", Decision{true, 0, ""}},
		{"Disallow: /%7ejoe", "/~joe/x", Decision{false, 2, "Disallow: /~joe"}},
		{"Disallow: /~joe", "/%7Ejoe/x", Decision{false, 2, "Disallow: /~joe"}},
		{"Disallow: /caf\u00e9", "/caf%c3%a9", Decision{false, 2, "Disallow: /caf%C3%A9"}},
		{"Disallow: /a b", "/a%20b", Decision{false, 2, "Disallow: /a%20b"}},
		{"Disallow: /*?q='", "/?q=%27", Decision{false, 2, "Disallow: /*?q=%27"}},
		{"Disallow: /100%", "/100%", Decision{false, 2, "Disallow: /100%"}},
		{"Disallow: /100%4", "/100%4", Decision{false, 2, "Disallow: /100%4"}},
		{"Disallow: /%zz%4z%z4%ZZ%4Z", "/%zz%4z%z4%ZZ%4Z", Decision{false, 2, "Disallow: /%zz%4z%z4%ZZ%4Z"}},
		{"Disallow: /%70%6f%4F%4A%39%2d%5f", "/poOJ9-_", Decision{false, 2, "Disallow: /poOJ9-_"}},
		{"Disallow: /a b41:%0a", "/a%20b41:%0A", Decision{false, 2, "Disallow: /a%20b41:%0A"}},
		{"Allow: /d/index.html\nDisallow: /", "/d/", Decision{true, 2, "Allow: /d/$"}},
		{"Allow: /index.htm\nDisallow: /", "/", Decision{true, 2, "Allow: /$"}},
		{"Disallow: /d/index.html", "/d/", Decision{true, 0, ""}},
		{"Allow: *.htm\nDisallow: /", "/a.htm", Decision{true, 2, "Allow: *.htm"}},
		{"\r\n\n\n\r\rDisallow: /a", "/a", Decision{false, 7, "Disallow: /a"}},
		{"dis allow : /a # why", "/a", Decision{false, 2, "Disallow: /a"}},
		{"Disallow /a b", "/a b", Decision{true, 0, ""}},
		{
			"Disallow: /" + strings.Repeat("a", maxLine), "/" + strings.Repeat("a", maxLine-len("Disallow: /")),
			Decision{false, 2, "Disallow: /" + strings.Repeat("a", maxLine-len("Disallow: /"))},
		},
	} {
		got := Parse([]byte("User agent: *\n" + c.rules)).Agent("crawl").Decide(c.path)
		if got != c.want {
			t.Errorf("%q on %q: got %+v, want %+v", c.rules, c.path, got, c.want)
		}
	}
}

func TestCrawlDelay(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0.25": 250 * time.Millisecond, "0,5": 500 * time.Millisecond, "0": 0, "10s": 10 * time.Second,
		"1e9": time.Second, "99999999999999999999": MaxCrawlDelay, "": -1, "soon": -1, "-1": -1, "1.2.3": -1, "nan": -1, ".": -1,
	} {
		got, ok := Parse([]byte("User-agent: *\nCrawl-Delay: " + value)).Agent("crawl").CrawlDelay()
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("Crawl-delay: %s gives %v, %v, want %v", value, got, ok, want)
		}
	}
	g := Parse([]byte("User-agent: a\nCrawl-delay: 9\nCrawl-delay: 3\nDisallow: /\n")).Agent("a")
	if got, _ := g.CrawlDelay(); got != 9*time.Second {
		t.Errorf("of two delays %v holds, want the longer", got)
	}
}

func TestBounds(t *testing.T) {
	comment := "#" + strings.Repeat("x", MaxBytes) + "\n"
	rules := "User-agent: *\nDisallow: /a\n"
	if d := Parse([]byte(comment + rules)).Agent("crawl").Decide("/a"); !d.Allowed {
		t.Errorf("a rule behind MaxBytes was used: %+v", d)
	}
	if d := Parse([]byte(rules + comment)).Agent("crawl").Decide("/a"); d.Allowed {
		t.Errorf("a rule before MaxBytes was not used: %+v", d)
	}
	if size := Parse([]byte("User-agent: *\nDisallow: /" + strings.Repeat("a", 1000))).Agent("crawl").Size(); size < 1000 {
		t.Errorf("a rule of a thousand bytes takes %d", size)
	}
	if d := (Group{}).Decide("/x"); !d.Allowed {
		t.Errorf("the zero Group refuses: %+v", d)
	}
}

// TestWorstCase counts the bytes that a decision searches when every rule almost fits.
func TestWorstCase(t *testing.T) {
	path := "/" + strings.Repeat("a", 8<<10)
	r := newRule(disallowPrefix, "/"+strings.Repeat("*a", 1000)+"*b", 1, 0)
	if ok, n := r.match(path); ok || n != len(path) {
		t.Errorf("a thousand asterisks: %v after %d bytes of %d", ok, n, len(path))
	}
	g := Parse([]byte("User-agent: *\n" + strings.Repeat("Allow: /*ab\n", MaxBytes))).Agent("crawl")
	searched := 0
	for i := range g.rules {
		_, n := g.rules[i].match(path)
		searched += n
	}
	if want := len(g.rules) * len(path); searched != want {
		t.Errorf("%d rules: %d bytes are searched, want %d: one pass a rule", len(g.rules), searched, want)
	}
	if d := g.Decide(path); d.Allowed || d.Rule != TooCostly {
		t.Errorf("%d rules on a path of %d bytes: %+v", len(g.rules), len(path), d)
	}
	if d := g.Decide("/index.html"); !d.Allowed || d.Rule != "" {
		t.Errorf("%d rules on a short path: %+v", len(g.rules), d)
	}
}
