package htmlscan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crawl/testdata/conformance"
)

type tokenizerCase struct {
	Description   string
	Input         string
	Output        []json.RawMessage
	InitialStates []string
	LastStartTag  string
	DoubleEscaped bool
}

// unescape resolves the escapes of a doubly escaped case, \u and four hexadecimal digits. Surrogates that stand alone are not UTF-8 and give false.
func unescape(s string) (string, bool) {
	for {
		i := strings.Index(s, `\u`)
		if i < 0 {
			return s, true
		}
		r, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || 0xD800 <= r && r < 0xE000 {
			return s, false
		}
		s = s[:i] + string(rune(r)) + s[i+6:]
	}
}

// tokens is a case's expectation or a scan, reduced to what the Scanner reports: tags as "<name key=value" and "</name",
// characters of RCDATA and of pages without tags as they are.
type tokens []string

func TestTokenizerCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(conformance.Dir(t), "html5lib", "tokenizer", "*.test"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	ran := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var suite struct{ Tests []tokenizerCase }
		if err := json.Unmarshal(b, &suite); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, c := range suite.Tests {
			states := c.InitialStates
			if len(states) == 0 {
				states = []string{"Data state"}
			}
			for _, state := range states {
				if runTokenizerCase(t, filepath.Base(f), c, state) {
					ran++
				}
			}
		}
	}
	if ran < 2500 {
		t.Errorf("%d cases ran, want all but a few of the 2,900", ran)
	}
}

func runTokenizerCase(t *testing.T, file string, c tokenizerCase, state string) bool {
	t.Helper()
	input, ok := c.Input, true
	if c.DoubleEscaped {
		if input, ok = unescape(input); !ok {
			return false
		}
	}
	if state == "Script data state" && c.LastStartTag != "" && c.LastStartTag != "script" {
		return false // the Scanner enters this state for scripts only
	}
	want, ok := expected(t, c, state)
	if !ok {
		return false
	}
	got := scanFrom(input, state, c.LastStartTag)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: %s (%s): %q:\n%s", file, c.Description, state, c.Input, d)
	}
	return true
}

// expected reduces a case's output. Characters are compared in RCDATA, where the Scanner reports them, and in the data
// state when they are the only output, where AppendText alone is tested.
func expected(t *testing.T, c tokenizerCase, state string) (tokens, bool) {
	t.Helper()
	var tags tokens
	var text strings.Builder
	onlyText := true
	for _, raw := range c.Output {
		var tok []any
		if err := json.Unmarshal(raw, &tok); err != nil {
			t.Fatalf("%s: %v", c.Description, err)
		}
		s := tokens{}
		switch tok[0] {
		case "Character":
			if onlyText || state == "Data state" {
				text.WriteString(tok[1].(string)) // what follows a raw text element is not reported
			}
			continue
		case "StartTag":
			keys := map[string]string{}
			for k, v := range tok[2].(map[string]any) {
				keys[k] = v.(string)
			}
			s = append(s, describe(tok[1].(string), keys))
		case "EndTag":
			s = append(s, "</"+tok[1].(string))
		}
		onlyText = false
		for i := range s {
			if c.DoubleEscaped {
				var ok bool
				if s[i], ok = unescape(s[i]); !ok {
					return nil, false
				}
			}
		}
		tags = append(tags, s...)
	}
	wantsText := state != "Data state" && state != "CDATA section state" || onlyText && state == "Data state" && decodesAlone(c.Input)
	if !wantsText || text.Len() == 0 {
		return tags, true
	}
	s := text.String()
	if c.DoubleEscaped {
		var ok bool
		if s, ok = unescape(s); !ok {
			return nil, false
		}
	}
	return append(tokens{s}, tags...), true
}

func describe(name string, keys map[string]string) string {
	b, _ := json.Marshal(keys) // sorted by key
	return "<" + name + " " + string(b)
}

// scanFrom scans the input from one of the suite's states.
func scanFrom(input, state, last string) tokens {
	prefix := ""
	raw := TagOther
	if last == "" {
		last = "xmp"
	}
	switch state {
	case "RCDATA state", "RAWTEXT state":
		prefix, raw = "<"+last+">", TagTitle
	case "Script data state":
		prefix, raw = "<script>", TagScript
	case "PLAINTEXT state":
		prefix, raw = "<plaintext>", TagPlaintext
	case "CDATA section state":
		prefix = "<svg><![CDATA["
	}
	var s Scanner
	s.Reset([]byte(prefix+input), false)
	if raw != TagOther {
		s.Next()
		s.raw = raw
	}
	var got tokens
	for {
		switch s.Next() {
		case EOF:
			if got == nil && state == "Data state" && decodesAlone(input) {
				if text := string(AppendText(nil, s.src)); text != "" {
					return tokens{text}
				}
			}
			return got
		case StartTag:
			if prefix != "" && len(got) == 0 && s.start < len(prefix) {
				continue
			}
			got = append(got, describe(decodedName(s.Name()), attrsOf(&s)))
		case EndTag:
			got = append(got, "</"+decodedName(s.Name()))
		case Text:
			text := s.Text()
			if state == "RCDATA state" {
				text = AppendText(nil, text)
			} else {
				text = []byte(normalize(string(text)))
			}
			if len(text) > 0 && state != "Data state" {
				got = append(got, string(text))
			}
		}
	}
}

// decodesAlone says whether a page without tags is nothing but characters, so that AppendText alone gives the expected
// output: no markup, and no NUL, which the data state lets through.
func decodesAlone(page string) bool {
	return !strings.ContainsAny(page, "<\x00")
}
