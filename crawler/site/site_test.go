package site

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves a site until the test ends.
func start(t testing.TB, o Options) *Site {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// client asks without following redirects, decompressing or trying again.
func client(t testing.TB) *http.Client {
	tr := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{
		Transport:     tr,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func get(t testing.TB, c *http.Client, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return resp, body
}

func TestManifestIsTrue(t *testing.T) {
	s := start(t, Options{Seed: 7, Pages: 120, Images: 24, Hosts: 3, MaxSize: 30_000, Traps: true})
	c := client(t)
	for _, e := range s.Expect().Entries {
		resp, body := get(t, c, e.URL)
		if resp.StatusCode != e.Status || resp.Header.Get("Content-Type") != e.Type {
			t.Errorf("%s: %d %q, manifest has %d %q", e.URL, resp.StatusCode, resp.Header.Get("Content-Type"), e.Status, e.Type)
		}
		if e.Kind == KindBomb {
			continue
		}
		sum := sha256.Sum256(body)
		if int64(len(body)) != e.Bytes || hex.EncodeToString(sum[:]) != e.SHA256 {
			t.Errorf("%s: %d bytes, manifest has %d, or another digest", e.URL, len(body), e.Bytes)
		}
		if e.Location != "" {
			if to, err := resp.Location(); err != nil || to.String() != e.Location {
				t.Errorf("%s: leads to %v (%v), manifest has %s", e.URL, to, err, e.Location)
			}
		}
		if e.Kind == KindImage {
			checkImage(t, e, body)
		}
	}
}

func checkImage(t *testing.T, e Entry, body []byte) {
	t.Helper()
	m, format, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s: %v", e.URL, err)
		return
	}
	if "image/"+format != e.Type || m.Bounds().Dx() < 32 {
		t.Errorf("%s: format %s, type %s, %v", e.URL, format, e.Type, m.Bounds())
	}
}

func TestImagesHaveManySizes(t *testing.T) {
	s, err := New(Options{Images: 200})
	if err != nil {
		t.Fatal(err)
	}
	for f := formatJPEG; f <= formatGIF; f++ {
		small, large := len(s.draw(f, int(f))), len(s.draw(f, drawings-3+int(f)))
		if small < 3_000 || small > 7_000 || large < 120_000 || large > 250_000 {
			t.Errorf("%s images of %d to %d bytes", f.suffix(), small, large)
		}
	}
}

func TestImagesAreDistinctButAFew(t *testing.T) {
	s, err := New(Options{Images: 10 * duplicateEvery})
	if err != nil {
		t.Fatal(err)
	}
	for n := range s.drawings { // pictures of no size: what differs is not in them
		s.drawings[n].once.Do(func() { s.drawings[n].data = make([]byte, 64) })
	}
	seen := map[string]bool{}
	for j := range s.o.Images {
		seen[string(s.image(nil, j))] = true
	}
	if twice := s.o.Images - len(seen); twice < 1 || twice > 10 {
		t.Errorf("%d of %d images have the bytes of another", twice, s.o.Images)
	}
}

func TestSameSeedSameSite(t *testing.T) {
	make := func(seed uint64) []byte {
		s, err := New(Options{Seed: seed, Pages: 60, Images: 12, MaxSize: 9_000, Traps: true, Errors: ErrorShares{HTTP5xx: 0.2}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s.Expect())
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	one, again, other := make(1), make(1), make(2)
	if !bytes.Equal(one, again) {
		t.Error("the same seed gave two sites")
	}
	if bytes.Equal(one, other) {
		t.Error("two seeds gave the same site")
	}
}

// A site does not change from one version or machine to another unnoticed: demos and figures refer to it.
func TestKnownPage(t *testing.T) {
	s, err := New(Options{Seed: 1, Pages: 50, MinSize: 3000, MaxSize: 3000})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(s.renderPage(17, nil))
	const want = "a98429c3b1e35f10a5303aff255677b82f5c9da606ce32e98c7cb1a5126f3486"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("page 17 of seed 1 has digest %s, had %s", got, want)
	}
}

func TestPageSizes(t *testing.T) {
	s, err := New(Options{Pages: 200, MinSize: 10_000, MaxSize: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if n := len(s.renderPage(i, nil)); n != 10_000 {
			t.Errorf("page %d has %d bytes", i, n)
		}
	}
	s, err = New(Options{Pages: 400})
	if err != nil {
		t.Fatal(err)
	}
	small, large := 0, 0
	for i := range 400 {
		switch n := len(s.renderPage(i, nil)); {
		case n < 8_000:
			small++
		case n > 50_000:
			large++
		case n > 200_000:
			t.Errorf("page %d has %d bytes", i, n)
		}
	}
	if small < 60 || large < 60 {
		t.Errorf("of 400 pages %d are small and %d large: not spread by octaves", small, large)
	}
}

func TestManifestOverHTTP(t *testing.T) {
	s := start(t, Options{Pages: 20, Traps: true})
	_, body := get(t, client(t), s.Hosts()[1]+"/_site.json")
	var m Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	q := Crawl{Seeds: []string{m.Root}, Depth: 2}
	if got, want := m.Crawl(q), s.Expect().Crawl(q); !slices.Equal(got, want) || len(got) < 20 {
		t.Errorf("a manifest that was read gives %d URLs, its source %d", len(got), len(want))
	}
	if n := s.Stats().Requests; n != 0 {
		t.Errorf("asking about the site counted as %d requests", n)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	s, err := New(Options{Pages: 5, LatencyMin: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	tr := &http.Transport{}
	go func() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.URL(), nil)
		if err == nil {
			_, err = tr.RoundTrip(req)
		}
		ended <- err
	}()
	for s.Stats().MaxActive == 0 { // until the request is in its wait
		time.Sleep(time.Millisecond)
	}
	s.Close()
	if err := <-ended; err == nil {
		t.Error("the request was answered")
	}
	s.Close()
	if err := s.Start("127.0.0.1:0"); err == nil {
		t.Error("a closed site started again")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{Pages: -1},
		{Images: -1},
		{Pages: 2, Hosts: 3},
		{Hosts: maxHosts + 1, Pages: 100},
		{MinSize: 10, MaxSize: 5},
		{MaxSize: maxPageSize + 1},
		{Links: -1},
		{Bandwidth: -1},
		{Errors: ErrorShares{Slow: 1.5}},
		{Errors: ErrorShares{Slow: 0.6, Reset: 0.6}},
	} {
		if _, err := New(o); err == nil || !strings.HasPrefix(err.Error(), "site: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, addr := range []string{"", "127.0.0.1", "0.0.0.0:0", "192.0.2.1:80", "example.org:80", "127.0.0.1:http", "127.0.0.1:70000"} {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Start(addr); err == nil {
			t.Errorf("started on %q", addr)
			s.Close()
		}
	}
}

func TestHandlerWithoutStart(t *testing.T) {
	s, err := New(Options{Pages: 10})
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: inProcess{s.Handler()}}
	for _, e := range s.Expect().Entries {
		_, body := get(t, c, e.URL)
		if int64(len(body)) != e.Bytes {
			t.Errorf("%s: %d bytes, want %d", e.URL, len(body), e.Bytes)
		}
	}
}
