package site

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// headers are values that many responses share; they are never changed.
type headers struct {
	html, gzip, vary, modified []string
	epoch                      time.Time
}

func newHeaders() headers {
	epoch := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	return headers{
		html: []string{"text/html; charset=utf-8"}, gzip: []string{"gzip"}, vary: []string{"Accept-Encoding"},
		modified: []string{epoch.Format(http.TimeFormat)}, epoch: epoch,
	}
}

// meter counts one request and what is sent for it.
type meter struct {
	http.ResponseWriter
	site     *Site
	host     int
	status   int
	bytes    int64 // sent
	promised int64 // Content-Length, or -1
	ended    bool
}

// Unwrap lets http.ResponseController find the real writer.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// WriteHeader notes the status, and the length of the body to come.
func (m *meter) WriteHeader(status int) {
	m.status = status
	m.promised = -1
	if n, err := strconv.ParseInt(m.Header().Get("Content-Length"), 10, 64); err == nil {
		m.promised = n
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body. The request counts as answered before its last byte is sent: a client that has all of it
// may ask anew before this goroutine runs again, and must not be seen to ask for two things at once.
func (m *meter) Write(b []byte) (int, error) {
	if m.status == 0 {
		m.WriteHeader(http.StatusOK)
	}
	m.bytes += int64(len(b))
	if m.bytes == m.promised {
		m.end()
	}
	return m.ResponseWriter.Write(b)
}

func (m *meter) begin() {
	m.site.counts.active.enter()
	m.site.hosts[m.host].active.enter()
}

// end counts the request as answered, once.
func (m *meter) end() {
	if m.ended {
		return
	}
	m.ended = true
	m.site.counts.bytes.Add(m.bytes)
	m.site.counts.active.leave()
	m.site.hosts[m.host].active.leave()
}

// serve answers one request to a host.
func (s *Site) serve(host int, rw http.ResponseWriter, r *http.Request) {
	path := r.RequestURI
	if !strings.HasPrefix(path, "/") { // an absolute form, as a proxy is asked
		path = r.URL.RequestURI()
	}
	if s.about(rw, r, path) {
		return
	}
	w := &meter{ResponseWriter: rw, site: s, host: host}
	w.begin()
	defer w.end()
	if s.o.Log != nil {
		start := time.Now()
		defer func() { s.logRequest(r.Method, path, w, time.Since(start)) }()
	}
	res := s.find(host, path)
	attempt := s.count(host, path, res)
	if s.o.LatencyMax > 0 && s.wait(r.Context(), s.latency(path, attempt)) != nil {
		panic(http.ErrAbortHandler) // the client is gone, or the site is being closed
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		plainError(w, http.StatusMethodNotAllowed)
		return
	}
	s.answer(w, r, res, path, attempt)
}

// answer sends what a resource has.
func (s *Site) answer(m *meter, r *http.Request, res resource, path string, attempt int) {
	switch {
	case res.odd != nil:
		s.sendExtra(m, r, res.odd)
		return
	case res.kind == KindCalendar || res.kind == KindTrap:
		s.sendHTML(s.paced(m, r, false), r, endlessPage(path), hashString(path, 0))
		return
	case res.kind == "" && len(path) > maxTrapPath:
		plainError(m, http.StatusRequestURITooLong)
		return
	case res.kind == "":
		plainError(m, http.StatusNotFound)
		return
	}
	var body []byte
	if res.kind == KindImage {
		buf, ok := s.images.Get().(*[]byte)
		if !ok {
			buf = new([]byte)
		}
		defer s.images.Put(buf)
		*buf = s.image((*buf)[:0], res.index)
		body = *buf
	} else {
		body = s.page(res.index)
	}
	t := s.trouble(res.kind, res.index)
	if t != NoTrouble && !s.fails(attempt) {
		t = NoTrouble
	}
	if t != NoTrouble && t != Slow {
		s.misbehave(m, r, t, body)
		return
	}
	w := s.paced(m, r, t == Slow)
	if res.kind == KindImage {
		s.sendImage(w, r, res.index, body)
		return
	}
	s.sendHTML(w, r, body, uint64(res.index))
}

func (s *Site) page(i int) []byte {
	if s.rendered != nil {
		return s.rendered[i]
	}
	return s.renderPage(i, nil)
}

// sendHTML sends a page, or says that the client's copy is current. version tells pages apart in their entity tags.
func (s *Site) sendHTML(w http.ResponseWriter, r *http.Request, body []byte, version uint64) {
	etag := `"` + strconv.FormatUint(s.o.Seed, 36) + "-" + strconv.FormatUint(version, 36) + `"`
	h := w.Header()
	h["Last-Modified"] = s.headers.modified
	h["Etag"] = []string{etag}
	if s.o.Gzip {
		h["Vary"] = s.headers.vary
	}
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = s.headers.html
	if s.o.Gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		buf := s.compress(body)
		defer s.gzips.Put(buf)
		h["Content-Encoding"] = s.headers.gzip
		body = buf.Bytes()
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	switch _, paced := w.(*pacer); {
	case r.Method == http.MethodHead:
	case paced:
		_, _ = w.Write(body) // the client may be gone: that is its matter
	default:
		writeWhole(w, r, body)
	}
}

// gzipBuffer is a compressor with its output, for use again.
type gzipBuffer struct {
	bytes.Buffer
	gz *gzip.Writer
}

// compress compresses as servers do on the fly: quickly.
func (s *Site) compress(body []byte) *gzipBuffer {
	buf, ok := s.gzips.Get().(*gzipBuffer)
	if !ok {
		buf = &gzipBuffer{}
		buf.gz, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails for unknown levels only
	}
	buf.Reset()
	buf.gz.Reset(&buf.Buffer)
	_, _ = buf.gz.Write(body) // writing to memory does not fail
	_ = buf.gz.Close()
	return buf
}

// sendImage sends an image, or the ranges of it that are asked for.
func (s *Site) sendImage(w http.ResponseWriter, r *http.Request, j int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", s.format(j).mediaType())
	h.Set("Etag", `"`+strconv.FormatUint(s.o.Seed, 36)+"-i"+strconv.Itoa(j)+`"`)
	http.ServeContent(w, r, "", s.headers.epoch, bytes.NewReader(body))
}

// sendExtra sends what is neither a page nor an image of the site.
func (s *Site) sendExtra(w http.ResponseWriter, r *http.Request, x *extra) {
	h := w.Header()
	body := x.body
	if x.kind == KindBomb {
		body = s.bomb()
		h.Set("Content-Encoding", "gzip")
	}
	if x.kind == KindSitemap {
		body = s.sitemap(x.host)
	}
	if x.contentType != "" {
		h.Set("Content-Type", x.contentType)
	}
	if x.location != "" {
		h.Set("Location", x.location)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(x.status)
	if r.Method != http.MethodHead {
		_, _ = s.paced(w, r, false).Write(body) // the client may be gone: that is its matter
	}
}

// about answers questions about the site itself: they are not counted, delayed or troubled.
func (s *Site) about(w http.ResponseWriter, r *http.Request, path string) bool {
	var answer any
	switch path {
	case "/_site.json":
		answer = s.Expect()
	case "/_stats.json":
		answer = struct {
			Stats
			URLs map[string]int `json:"urls"`
		}{s.Stats(), s.Requests()}
	case "/_reset":
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", "POST")
			plainError(w, http.StatusMethodNotAllowed)
			return true
		}
		s.ResetCounts()
		w.WriteHeader(http.StatusNoContent)
		return true
	default:
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // fails when the client is gone
	return true
}
