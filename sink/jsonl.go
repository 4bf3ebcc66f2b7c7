package sink

import (
	"bufio"
	"encoding/json"
	"slices"
	"strings"
)

// jsonRow is a line of a JSONL export: its keys and their order are the contract.
type jsonRow struct {
	URL         string              `json:"url"`
	FinalURL    string              `json:"final_url"`
	Redirects   []string            `json:"redirects"`
	Status      int                 `json:"status"`
	Depth       uint16              `json:"depth"`
	From        string              `json:"from"`
	ContentType string              `json:"content_type"`
	Charset     string              `json:"charset"`
	Bytes       int64               `json:"bytes"`
	SHA256      string              `json:"sha256"`
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Canonical   string              `json:"canonical"`
	Lang        string              `json:"lang"`
	Links       []string            `json:"links"`
	Images      []string            `json:"images"`
	Fields      map[string][]string `json:"fields"`
	Text        string              `json:"text"`
	File        string              `json:"file"`
	Error       *jsonError          `json:"error"`
	Attempts    int                 `json:"attempts"`
	FetchedAt   string              `json:"fetched_at"`
	TimingMS    jsonTiming          `json:"timing_ms"`
	Defects     []string            `json:"defects,omitempty"`
}

// jsonError is null when there is none.
type jsonError struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

type jsonTiming struct {
	Queue     float64 `json:"queue"`
	DNS       float64 `json:"dns"`
	Connect   float64 `json:"connect"`
	TLS       float64 `json:"tls"`
	FirstByte float64 `json:"first_byte"`
	Body      float64 `json:"body"`
	Parse     float64 `json:"parse"`
}

// MarshalJSON gives the row as an export has it. Lists are never null.
func (r *Row) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	if err := newEncoder(&b).Encode(r.json()); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

func (r *Row) json() *jsonRow {
	l := r.Last
	j := &jsonRow{
		URL: r.URL, FinalURL: r.FinalURL, Redirects: orEmpty(r.Redirects), Status: l.Status, Depth: r.Record.Depth, From: r.From,
		ContentType: r.contentType(), Charset: l.Charset, Bytes: l.Body.Size, SHA256: r.digest(),
		Title: l.Title, Description: l.Description, Canonical: l.Canonical, Lang: l.Lang,
		Links: []string{}, Images: []string{}, Fields: make(map[string][]string, len(l.Fields)), Text: l.Text,
		File: r.File, Attempts: len(l.Attempts), FetchedAt: r.fetchedAt(), TimingMS: timingOf(&l.Timing),
		Defects: slices.Concat(l.Defects, l.FieldDefects),
	}
	for link := range l.Links.All() {
		if link.Kind == imageKind {
			j.Images = append(j.Images, string(link.URL))
		} else {
			j.Links = append(j.Links, string(link.URL))
		}
	}
	for _, f := range l.Fields {
		j.Fields[f.Name] = append(orEmpty(j.Fields[f.Name]), f.Values...)
	}
	if r.ErrClass != "" {
		j.Error = &jsonError{r.ErrClass, r.ErrMessage}
	}
	return j
}

func timingOf(t *Timing) jsonTiming {
	return jsonTiming{
		Queue: millis(t.Queue), DNS: millis(t.DNS), Connect: millis(t.Connect), TLS: millis(t.TLS),
		FirstByte: millis(t.FirstByte), Body: millis(t.Body), Parse: millis(t.Parse),
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// newEncoder leaves <, > and & as they are: URLs are full of them. Control characters and invalid UTF-8 are escaped and
// replaced by encoding/json.
func newEncoder(w interface{ Write([]byte) (int, error) }) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// jsonlWriter writes JSONL.
type jsonlWriter struct {
	w *bufio.Writer
	e *json.Encoder
}

func newJSONL(w *bufio.Writer) rowWriter { return &jsonlWriter{w, newEncoder(w)} }

func (j *jsonlWriter) row(r *Row) error { return j.e.Encode(r.json()) }

func (j *jsonlWriter) end() error { return j.w.Flush() }
