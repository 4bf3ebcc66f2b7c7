package sink

import (
	"bufio"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"

	"crawl/sink/internal/cell"
)

// csvColumns names the columns of a CSV export: what a JSONL row has that is one value. Those of Source.Fields follow.
var csvColumns = [...]string{
	"url", "final_url", "status", "depth", "from", "content_type", "charset", "bytes", "sha256", "title", "description", "canonical",
	"lang", "text", "file", "error_class", "error_message", "attempts", "fetched_at", "queue_ms", "dns_ms", "connect_ms", "tls_ms",
	"first_byte_ms", "body_ms", "parse_ms",
}

const (
	fieldPrefix    = "fields." // before the name of a field that another column has already
	valueSeparator = " | "     // between the values of a field
)

// csvWriter writes CSV (RFC 4180 but for LF line ends) in UTF-8 without a BOM, with a header line.
type csvWriter struct {
	w      *csv.Writer
	flush  func() error
	header bool
	fields []string
	cells  []string // of the row at hand
}

func newCSV(w *bufio.Writer, fields []string) rowWriter {
	return &csvWriter{w: csv.NewWriter(w), flush: w.Flush, fields: fields}
}

// begin writes the header line, once.
func (c *csvWriter) begin() error {
	if c.header {
		return nil
	}
	c.header = true
	header := csvColumns[:]
	for _, name := range c.fields {
		if slices.Contains(csvColumns[:], name) {
			name = fieldPrefix + name // readers take columns by name
		}
		header = append(header[:len(header):len(header)], cell.Safe(name))
	}
	return c.w.Write(header)
}

func (c *csvWriter) row(r *Row) error {
	if err := c.begin(); err != nil {
		return err
	}
	l, t := r.Last, &r.Last.Timing
	c.cells = append(c.cells[:0],
		r.URL, r.FinalURL, strconv.Itoa(l.Status), strconv.Itoa(int(r.Record.Depth)), r.From, r.contentType(), l.Charset,
		strconv.FormatInt(l.Body.Size, 10), r.digest(), l.Title, l.Description, l.Canonical, l.Lang, l.Text, r.File, r.ErrClass, r.ErrMessage,
		strconv.Itoa(len(l.Attempts)), r.fetchedAt(), csvMillis(t.Queue), csvMillis(t.DNS), csvMillis(t.Connect), csvMillis(t.TLS),
		csvMillis(t.FirstByte), csvMillis(t.Body), csvMillis(t.Parse),
	)
	for _, name := range c.fields {
		c.cells = append(c.cells, fieldValues(l.Fields, name))
	}
	for i := range c.cells {
		c.cells[i] = cell.Safe(c.cells[i])
	}
	return c.w.Write(c.cells)
}

// fieldValues joins the values of a field to one cell.
func fieldValues(list []Field, name string) string {
	for _, f := range list {
		if f.Name == name {
			return strings.Join(f.Values, valueSeparator)
		}
	}
	return ""
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
