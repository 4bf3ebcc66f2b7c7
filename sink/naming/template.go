package naming

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// placeholders is how an error lists what a template may have.
const placeholders = "{n}, {n:06}, {host}, {path}, {base}, {tail:_}, {sha256:16}, {ext}, {name}"

// Template is a parsed template of names. Its zero value names every file "_"; make one with Parse.
type Template struct {
	text  string
	parts [][]piece // between slashes
	ext   string    // that it ends in, as wished for by name or literally; without a dot
}

// piece is a placeholder, or text between them.
type piece struct {
	key  string // "" for text
	text string // the text, or the separator of {tail:X}
	size int    // digits of {n:06}, letters of {sha256:16}
}

// String gives the template as it was written.
func (t Template) String() string { return t.text }

// Parse reads a template; "" is Default. A slash makes a folder. The placeholders:
//
//	{n}, {n:06}    place in the list, with leading zeros to that many digits
//	{host}         of the URL, with its port
//	{path}         the folders of the URL's path; at the end of a template also the file's own name
//	{base}         what the server calls the file (Content-Disposition, else the URL's last part), without extension
//	{tail:_}       what follows the last _ of {base}; all of it where there is none
//	{sha256:16}    the first 16 letters of the digest, {sha256} all 64
//	{ext}          the extension of the file's real type, without a dot
//	{name}         what the list calls the file, else {base}
//
// The extension is added at the end, once: {base} and {base}.{ext} are the same. Errors name the placeholder and list those
// that there are.
func Parse(template string) (Template, error) {
	t := Template{text: template}
	if template == "" {
		t.text = Default
	}
	if len(t.text) > maxTemplate {
		return t, fmt.Errorf("the template of names has %d bytes; use at most %d", len(t.text), maxTemplate)
	}
	parts, err := parse(t.text)
	if err != nil {
		return t, err
	}
	for _, c := range parts {
		if len(c) == 1 && c[0].key == "" && (c[0].text == "." || c[0].text == "..") {
			return t, fmt.Errorf("the template %q names the folder %s: use names of folders inside the directory", t.text, c[0].text)
		}
	}
	if len(parts) > maxParts {
		return t, fmt.Errorf("the template %q makes %d folders; use at most %d", t.text, len(parts)-1, maxParts-1)
	}
	if len(parts[len(parts)-1]) == 0 {
		return t, fmt.Errorf("the template %q ends with a folder; add the file's name, such as {base}", t.text)
	}
	if len(parts[0]) == 0 {
		return t, fmt.Errorf("the template %q begins with a slash; names are relative to the directory", t.text)
	}
	t.parts = parts
	t.takeExt()
	return t, nil
}

// parse cuts a template at its slashes and braces.
func parse(s string) ([][]piece, error) {
	parts := [][]piece{nil}
	add := func(p piece) { parts[len(parts)-1] = append(parts[len(parts)-1], p) }
	for whole := s; s != ""; {
		i := strings.IndexAny(s, "{}/")
		if i < 0 {
			add(piece{text: s})
			break
		}
		if i > 0 {
			add(piece{text: s[:i]})
		}
		switch s[i] {
		case '/':
			parts = append(parts, nil)
			s = s[i+1:]
		case '}':
			return nil, fmt.Errorf("the template %q has a } without its {; there are %s", whole, placeholders)
		default:
			inner, rest, ok := strings.Cut(s[i+1:], "}")
			if !ok {
				return nil, fmt.Errorf("the template %q has a { without its }; there are %s", whole, placeholders)
			}
			p, err := placeholder(inner)
			if err != nil {
				return nil, err
			}
			add(p)
			s = rest
		}
	}
	return parts, nil
}

func placeholder(inner string) (piece, error) {
	key, arg, given := strings.Cut(inner, ":")
	p := piece{key: key}
	switch key {
	case "n":
		n, err := strconv.Atoi(arg)
		if given && (err != nil || n < 1 || n > maxWidth) {
			return p, fmt.Errorf("{%s}: the width is a number from 1 to %d, as in {n:06}", inner, maxWidth)
		}
		p.size = n
	case "sha256":
		n, err := strconv.Atoi(arg)
		if given && (err != nil || n < 1 || n > 64) {
			return p, fmt.Errorf("{%s}: the length is a number from 1 to 64, as in {sha256:16}", inner)
		}
		if p.size = n; !given {
			p.size = 64
		}
	case "tail":
		if p.text = arg; arg == "" {
			p.text = "_"
		}
	case "host", "path", "base", "ext", "name":
		if given {
			return p, fmt.Errorf("{%s}: {%s} takes nothing after a colon", inner, key)
		}
	default:
		return p, fmt.Errorf("{%s} is not a placeholder; there are %s", inner, placeholders)
	}
	return p, nil
}

// takeExt takes the extension off the end of the template, where it is .{ext} or literal: it is added to every name, and
// may turn out to be another.
func (t *Template) takeExt() {
	c := t.parts[len(t.parts)-1]
	n := len(c)
	if n > 1 && c[n-1].key == "ext" && c[n-2].key == "" && strings.HasSuffix(c[n-2].text, ".") {
		t.parts[len(t.parts)-1] = trimText(c[:n-1], 1)
		return
	}
	if c[n-1].key != "" {
		return
	}
	if _, ext := split(c[n-1].text, true); ext != "" && (n > 1 || len(ext)+1 < len(c[0].text)) {
		t.ext = ext
		t.parts[len(t.parts)-1] = trimText(c, len(ext)+1)
	}
}

// trimText takes n bytes off the end of the last piece.
func trimText(c []piece, n int) []piece {
	last := c[len(c)-1]
	if last.text = last.text[:len(last.text)-n]; last.text == "" {
		return c[:len(c)-1]
	}
	return append(c[:len(c)-1:len(c)-1], last)
}

// uses reports whether the file's own name has that placeholder.
func (t Template) uses(key string) bool {
	return slices.ContainsFunc(t.parts, func(c []piece) bool {
		return slices.ContainsFunc(c, func(p piece) bool { return p.key == key })
	})
}
