package mime

import (
	"encoding/json"
	"strings"
	"testing"

	"crawl/testdata/conformance"
)

// header turns the code points of a test case into the bytes that stand in a header; false when one has no byte.
func header(s string) (string, bool) {
	var b []byte
	for _, r := range s {
		if r > 0xFF {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

// serialize writes a type as the standard does (MIME Sniffing, section 4.5).
func serialize(t Type) string {
	var b strings.Builder
	b.WriteString(t.Essence)
	seen := map[string]bool{}
	for name, value := range t.Params() {
		if seen[name] {
			continue
		}
		seen[name] = true
		b.WriteString(";" + name + "=")
		if isToken(value) {
			b.WriteString(value)
			continue
		}
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`)
	}
	return b.String()
}

func TestParseConformance(t *testing.T) {
	for _, file := range []string{"mime/mime-types.json", "mime/generated-mime-types.json"} {
		var raw []json.RawMessage
		conformance.JSON(t, file, &raw)
		cases := 0
		for _, r := range raw {
			var c struct {
				Input  string
				Output *string
			}
			if json.Unmarshal(r, &c) != nil { // a heading
				continue
			}
			in, ok := header(c.Input)
			if !ok { // cannot come in a header
				continue
			}
			cases++
			got, valid := Parse(in)
			if c.Output == nil {
				if valid {
					t.Errorf("%s: Parse(%q) = %q, want failure", file, c.Input, serialize(got))
				}
				continue
			}
			if want, _ := header(*c.Output); !valid || serialize(got) != want {
				t.Errorf("%s: Parse(%q) = %q %v, want %q", file, c.Input, serialize(got), valid, *c.Output)
			}
		}
		if cases < 50 {
			t.Errorf("%s: only %d cases read", file, cases)
		}
	}
}

func TestExtractConformance(t *testing.T) {
	var cases []struct {
		ContentType []string
		MimeType    string
	}
	conformance.JSON(t, "mime/content-types.json", &cases)
	for _, c := range cases {
		got, ok := Extract(strings.Join(c.ContentType, ", "))
		if !ok || serialize(got) != c.MimeType {
			t.Errorf("%q: got %q %v, want %q", c.ContentType, serialize(got), ok, c.MimeType)
		}
	}
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{"text/html; charset=utf-8", `text/html;x=",text/plain"`, `a/b;c="\`, "*/*", ";,/=", "TEXT/HTML;CHARSET=\"GBK\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Extract(s)
		if !ok {
			return
		}
		again, ok := Parse(serialize(got))
		if !ok || serialize(again) != serialize(got) {
			t.Errorf("%q: %q is read back as %q", s, serialize(got), serialize(again))
		}
	})
}
