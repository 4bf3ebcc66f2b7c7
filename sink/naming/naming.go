// Package naming makes the names of downloaded files: from a template, the list, the server and the file itself, so that
// each is one that a person would choose and that no system can be hurt by. It is pure: nothing is looked at on disk.
//
// A name is a path of one or more components with slashes. Each component has 1 to 120 bytes of UTF-8 in NFC, made of
// letters, marks and digits of all scripts and of . _ - + = , @; none begins with . or - or ends with a dot, none is a
// device of Windows. Whether a name is taken is the caller's to know: by FoldKey, and by Parents for a file that would
// have to be a folder; Numbered gives the next one to try.
package naming

import (
	"strconv"
	"strings"
)

// Default is the template when none is given: the list's name for a file where it has one, else {base}.
const Default = "{name}"

// Facts are what a name can be made of. Each may be empty.
type Facts struct {
	N           int64  // place in the list, from 1
	URL         string // that was asked for
	Name        string // what the list calls it
	Disposition string // Content-Disposition, as the server sent it
	SHA256      string // of the file, in hexadecimal
	MediaType   string // what the file really is, "image/png"; "" leaves the extension as it is
}

// Name gives the file's path, with slashes. The extension follows the real type: photo.php that is a PNG becomes
// photo.png, photo.jpeg that is a JPEG stays; a type that is not known keeps the extension that its name has.
// Same facts, same name.
func (t Template) Name(f Facts) string {
	v := t.values(&f)
	var parts []string
	for i, c := range t.parts {
		last := i == len(t.parts)-1
		text := v.expand(c, last)
		for {
			head, rest, more := strings.Cut(text, "/")
			if last && !more {
				break
			}
			if s := filter(head); s != "" {
				parts = append(parts, component(head, ""))
			}
			if text = rest; !more {
				break
			}
		}
		if last {
			parts = append(parts, component(text, dotted(v.ext)))
		}
	}
	if n := len(parts); n > maxParts {
		parts = append(parts[:maxParts-1], parts[n-1])
	}
	return strings.Join(parts, "/")
}

// values are what the placeholders of a template stand for.
type values struct {
	*Facts
	base, name, ext string // base and name without their extension
}

func (t Template) values(f *Facts) *values {
	v := &values{Facts: f}
	known := extensions(f.MediaType)
	own, name := ownName(f), f.Name
	if strings.TrimSpace(name) == "" {
		name = own
	}
	var ownExt, nameExt string
	v.base, ownExt = split(own, len(known) > 0)
	v.name, nameExt = split(toUTF8(name), len(known) > 0)
	if t.uses("name") {
		v.ext = choose(known, t.ext, nameExt, ownExt)
	} else {
		v.ext = choose(known, t.ext, ownExt)
	}
	return v
}

// expand writes out one component of a template; only {path} brings in slashes. last: it is the file's own.
func (v *values) expand(c []piece, last bool) string {
	var b strings.Builder
	for _, p := range c {
		switch p.key {
		case "":
			b.WriteString(p.text)
		case "n":
			b.WriteString(pad(v.N, p.size))
		case "host":
			host, _, _ := splitURL(v.URL)
			b.WriteString(flat(host))
		case "path":
			b.WriteString(folders(v.URL))
			if last {
				b.WriteString("/" + flat(v.base))
			}
		case "base":
			b.WriteString(flat(v.base))
		case "tail":
			b.WriteString(flat(v.base[tailAt(v.base, p.text):]))
		case "sha256":
			b.WriteString(flat(v.SHA256[:min(len(v.SHA256), p.size)]))
		case "ext":
			b.WriteString(v.ext)
		case "name":
			b.WriteString(flat(v.name))
		}
	}
	return b.String()
}

// tailAt finds what follows the last separator: all of a name that has none, or that ends in it.
func tailAt(base, sep string) int {
	i := strings.LastIndex(base, sep)
	if i < 0 || i+len(sep) == len(base) {
		return 0
	}
	return i + len(sep)
}

func pad(n int64, width int) string {
	s := strconv.FormatInt(n, 10)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

func dotted(ext string) string {
	if ext == "" {
		return ""
	}
	return "." + ext
}

// Numbered gives the k-th name for another file of that name: photo-2.jpg for 2, within the bound of a component. Below 2
// it is the name itself.
func Numbered(name string, k int) string {
	if k < 2 {
		return name
	}
	i := strings.LastIndexByte(name, '/') + 1
	stem, ext := split(name[i:], false)
	suffix := "-" + strconv.Itoa(k) + dotted(ext)
	return name[:i] + cut(stem, maxName-len(suffix)) + suffix
}

// Parents gives the folders that a name needs, the outermost first: "a" and "a/b" for "a/b/c.jpg". None of them may be
// the name of a file, and no name of a file one of theirs.
func Parents(name string) []string {
	var list []string
	for i := range len(name) {
		if name[i] == '/' {
			list = append(list, name[:i])
		}
	}
	return list
}
