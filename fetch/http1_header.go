package fetch

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
)

// plainHeader is what parsePlain has read.
type plainHeader struct {
	size   int // bytes of the header
	status int
	header http.Header
	length int64 // of the body
	close  bool
}

// parsePlain reads a header of the kind that most servers send: HTTP/1.1, all
// of it in b, lines that end in CRLF, a final status whose answer has a body
// of one announced length. What it makes of such a header is what
// http.ReadResponse makes of it (a fuzz target compares them). Of everything
// else it says false, and http.ReadResponse, which knows what to refuse,
// begins anew.
func parsePlain(b []byte) (p plainHeader, ok bool) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return p, false
	}
	if hasTransfer(b[:end]) {
		return p, false
	}
	p.size = end + 4
	text := string(b[:end+2])
	at := strings.IndexByte(text, '\n') + 1
	if p.status, ok = plainStatus(text[:at]); !ok {
		return p, false
	}
	n := strings.Count(text[at:], "\n")
	p.header, p.length = make(http.Header, n), -1
	values := make([]string, n) // one array for all
	for at < len(text) {
		name, value, next, ok := plainField(text, at)
		if !ok || !p.take(name, value) {
			return p, false
		}
		at = next
		if name == "Connection" && p.close {
			continue // http.ReadResponse takes it out too
		}
		if old := p.header[name]; old != nil {
			p.header[name] = append(old, value)
			continue
		}
		values[0] = value
		p.header[name], values = values[:1:1], values[1:]
	}
	if pragma := p.header["Pragma"]; pragma != nil && pragma[0] == "no-cache" && p.header["Cache-Control"] == nil {
		p.header["Cache-Control"] = []string{"no-cache"} // RFC 9111 section 5.4, as net/http
	}
	return p, p.length >= 0
}

// hasTransfer finds most headers with a Transfer-Encoding, whichever way its
// first letter is written, before anything of them is kept. plainHeader.take
// finds the rest.
func hasTransfer(header []byte) bool {
	i := bytes.Index(header, []byte("ransfer-"))
	return i > 1 && header[i-2] == '\n'
}

// plainStatus reads a status line with its end (RFC 9112 section 4).
func plainStatus(line string) (status int, ok bool) {
	code, ok := strings.CutPrefix(line, "HTTP/1.1 ")
	if !ok || len(code) < 5 || code[3] != ' ' && code[3] != '\r' || code[len(code)-2] != '\r' {
		return 0, false
	}
	if code[3] == '\r' && len(code) != 5 {
		return 0, false
	}
	for i := range 3 {
		d := code[i] - '0'
		if d > 9 {
			return 0, false
		}
		status = 10*status + int(d)
	}
	return status, status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// Kinds of bytes in a header (RFC 9110 sections 5.5 and 5.6.2).
const (
	inName = 1 << iota
	inValue
	upper
	lower
)

var headerBytes = func() (t [256]byte) {
	for c := range 256 {
		if c > ' ' && c < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(c)) {
			t[c] |= inName
		}
		if c >= ' ' && c != 0x7f || c == '\t' {
			t[c] |= inValue
		}
		if 'A' <= c && c <= 'Z' {
			t[c] |= upper
		}
		if 'a' <= c && c <= 'z' {
			t[c] |= lower
		}
	}
	return t
}()

// plainField reads the field that begins at text[at:], in its usual spelling,
// and tells where the next one begins. text ends in CRLF.
func plainField(text string, at int) (name, value string, next int, ok bool) {
	i, odd, wrong := at, byte(0), byte(lower)
	for headerBytes[text[i]]&inName != 0 {
		odd |= headerBytes[text[i]] & wrong
		wrong = upper
		if text[i] == '-' {
			wrong = lower
		}
		i++
	}
	if i == at || text[i] != ':' {
		return "", "", 0, false
	}
	if name = text[at:i]; odd != 0 {
		name = textproto.CanonicalMIMEHeaderKey(name)
	}
	for i++; text[i] == ' ' || text[i] == '\t'; i++ {
	}
	from := i
	for headerBytes[text[i]]&inValue != 0 {
		i++
	}
	if text[i] != '\r' || text[i+1] != '\n' {
		return "", "", 0, false
	}
	to := i
	for to > from && (text[to-1] == ' ' || text[to-1] == '\t') {
		to--
	}
	return name, text[from:to], i + 2, true
}

// take looks at the fields that say where the body ends and what becomes of
// the connection. It reports false for what is not plain.
func (p *plainHeader) take(name, value string) bool {
	switch name {
	case "Content-Length":
		if p.length >= 0 || len(value) == 0 || len(value) > maxLengthDigits {
			return false
		}
		p.length = 0
		for i := range len(value) {
			d := value[i] - '0'
			if d > 9 {
				return false
			}
			p.length = 10*p.length + int64(d)
		}
	case "Connection":
		if p.header[name] != nil || p.close {
			return false
		}
		p.close = strings.EqualFold(value, "close")
		return p.close || strings.EqualFold(value, "keep-alive")
	case "Transfer-Encoding", "Trailer":
		return false
	}
	return true
}

// headRequest tells http.ReadResponse that no body follows.
var headRequest = &http.Request{Method: http.MethodHead}

// readStd reads the header with net/http, which also reads the body. Answers
// before the final one (1xx) are skipped; all headers together are bounded.
func (x *exchange) readStd() error {
	x.reader, _ = x.e.readers.Get().(*bufio.Reader)
	if x.reader == nil {
		x.reader = bufio.NewReaderSize(nil, readBuffer)
	}
	x.reader.Reset((*rest)(x))
	var req *http.Request // nil: GET
	if x.head {
		req = headRequest
	}
	hr, err := http.ReadResponse(x.reader, req)
	for err == nil && hr.StatusCode/100 == 1 && hr.StatusCode != http.StatusSwitchingProtocols {
		hr, err = http.ReadResponse(x.reader, req)
	}
	if err != nil {
		return err
	}
	x.left = noLimit
	x.std, x.keep = hr.Body, !hr.Close && hr.StatusCode >= 200
	x.a.reply = reply{status: hr.StatusCode, proto: hr.Proto, header: hr.Header, length: hr.ContentLength, close: hr.Close}
	x.begin(hr.Body != http.NoBody)
	return nil
}

// rest is what of an exchange's answer has not been read: the inbox, then the
// connection.
type rest exchange

func (x *rest) Read(p []byte) (n int, err error) {
	if x.r < x.w {
		n = copy(p, x.in.b[x.r:x.w])
		x.r += n
		return n, nil
	}
	if x.left <= 0 {
		return 0, fmt.Errorf("response headers of more than %d bytes", maxHeaderBytes)
	}
	(*exchange)(x).leaveInbox()
	n, err = x.c.Read(p[:min(int64(len(p)), x.left)])
	x.left -= int64(n)
	return n, err
}
