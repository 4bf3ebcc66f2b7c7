package naming

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// FuzzName: whatever the facts are, the name is safe on every system, the same as before, and stays as it is when it is
// proposed again.
func FuzzName(f *testing.F) {
	for _, s := range [][4]string{
		{"{base}", "http://h/..%2f..%2fetc%2fpasswd", "", ""},
		{"{host}/{path}", "http://h:1/a/%2e%2e/CON/nul.png?x=%00", "", "attachment; filename*=utf-8''%e2%82%ac.png"},
		{"{n:06}_{tail:_}.{ext}", "http://h/a_b.JPEG", "照片", `inline; filename="a\"b"`},
		{"{name}", "", "..\u202egnp.\u200b\u0301\u0301", ""},
		{"{sha256:9}", "http://h/%D5%D5", "\xff\xfe", "=?UTF-8?B?54Wn?="},
		{"{name}/x.{ext}", "http://h/e\u0301\u034f\u0301", "CON", ""},
		{"{name}", "", strings.Repeat("照", 90) + "." + strings.Repeat("\u0300", 40), ""},
	} {
		for _, mediaType := range []string{"", png, jpeg} {
			f.Add(s[0], s[1], s[2], s[3], mediaType)
		}
	}
	f.Fuzz(func(t *testing.T, template, url, name, disposition, mediaType string) {
		tm, err := Parse(template)
		if err != nil {
			return
		}
		facts := Facts{N: 7, URL: url, Name: name, Disposition: disposition, SHA256: url, MediaType: mediaType}
		got := tm.Name(facts)
		judge(t, got)
		for k := 1; k < 1e6; k *= 9 {
			judge(t, Numbered(got, k))
		}
		base := got[strings.LastIndexByte(got, '/')+1:]
		again, _ := Parse("{name}")
		if s := again.Name(Facts{Name: base, MediaType: mediaType}); s != base {
			t.Errorf("%q becomes %q", base, s)
		}
		if FoldKey(norm.NFD.String(got)) != FoldKey(got) || FoldKey(strings.ToUpper(got)) != FoldKey(got) || FoldKey(FoldKey(got)) != FoldKey(got) {
			t.Errorf("the key of %q depends on its form", got)
		}
	})
}

func judge(t *testing.T, name string) {
	t.Helper()
	parts := strings.Split(name, "/")
	if len(parts) > maxParts || !utf8.ValidString(name) || !norm.NFC.IsNormalString(name) {
		t.Fatalf("%q", name)
	}
	for _, p := range parts {
		if p == "" || len(p) > maxName || strings.ContainsAny(p[:1], ".- ") || strings.ContainsAny(p[len(p)-1:], ". ") || reserved(p) {
			t.Fatalf("%q of %q", p, name)
		}
		for _, r := range p {
			if kindOf(r) == other || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
				t.Fatalf("%q of %q has %U", p, name, r)
			}
		}
	}
}

// FuzzDisposition: no header panics, and what it gives is one part of a path.
func FuzzDisposition(f *testing.F) {
	for _, s := range []string{
		"", ";", `attachment; filename="a\`, `a; filename*=utf-8''%`, `a; filename*='`, `a; filename="\"\\`, "filename==?utf-8?q?=2f?=", "filename=\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if name := dispositionName(header); strings.ContainsAny(name, `/\`) || !utf8.ValidString(name) {
			t.Errorf("%q: %q", header, name)
		}
	})
}
