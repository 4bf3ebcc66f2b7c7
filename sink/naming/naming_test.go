package naming

import (
	"slices"
	"strings"
	"testing"
)

const (
	jpeg = "image/jpeg"
	png  = "image/png"
)

func TestName(t *testing.T) {
	digest := strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct {
		template string
		facts    Facts
		want     string
	}{
		{"", Facts{URL: "http://h/a/photo.jpg", MediaType: jpeg}, "photo.jpg"},
		{"", Facts{URL: "http://h/a/photo.jpg?w=300", MediaType: jpeg}, "photo.jpg"},
		{"{base}", Facts{URL: "http://h/photo.php", MediaType: png}, "photo.png"},
		{"{base}", Facts{URL: "http://h/photo.php?id=7&s=big", MediaType: png}, "photo_id=7_s=big.png"},
		{"{base}", Facts{URL: "http://h/photo.jpeg", MediaType: jpeg}, "photo.jpeg"},
		{"{base}", Facts{URL: "http://h/photo.JPG", MediaType: jpeg}, "photo.JPG"},
		{"{base}", Facts{URL: "http://h/photo.jpg", MediaType: png + "; q=1"}, "photo.png"},
		{"{base}", Facts{URL: "http://h/photo.v2", MediaType: png}, "photo.v2.png"},
		{"{base}", Facts{URL: "http://h/photo", MediaType: png}, "photo.png"},
		{"{base}", Facts{URL: "http://h/photo.jpg.png", MediaType: png}, "photo.jpg.png"},
		{"{base}", Facts{URL: "http://h/data.tar", MediaType: ""}, "data.tar"},
		{"{base}", Facts{URL: "http://h/", MediaType: png}, "index.png"},
		{"{base}", Facts{URL: "http://h", MediaType: png}, "index.png"},
		{"{base}", Facts{URL: "http://h/photos/#x", MediaType: png}, "photos.png"},
		{"{base}.{ext}", Facts{URL: "http://h/photo.jpg", MediaType: jpeg}, "photo.jpg"},
		{"{ext}/{base}", Facts{URL: "http://h/photo.jpg", MediaType: jpeg}, "jpg/photo.jpg"},
		{"{base}_{ext}", Facts{URL: "http://h/photo.jpg", MediaType: jpeg}, "photo_jpg.jpg"},
		{"{n:06}", Facts{N: 42, URL: "http://h/photo.jpg", MediaType: jpeg}, "000042.jpg"},
		{"{n}-{base}", Facts{N: 42, URL: "http://h/photo.jpg", MediaType: jpeg}, "42-photo.jpg"},
		{"{n}.jpg", Facts{N: 42, URL: "http://h/photo.png", MediaType: png}, "42.png"},
		{"{n}.jpg", Facts{N: 42, URL: "http://h/photo.jpeg", MediaType: jpeg}, "42.jpg"},
		{"{host}/{base}", Facts{URL: "http://u:p@h.example:81/photo.jpg", MediaType: jpeg}, "h.example_81/photo.jpg"},
		{"{host}/{path}", Facts{URL: "http://h/a/b%20c/photo.jpg", MediaType: jpeg}, "h/a/b_c/photo.jpg"},
		{"{host}/{path}/{n}", Facts{N: 3, URL: "http://h/a/b/photo.jpg", MediaType: jpeg}, "h/a/b/3.jpg"},
		{"{host}/{path}/{n}", Facts{N: 3, URL: "http://h/photo.jpg", MediaType: jpeg}, "h/3.jpg"},
		{"{path}", Facts{URL: "http://h/a/../%2e%2e/b/photo.jpg", MediaType: jpeg}, "a/b/photo.jpg"},
		{"{tail:_}", Facts{URL: "http://h/cat_01_large.jpg", MediaType: jpeg}, "large.jpg"},
		{"{tail:-}", Facts{URL: "http://h/cat-01_x.jpg", MediaType: jpeg}, "01_x.jpg"},
		{"{tail}", Facts{URL: "http://h/cat.jpg", MediaType: jpeg}, "cat.jpg"},
		{"{tail:_}", Facts{URL: "http://h/cat_.jpg", MediaType: jpeg}, "cat_.jpg"},
		{"{sha256:16}", Facts{SHA256: digest, URL: "http://h/x.png", MediaType: png}, "0123456789abcdef.png"},
		{"{sha256:2}/{sha256}", Facts{SHA256: digest, URL: "http://h/x.png", MediaType: png}, "01/" + digest + ".png"},
		{"{sha256}", Facts{URL: "http://h/x.png", MediaType: png}, "_.png"},
		{"", Facts{Name: "Tom the cat.gif", URL: "http://h/x.png", MediaType: png}, "Tom_the_cat.png"},
		{"{base}", Facts{Name: "tom", URL: "http://h/x.png", MediaType: png}, "x.png"},
		{"{name}", Facts{URL: "http://h/x.png", MediaType: png}, "x.png"},
		{"{name}", Facts{Name: " \t", URL: "http://h/x.png", MediaType: png}, "x.png"},
		{"{name}-{n}.{ext}", Facts{Name: "tom", N: 1, URL: "http://h/x.jpeg", MediaType: jpeg}, "tom-1.jpeg"},
		{"", Facts{URL: "http://h/x.php", Disposition: `attachment; filename="plan.png"`, MediaType: png}, "plan.png"},
		// Scripts stay readable; one name has one form.
		{"", Facts{URL: "http://h/%E7%85%A7%E7%89%87%EF%BC%881%EF%BC%89.jpg", MediaType: jpeg}, "照片_1.jpg"},
		{"", Facts{URL: "http://h/照片.jpg", MediaType: jpeg}, "照片.jpg"},
		{"", Facts{URL: "http://h/%D5%D5%C6%AC.jpg", MediaType: jpeg}, "照片.jpg"}, // GBK
		{"", Facts{URL: "http://h/caf%E9.jpg", MediaType: jpeg}, "café.jpg"},     // ISO 8859-1
		{"", Facts{URL: "http://h/cafe%CC%81.jpg", MediaType: jpeg}, "caf\u00e9.jpg"},
		{"", Facts{URL: "http://h/صورة.png", MediaType: png}, "صورة.png"},
		{"", Facts{URL: "http://h/%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80.png", MediaType: png}, "हिन्दी.png"},
		// Hostile ones.
		{"", Facts{URL: "http://h/..%2f..%2fetc%2fpasswd", MediaType: png}, "etc_passwd.png"},
		{"", Facts{URL: "http://h/..%5c..%5cboot.ini", MediaType: png}, "boot.ini.png"},
		{"", Facts{URL: "http://h/%252e%252e%252f", MediaType: png}, "2e_2e_2f.png"}, // decoded once
		{"", Facts{URL: "http://h/a%00.png", MediaType: png}, "a.png"},
		{"", Facts{URL: "http://h/a%00b.png", MediaType: png}, "a_b.png"},
		{"", Facts{URL: "http://h/CON.png", MediaType: png}, "_CON.png"},
		{"", Facts{URL: "http://h/com%C2%B9.tar.png", MediaType: png}, "_com¹.tar.png"},
		{"{host}/{n}", Facts{URL: "http://nul/x.png", MediaType: png}, "_nul/0.png"},
		{"", Facts{URL: "http://h/photo....png", MediaType: png}, "photo.png"},
		{"", Facts{URL: "http://h/photo.png%20.", MediaType: png}, "photo.png_.png"},
		{"", Facts{URL: "http://h/-rf.png", MediaType: png}, "rf.png"},
		{"", Facts{URL: "http://h/.htaccess", MediaType: png}, "htaccess.png"},
		{"", Facts{URL: "http://h/%E2%80%AEgnp.exe", MediaType: png}, "gnp.png"}, // right-to-left override
		{"", Facts{URL: "http://h/a%E2%80%8Bb%E3%85%A4c.png", MediaType: png}, "a_b_c.png"},
		{"", Facts{URL: "http://h/%CC%81%CC%81.png", MediaType: png}, "_.png"},
		{"", Facts{URL: "http://h/%F0%9F%90%B1.png", MediaType: png}, "_.png"},
		{"", Facts{URL: "http://h/" + strings.Repeat("x", 400) + ".png", MediaType: png}, strings.Repeat("x", 116) + ".png"},
		{"", Facts{URL: "http://h/" + strings.Repeat("照", 100) + ".jpeg", MediaType: jpeg}, strings.Repeat("照", 38) + ".jpeg"},
		{"{path}", Facts{URL: "http://h/" + strings.Repeat("a/", 40) + "x.png", MediaType: png}, strings.Repeat("a/", 15) + "x.png"},
		{"", Facts{Name: "../../x", URL: "http://h/y", MediaType: png}, "x.png"},
	} {
		tm, err := Parse(c.template)
		if err != nil {
			t.Errorf("%s: %v", c.template, err)
			continue
		}
		if got := tm.Name(c.facts); got != c.want {
			t.Errorf("%q of %+v\n  is %q\nwant %q", c.template, c.facts, got, c.want)
		}
	}
}

func TestDispositionName(t *testing.T) {
	for header, want := range map[string]string{
		"":                               "",
		"inline":                         "",
		`attachment; filename=plain.png`: "plain.png",
		`attachment; FileName = "a b.png"; size=3`:                             "a b.png",
		`attachment; filename="a;b=\"c\".png"`:                                 `a;b="c".png`,
		`attachment; filename="C:\dir\photo.png"`:                              "photo.png",
		`attachment; filename="../../photo.png"`:                               "photo.png",
		`attachment; filename="EURO.txt"; filename*=utf-8''%e2%82%ac%20r.txt`:  "€ r.txt",
		`attachment; filename*=iso-8859-1'en'%A3%20rates.txt; filename="x"`:    "£ rates.txt",
		`attachment; filename*=utf-16''x; filename="y.png"`:                    "y.png",
		`attachment; filename*=UTF-8''..%2f..%2fx.png`:                         "x.png",
		`attachment; filename="` + "照片.png" + `"`:                              "照片.png",
		"attachment; filename=\"\xd5\xd5\xc6\xac.png\"":                        "照片.png",
		`attachment; filename="%E7%85%A7.png"`:                                 "照.png",
		`attachment; filename="=?UTF-8?B?54Wn54mHLnBuZw==?="`:                  "照片.png",
		`attachment; filename="=?GBK?B?1dXGrC5wbmc=?="`:                        "照片.png",
		`attachment; filename=".."; filename*=UTF-8''`:                         "",
		`attachment; filename="unclosed`:                                       "unclosed",
		`filename=first.png; filename=second.png`:                              "first.png",
		"attachment; filename=\"" + strings.Repeat("x", maxHeader) + "\"; a=b": strings.Repeat("x", 3*maxRaw),
	} {
		if got := dispositionName(header); got != want {
			t.Errorf("%.80q: %.80q, want %.80q", header, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for template, want := range map[string]string{
		"{bse}":                        "{bse} is not a placeholder; there are {n}, {n:06}, {host}",
		"{}":                           "{} is not a placeholder",
		"{n":                           "{ without its }",
		"n}":                           "} without its {",
		"{n:x}":                        "from 1 to 19",
		"{n:99}":                       "from 1 to 19",
		"{sha256:65}":                  "from 1 to 64",
		"{host:3}":                     "{host} takes nothing",
		"/{n}":                         "relative to the directory",
		"{host}/":                      "add the file's name",
		"../{n}":                       "names the folder ..",
		strings.Repeat("a/", 16) + "b": "use at most 15",
		strings.Repeat("x", 1025):      "use at most 1024",
	} {
		if _, err := Parse(template); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", template, err, want)
		}
	}
}

func TestFoldKey(t *testing.T) {
	for _, same := range [][]string{
		{"photo.jpg", "PHOTO.JPG"},
		{"caf\u00e9", "cafe\u0301", "CAFE\u0301"},
		{"straße", "STRASSE", "STRAẞE"},
		{"ΣΑΣ", "σας", "σασ"},
		{"\u212a", "k"},
		{"ſ", "s"},
		{"ﬁ", "fi"},
	} {
		for _, s := range same {
			if FoldKey(s) != FoldKey(same[0]) {
				t.Errorf("%q and %q: %q and %q", s, same[0], FoldKey(s), FoldKey(same[0]))
			}
		}
	}
	if FoldKey("照片") == FoldKey("照月") || FoldKey("a") == FoldKey("á") {
		t.Error("different names have one key")
	}
}

func TestNumberedAndParents(t *testing.T) {
	long := strings.Repeat("照", 40)
	for _, c := range []struct {
		name string
		k    int
		want string
	}{
		{"photo.jpg", 1, "photo.jpg"},
		{"photo.jpg", 2, "photo-2.jpg"},
		{"a.b/photo", 10, "a.b/photo-10"},
		{"a/photo.v2.jpg", 3, "a/photo.v2-3.jpg"},
		{long, 2, long[:117] + "-2"},
		{long[:114] + ".jpg", 1000, long[:111] + "-1000.jpg"},
	} {
		if got := Numbered(c.name, c.k); got != c.want {
			t.Errorf("%s, %d: %s, want %s", c.name, c.k, got, c.want)
		}
	}
	if got := Parents("a/b/c.jpg"); !slices.Equal(got, []string{"a", "a/b"}) {
		t.Error(got)
	}
	if got := Parents("c.jpg"); got != nil {
		t.Error(got)
	}
}

func BenchmarkName(b *testing.B) {
	for _, c := range []struct {
		name string
		f    Facts
	}{
		{"ascii", Facts{URL: "https://static.example.org/photos/2024/cat_01.jpg", MediaType: jpeg}},
		{"chinese", Facts{URL: "https://static.example.org/%E7%85%A7%E7%89%87/%E7%85%A7%E7%89%87_01.jpg", MediaType: jpeg}},
	} {
		b.Run(c.name, func(b *testing.B) {
			t, _ := Parse("")
			b.ReportAllocs()
			for b.Loop() {
				FoldKey(t.Name(c.f))
			}
		})
	}
}
