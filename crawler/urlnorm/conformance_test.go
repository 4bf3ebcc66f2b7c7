package urlnorm

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"crawl/testdata/conformance"
)

// wptCase is a case of urltestdata.json.
type wptCase struct {
	Input    string
	Base     *string
	Failure  bool
	Href     string
	Protocol string
	Host     string
	Pathname string
	Search   string
}

func (c wptCase) isHTTP() bool { return c.Protocol == "http:" || c.Protocol == "https:" }

// want is the case's href without userinfo and fragment.
func (c wptCase) want() string {
	query := c.Search
	href, _, _ := strings.Cut(c.Href, "#")
	if strings.HasSuffix(href, "?") {
		query = "?" // an empty query is not in the search attribute
	}
	return c.Protocol + "//" + c.Host + c.Pathname + query
}

func TestURLTestData(t *testing.T) {
	var raw []json.RawMessage
	conformance.JSON(t, "url/urltestdata.json", &raw)
	resolved, refused := 0, 0
	for _, message := range raw {
		if message[0] == '"' {
			continue // a comment
		}
		var c wptCase
		if err := json.Unmarshal(message, &c); err != nil {
			t.Fatal(err)
		}
		base, resolve := "", Parse
		if c.Base != nil {
			base = *c.Base
			b, err := NewBase(base)
			switch {
			case err == nil:
				resolve = func(ref string) (string, error) {
					href, err := b.Resolve(nil, []byte(ref))
					return string(href), err
				}
			case !c.isHTTP():
				continue // neither the base nor the result is this package's business
			}
		}
		got, err := resolve(c.Input)
		switch {
		case c.Failure:
			refused++
			if err == nil {
				t.Errorf("%q on %q: got %q, want an error", c.Input, base, got)
			}
		case !c.isHTTP():
			refused++
			if !errors.Is(err, ErrScheme) {
				t.Errorf("%q on %q: got %q, %v, want ErrScheme", c.Input, base, got, err)
			}
		case err != nil || got != c.want():
			t.Errorf("%q on %q: got %q, %v, want %q", c.Input, base, got, err, c.want())
		default:
			resolved++
		}
	}
	t.Logf("%d resolved, %d refused", resolved, refused)
	if resolved < 240 || refused < 500 {
		t.Errorf("only %d resolved and %d refused: the data has shrunk", resolved, refused)
	}
}

func TestHrefQueryEncoding(t *testing.T) {
	var data struct {
		Cases map[string][]struct{ Query, Expect, Desc string }
	}
	conformance.JSON(t, "encoding/wpt-href-query-encoding.json", &data)
	n := 0
	for charset, cases := range data.Cases {
		base, err := NewBase("https://example.com/dir/")
		if err != nil {
			t.Fatal(err)
		}
		base = base.WithCharset(charset)
		for _, c := range cases {
			n++
			got, err := base.Resolve(nil, []byte("https://example.com/?"+c.Query))
			if want := "https://example.com/?" + c.Expect; err != nil || string(got) != want {
				t.Errorf("%s, %s: %+q: got %q, %v, want %q", charset, c.Desc, c.Query, got, err, want)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d cases: the data has shrunk", n)
	}
}
