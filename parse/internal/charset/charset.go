// Package charset finds the character encoding of a page and decodes it.
//
// The order is that of the HTML Standard, section 13.2.3 "The input byte stream": byte order mark, Content-Type header,
// meta prescan, then detection from the bytes, then windows-1252. Names are those of the Encoding Standard in lower
// case; gbk and gb2312 are decoded as gb18030, as that standard says.
package charset

import (
	"bytes"
	"strings"

	"crawl/parse/internal/mime"
)

// Source says what a page's encoding was known from, the surest first.
type Source byte

// Sources of an encoding.
const (
	BOM      Source = iota + 1 // byte order mark
	Header                     // charset parameter of Content-Type
	Meta                       // meta element or XML declaration
	Detected                   // told from the bytes
	Default                    // nothing known: windows-1252, as browsers take it; also pages of pure ASCII
)

// String is a word for the source.
func (s Source) String() string {
	switch s {
	case BOM:
		return "bom"
	case Header:
		return "header"
	case Meta:
		return "meta"
	case Detected:
		return "detected"
	case Default:
		return "default"
	}
	return "unknown"
}

// Names that the code below treats in a way of their own.
const (
	utf8Name        = "utf-8"
	utf16LEName     = "utf-16le"
	utf16BEName     = "utf-16be"
	windows1252Name = "windows-1252"
	iso2022JPName   = "iso-2022-jp"
	replacementName = "replacement"
)

// Detect names the encoding of a page. It reads little of a page that declares its encoding; of one that does not, it
// reads everything once to see whether it is UTF-8 and a bounded part to tell other encodings. It always answers.
func Detect(body []byte, contentType string) (name string, source Source) {
	return DetectDeclared(body, headerCharset(contentType))
}

// DetectDeclared is Detect for a header that declares the encoding of that name; "" where it declares none.
func DetectDeclared(body []byte, declared string) (name string, source Source) {
	if name := bom(body); name != "" {
		return name, BOM
	}
	if declared != "" {
		return declared, Header
	}
	if name := prescan(body[:min(len(body), prescanBytes)]); name != "" {
		return name, Meta
	}
	return undeclared(body)
}

// Declared is what a header says about the encoding: the label, and the encoding's name or "" when the label is not
// known to the standard.
func Declared(contentType string) (label, name string) {
	t, ok := mime.Extract(contentType)
	if !ok {
		return "", ""
	}
	label, _ = t.Param("charset")
	return label, Lookup(label)
}

func headerCharset(contentType string) string {
	if contentType == "" {
		return ""
	}
	_, name := Declared(contentType)
	return name
}

// bom is the encoding that the first bytes name (Encoding Standard, "BOM sniff").
func bom(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		return utf8Name
	case bytes.HasPrefix(b, []byte("\xFE\xFF")):
		return utf16BEName
	case bytes.HasPrefix(b, []byte("\xFF\xFE")):
		return utf16LEName
	}
	return ""
}

// ASCIITransparent reports whether in the named encoding the bytes of markup (< > = " ' & / and white space) always mean
// themselves, so that a page may be cut into tags before it is decoded. It is false for names that are not known.
func ASCIITransparent(name string) bool {
	switch name {
	case utf16LEName, utf16BEName, iso2022JPName, replacementName:
		return false
	case utf8Name:
		return true
	}
	return encodingOf(name) != nil
}

// Lookup is the name of the encoding that a label stands for (Encoding Standard, section 4.2), or "".
func Lookup(label string) string {
	label = strings.Trim(label, asciiSpace)
	if len(label) > labelBytes {
		return ""
	}
	switch label {
	case "utf-8", "UTF-8":
		return utf8Name
	}
	return lookup(label)
}

// lookupBytes is Lookup without a string for what is mostly written.
func lookupBytes(label []byte) string {
	label = bytes.Trim(label, asciiSpace)
	if equalFold(label, utf8Name) {
		return utf8Name
	}
	if len(label) == 0 || len(label) > labelBytes {
		return ""
	}
	return lookup(string(label))
}

// asciiSpace is ASCII whitespace as the Infra Standard names it.
const asciiSpace = " \t\n\f\r"
