package compare

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"crawl/crawler"
	"crawl/crawler/compare/internal/recording"
	"crawl/fetch"
)

// What a listed URL redirects to and is listed itself has its own place, and is not said to have no answer.
func TestRecordListedTarget(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusFound)
		case "/b":
			http.Redirect(w, r, "/c", http.StatusFound)
		default:
			fmt.Fprint(w, "<title>page</title>")
		}
	}))
	defer s.Close()
	rec, err := Record(t.Context(), crawler.Options{List: crawler.URLs(s.URL+"/a", s.URL+"/d", s.URL+"/b"), Rate: -1, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for _, e := range rec.rec.Entries {
		got += fmt.Sprintf("%s %t,", e.URL[len(s.URL):], e.Hop)
	}
	if want := "/a false,/d false,/b false,/c true,"; got != want || len(rec.Left()) != 0 {
		t.Errorf("%s, want %s; left: %v", got, want, rec.Left())
	}
}

// A header that a client lets pass does not make a file that cannot be read.
func TestRecordBadHeader(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nBad Name: x\r\nX-Good: y\r\nContent-Length: 2\r\n\r\nok")
	}))
	defer s.Close()
	rec, err := Record(t.Context(), crawler.Options{List: crawler.URLs(s.URL + "/"), Rate: -1, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "recording")
	if err := rec.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	again, err := ReadRecording(path)
	if err != nil || again.rec.Entries[0].Header.Get("X-Good") != "y" || len(again.rec.Entries[0].Header["Bad Name"]) != 0 {
		t.Errorf("%v", err)
	}
}

// More answers than a recording may have are left out, and told.
func TestRecordTooMany(t *testing.T) {
	r := newRecorder()
	keep := func(e recording.Entry) { r.keep(&e) }
	for i := range recording.MaxEntries + 1 {
		href := fmt.Sprintf("http://example.org/%d", i)
		r.note(href)
		keep(recording.Entry{URL: href, Status: 200})
	}
	keep(recording.Entry{URL: r.list[0], Status: 302, Header: http.Header{"Location": {"/hop"}}})
	keep(recording.Entry{URL: "http://example.org/hop", Status: 200})
	rec := &Recording{rec: r.recording(nil)}
	left := rec.Left()
	if len(rec.rec.Entries) != recording.MaxEntries || !rec.rec.Entries[1].Hop || len(left) != 2 || left[0].Reason != tooMany {
		t.Fatalf("%d entries, left out: %+v", len(rec.rec.Entries), left)
	}
	var b bytes.Buffer
	if err := recording.Write(&b, rec.rec); err != nil {
		t.Fatal(err)
	}
	if _, err := recording.Read(&b); err != nil {
		t.Error(err)
	}
}

// Answers that ask for less are counted, those too that another one of the same URL follows.
func TestRecordAskedLess(t *testing.T) {
	r := newRecorder()
	r.note("http://example.org/")
	for _, status := range []int{429, 503, 500, 200} {
		r.observe(&fetch.Exchange{URL: "http://example.org/", Status: status})
	}
	if rec := r.recording(nil); rec.AskedLess != 2 || len(rec.Entries) != 1 || rec.Entries[0].Status != 200 {
		t.Errorf("%+v", rec)
	}
}

// What is asked for again counts once, and what does not fit is told.
func TestRecordSizes(t *testing.T) {
	r := newRecorder()
	e := recording.Entry{URL: "http://example.org/", Status: 200, Body: []byte("some")}
	r.keep(&e)
	once := r.meta
	r.keep(&e)
	if r.body != 4 || r.meta != once || once == 0 {
		t.Errorf("%d and %d bytes", r.body, r.meta)
	}
	r.meta = recording.MaxMeta
	r.keep(&recording.Entry{URL: "http://example.org/2", Status: 200})
	r.keep(&recording.Entry{URL: "http://example.org/3", Status: 20})
	if len(r.answers) != 1 || r.failed["http://example.org/2"] != tooLarge || r.failed["http://example.org/3"] == "" {
		t.Errorf("%v", r.failed)
	}
}
