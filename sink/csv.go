package sink

import (
	"bufio"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
)

// csvHeader names the columns of a CSV export: what a JSONL row has that is one value.
var csvColumns = [...]string{
	"url", "final_url", "status", "depth", "from", "content_type", "charset", "bytes", "sha256", "title", "description", "canonical",
	"lang", "text", "file", "error_class", "error_message", "attempts", "fetched_at", "queue_ms", "dns_ms", "connect_ms", "tls_ms",
	"first_byte_ms", "body_ms", "parse_ms",
}

// csvWriter writes CSV (RFC 4180 but for LF line ends) in UTF-8 without a BOM, with a header line.
type csvWriter struct {
	w      *csv.Writer
	flush  func() error
	header bool
}

func newCSV(w *bufio.Writer) rowWriter { return &csvWriter{w: csv.NewWriter(w), flush: w.Flush} }

// begin writes the header line, once.
func (c *csvWriter) begin() error {
	if c.header {
		return nil
	}
	c.header = true
	return c.w.Write(csvColumns[:])
}

func (c *csvWriter) row(r *Row) error {
	if err := c.begin(); err != nil {
		return err
	}
	l, t := r.Last, &r.Last.Timing
	cells := [...]string{
		r.URL, r.FinalURL, strconv.Itoa(l.Status), strconv.Itoa(int(r.Record.Depth)), r.From, r.contentType(), l.Charset,
		strconv.FormatInt(l.Body.Size, 10), r.digest(), l.Title, l.Description, l.Canonical, l.Lang, l.Text, r.File, r.ErrClass, r.ErrMessage,
		strconv.Itoa(len(l.Attempts)), r.fetchedAt(), csvMillis(t.Queue), csvMillis(t.DNS), csvMillis(t.Connect), csvMillis(t.TLS),
		csvMillis(t.FirstByte), csvMillis(t.Body), csvMillis(t.Parse),
	}
	for i := range cells {
		cells[i] = csvCell(cells[i])
	}
	return c.w.Write(cells[:])
}

func (c *csvWriter) end() error {
	if err := c.begin(); err != nil {
		return err
	}
	c.w.Flush()
	if err := c.w.Error(); err != nil {
		return err
	}
	return c.flush()
}

func csvMillis(d time.Duration) string { return strconv.FormatFloat(millis(d), 'f', -1, 64) }

// csvCell keeps a cell from being taken for a formula by a spreadsheet (a quote before = + - @ TAB CR), and leaves out
// NUL and what is not UTF-8, at which readers stop.
func csvCell(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.Contains(s, "\x00") {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
