package charset

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"

	"crawl/testdata/conformance"
)

// encode writes UTF-8 text in another encoding.
func encode(t testing.TB, name, text string) []byte {
	t.Helper()
	enc, err := htmlindex.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := enc.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

func TestSniffConformance(t *testing.T) {
	cases := 0
	for _, file := range []string{"tests1.dat", "tests2.dat", "test-yahoo-jp.dat"} {
		data := "\n" + string(conformance.Read(t, "html5lib/encoding/"+file))
		for _, c := range strings.Split(data, "\n#data\n")[1:] {
			body, want, ok := strings.Cut(c, "\n#encoding\n")
			if !ok {
				t.Fatalf("%s: broken case %q", file, c)
			}
			cases++
			want = Lookup(strings.TrimSpace(want))
			got, source := Detect([]byte(body), "")
			if got != want {
				t.Errorf("%s: %.300q: got %s (%s), want %s", file, body, got, source, want)
			}
		}
	}
	if cases < 80 {
		t.Errorf("only %d cases read", cases)
	}
}

func TestDecodeGB18030Conformance(t *testing.T) {
	var file struct {
		Cases []struct {
			Bytes []int
			Text  string
			Desc  string
		}
	}
	if err := json.Unmarshal(conformance.Read(t, "encoding/wpt-gb18030-decode.json"), &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		var b []byte
		for _, v := range c.Bytes {
			b = append(b, byte(v))
		}
		for _, name := range []string{"gbk", "gb18030"} {
			if got := string(Decode(name, b)); got != c.Text {
				t.Errorf("%s (%s): % X: got %+q, want %+q", name, c.Desc, b, got, c.Text)
			}
		}
	}
}

func TestDetectOrder(t *testing.T) {
	const meta = `<meta charset=gb2312>`
	for _, c := range []struct {
		body, header, name string
		source             Source
	}{
		{"\xEF\xBB\xBF" + meta, "text/html; charset=big5", "utf-8", BOM},
		{"\xFF\xFEa\x00", "", "utf-16le", BOM},
		{"\xFE\xFF\x00a", "", "utf-16be", BOM},
		{meta, "text/html; charset=Big5", "big5", Header},
		{meta, `text/html; charset="utf-8"`, "utf-8", Header},
		{meta, "text/html; charset=utf-16", "utf-16le", Header},
		{meta, "text/html; charset=nonsense", "gbk", Meta},
		{meta, "text/html", "gbk", Meta},
		{`<meta charset=utf-16>`, "", "utf-8", Meta},
		{`<meta charset=x-user-defined>`, "", "windows-1252", Meta},
		{`<meta charset=hz-gb-2312>`, "", "replacement", Meta},
		{`<?xml version="1.0" encoding="koi8-r"?>`, "", "koi8-r", Meta},
		{"<\x00?\x00x\x00m\x00", "", "utf-16le", Meta},
		{strings.Repeat("<!-- filler -->", 200) + meta, "", "gbk", Meta},
		{strings.Repeat("<!-- filler -->", 200) + "é" + meta, "", "utf-8", Detected},
		{"", "", "windows-1252", Default},
		{"plain", "text/plain", "windows-1252", Default},
		{"na\u00efve", "", "utf-8", Detected},
		{"na\u00efve"[:3], "", "windows-1252", Default},
		{strings.Repeat("na\u00efve ", 40) + "\xFF", "", "utf-8", Detected},
		{strings.Repeat("\u4e2d", 40)[:100], "", "utf-8", Detected},
		{"<\x00p\x00>\x00a\x00b\x00", "", "utf-16le", Detected},
		{"\x00<\x00p\x00>\x00a\x00b", "", "utf-16be", Detected},
		{"<p>\x1B$B$3$s\x1B(B", "", "iso-2022-jp", Detected},
	} {
		name, source := Detect([]byte(c.body), c.header)
		if name != c.name || source != c.source {
			t.Errorf("Detect(%.60q, %q) = %s, %s; want %s, %s", c.body, c.header, name, source, c.name, c.source)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"utf-8", "\xEF\xBB\xBFabc", "abc"},
		{"utf-8", "a\xE4\xB8b\xFFc", "a\uFFFDb\uFFFDc"},
		{"utf-8", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
		{"utf-16le", "\xFF\xFEa\x00\x2D\x4E", "a\u4e2d"},
		{"utf-16be", "\x00a\x4E\x2D\xD8\x00", "a\u4e2d\uFFFD"},
		{"windows-1252", "\x80\x93\xE9", "\u20ac\u201c\u00e9"},
		{"gbk", "\xD6\xD0\xCE\xC4\xFF", "\u4e2d\u6587\uFFFD"},
		{"gb18030", "\x81\x30\x81\x30", "\u0080"},
		{"big5", "\xA4\xA4\xA4", "\u4e2d\uFFFD"},
		{"iso-2022-jp", "\x1B$B$3\x1B(B", "\u3053"},
		{"iso-2022-jp", "abc", "abc"},
		{"replacement", "abc", "\uFFFD"},
		{"no-such", "\xE9", "\u00e9"},
	} {
		if got := string(Decode(c.name, []byte(c.in))); got != c.want {
			t.Errorf("Decode(%s, %q) = %+q, want %+q", c.name, c.in, got, c.want)
		}
	}
}

func TestDecodeKeepsMarkup(t *testing.T) {
	for _, name := range []string{"utf-8", "windows-1252", "gbk", "gb18030", "big5", "euc-jp", "euc-kr", "shift_jis", "koi8-r"} {
		if !ASCIITransparent(name) {
			t.Errorf("%s is not transparent", name)
		}
		for lead := 0x80; lead <= 0xFF; lead++ {
			for _, c := range []byte(`<>="'&/ ` + "\t\n\f\r") {
				in := []byte{byte(lead), c, 'x'}
				if got := Decode(name, in); !bytes.HasSuffix(got, []byte{c, 'x'}) {
					t.Errorf("%s: % X decodes to %+q", name, in, got)
				}
			}
		}
	}
	for _, name := range []string{"utf-16le", "utf-16be", "iso-2022-jp", "replacement", "no-such"} {
		if ASCIITransparent(name) {
			t.Errorf("%s is transparent", name)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{
		"<meta charset=utf-8>", "<meta http-equiv=content-type content='text/html;charset=gbk'>", "<!--", "<meta charset=",
		"<?xml encoding='x'?>", "<script><!--\xE9", "\x00<", "<a\xC4\xE3=\xBA\xC3", "\x1B$B", "<style", "<\xFF",
		"\xCD\xEE\xE2\xEE\xF1\xF2\xE8 \x93\xE4\xED\xFF\x94 \x98", "g\xFCn\xFDn ba\xFEl\xFD\xF0\xFD \xDEi\xFEli", "\xE5\xF0\xE9 \xDE\x81\x8D\xFF\xFE", "\xA1\xD2\xC3\xE0\xB4\xD4\xB9\xC3\xB6",
	} {
		f.Add([]byte(s), "text/html; charset=")
	}
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		name, source := Detect(body, header)
		if Lookup(name) != name {
			t.Errorf("%q is not a name", name)
		}
		if source < BOM || source > Default {
			t.Errorf("source %d", source)
		}
		text := Decode(name, body)
		if !bytes.Equal(text, bytes.ToValidUTF8(text, nil)) {
			t.Errorf("%s: broken UTF-8", name)
		}
		if !ASCIITransparent(name) {
			return
		}
		text = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
		if got, want := bytes.Count(Decode(name, text), []byte("<")), bytes.Count(text, []byte("<")); got != want {
			t.Errorf("%s: %d of %d tags left", name, got, want)
		}
	})
}
