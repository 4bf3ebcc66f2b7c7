package compare

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"crawl/crawler/compare/internal/recording"
	"crawl/crawler/urlnorm"
	"crawl/sink"
	"crawl/sink/words"
)

// Errors of ReadRecording that are about the file.
var (
	ErrNotARecording    = recording.ErrFormat
	ErrRecordingVersion = recording.ErrVersion
	ErrRecordingDamaged = recording.ErrDamaged
)

// Missing is a URL without a recorded answer, and why.
type Missing = recording.Missing

// Recording holds the answers to a list, each with the time that its phases took: what trials are run over. It does not
// change.
type Recording struct {
	rec  *recording.Recording
	file string
	// others is the share of the processors that other programs took while it was made; 0 for one that was read.
	others float64
	// until is when hosts may be asked again that asked for a pause while it was made; zero for one that was read.
	until time.Time

	once  sync.Once
	known map[string]bool // for Knows
}

// ReadRecording reads a file that WriteFile wrote. Errors are ErrNotARecording, ErrRecordingVersion, ErrRecordingDamaged,
// and those of the file system.
func ReadRecording(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rec, err := recording.Read(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return nil, err
	}
	return &Recording{rec: rec, file: path}, nil
}

// WriteFile writes the recording; the file is complete or absent. Cookies are not in it, but what pages say is.
func (r *Recording) WriteFile(path string) error {
	err := sink.WriteFile(path, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		return errors.Join(recording.Write(out, r.rec), out.Flush())
	})
	if err == nil {
		r.file = path
	}
	return err
}

// Left are the listed URLs that have no answer: the first thousand of them at most.
func (r *Recording) Left() []Missing { return r.rec.Left }

// MoreLeft is the number of URLs without an answer beside those of Left.
func (r *Recording) MoreLeft() int { return r.rec.More }

// Knows tells whether a URL as it stands in a list was recorded, or was tried in vain. What is no URL counts as known, and so
// does every URL where not all that have no answer are named.
func (r *Recording) Knows(url string) bool {
	href, err := urlnorm.Parse(url)
	if err != nil {
		return true
	}
	r.once.Do(func() {
		r.known = map[string]bool{}
		for i := range r.rec.Entries {
			r.known[dedupe(r.rec.Entries[i].URL)] = true
		}
		for _, m := range r.rec.Left {
			r.known[dedupe(m.URL)] = true
		}
	})
	return r.known[dedupe(href)] || r.rec.More > 0
}

func dedupe(href string) string { return string(urlnorm.AppendKey(nil, []byte(href))) }

// URLs is the number of listed URLs that have an answer.
func (r *Recording) URLs() (n int) {
	for i := range r.rec.Entries {
		if !r.rec.Entries[i].Hop {
			n++
		}
	}
	return n
}

// Made is when it was recorded.
func (r *Recording) Made() time.Time { return r.rec.Made }

// OneByOne is the sum of the recorded times: about what fetching one URL after another takes.
func (r *Recording) OneByOne() (sum time.Duration) {
	for i := range r.rec.Entries {
		sum += r.rec.Entries[i].Service()
	}
	return sum
}

// parts are the URLs of the list, each with those its redirects lead to.
func (r *Recording) parts() (out [][]string) {
	for i := range r.rec.Entries {
		e := &r.rec.Entries[i]
		if e.Hop {
			out[len(out)-1] = append(out[len(out)-1], e.URL)
			continue
		}
		out = append(out, []string{e.URL})
	}
	return out
}

// warmUp is the beginning of the list that takes warmUpTime one by one, one part at least.
func (r *Recording) warmUp(parts [][]string) [][]string {
	var sum time.Duration
	n := 0
	for i := range r.rec.Entries {
		e := &r.rec.Entries[i]
		if sum += e.Service(); sum > warmUpTime && n > 0 {
			break
		}
		if !e.Hop {
			n++
		}
	}
	return parts[:n]
}

// facts are what the recording tells of the list.
func (r *Recording) facts() Facts {
	f := Facts{URLs: len(r.rec.Entries), Bytes: r.rec.Bytes()}
	at := map[string]int{}
	var listed Chain // the last listed URL, as far as it has been followed
	for i := range r.rec.Entries {
		e := &r.rec.Entries[i]
		name := authority(e.URL)
		n, known := at[name]
		if !known {
			n = len(f.Hosts)
			at[name] = n
			f.Hosts = append(f.Hosts, HostFacts{Host: name})
		}
		f.Hosts[n].URLs++
		f.Hosts[n].Service += e.Service()
		f.Service = append(f.Service, e.Service())
		if !e.Hop {
			listed = Chain{}
		}
		listed.Requests++
		listed.Service += e.Service()
		if listed.Requests > 1 {
			f.Chains = append(f.Chains, listed)
		}
	}
	return f
}

// authority is the host and port of a recorded URL: what politeness goes by.
func authority(href string) string {
	start, end := urlnorm.SplitHost([]byte(href))
	return href[start:end]
}

// origins are those of the listed URLs, sorted.
func (r *Recording) origins() (list []string) {
	for i := range r.rec.Entries {
		if e := &r.rec.Entries[i]; !e.Hop {
			list = append(list, urlnorm.Origin(e.URL))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// statuses are those of the answers, in their order.
func (r *Recording) statuses() []int {
	list := make([]int, len(r.rec.Entries))
	for i := range r.rec.Entries {
		list[i] = r.rec.Entries[i].Status
	}
	return list
}

// failing are the recorded statuses that say that the site is asked too much or has failed, by URL.
func (r *Recording) failing() map[string]int {
	out := map[string]int{}
	for i := range r.rec.Entries {
		if e := &r.rec.Entries[i]; refuses(e.Status) {
			out[e.URL] = e.Status
		}
	}
	return out
}

// sizes are those of the answers, in bytes and in their order.
func (r *Recording) sizes() []int64 {
	list := make([]int64, len(r.rec.Entries))
	for i := range r.rec.Entries {
		list[i] = int64(len(r.rec.Entries[i].Body))
	}
	return list
}

// delays are the Crawl-delays of the hosts.
func (r *Recording) delays() map[string]time.Duration {
	out := map[string]time.Duration{}
	for origin, d := range r.rec.Delays {
		host := authority(origin + "/")
		out[host] = max(out[host], d)
	}
	return out
}

// describe says what is wrong with a list that nothing was recorded of.
func describe(r *recording.Recording) string {
	left := r.Left
	if len(left) == 0 {
		return "the list is empty"
	}
	return fmt.Sprintf("none of %s answered; the first, %s: %s", words.Plural(len(left)+r.More, "URL"), left[0].URL, left[0].Reason)
}
