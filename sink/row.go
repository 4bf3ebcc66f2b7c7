package sink

import (
	"fmt"
	"time"
)

// Lookup finds the record of a URL as it stands in Record.Location, by the crawl's dedupe key.
type Lookup func(url string) (*Record, bool, error)

// Row is a record as it is shown and exported. For a URL that redirects, what follows FinalURL and Redirects is of the
// page at the end of the chain.
type Row struct {
	Record     *Record // of the URL itself
	Last       *Record // of the page at the end of its redirects; Record when there are none
	URL        string
	FinalURL   string   // where the chain ended, or stands: its target may not have been fetched yet
	Redirects  []string // the target of each hop in order; the last is FinalURL
	From       string   // URL of the page that named it; "" for a listed one. Left to the caller by Resolve
	File       string   // path of the plain file with the body; "" for none
	ErrClass   string
	ErrMessage string
}

// HasRow reports whether a record is a result of its own: one that was fetched only as a redirect's target is not.
func HasRow(r *Record) bool { return r.Flags&Hop == 0 || r.Flags&Listed != 0 }

// Resolve follows the redirects of a record, at most 10. A chain that comes back to itself or is longer ends in the
// error class redirect_loop. A target without a record ends the chain with what is known. Errors are lookup's.
func Resolve(r *Record, lookup Lookup) (Row, error) {
	row := Row{Record: r, Last: r, URL: r.URL, FinalURL: r.URL}
	seen := []uint64{r.ID}
	for row.Last.Location != "" {
		target := row.Last.Location
		row.FinalURL = target
		row.Redirects = append(row.Redirects, target)
		next, ok, err := lookup(target)
		if err != nil {
			return row, fmt.Errorf("the target %s of %s cannot be looked up: %w", target, row.Last.URL, err)
		}
		if !ok {
			break
		}
		for _, id := range seen {
			if id == next.ID {
				row.loop(fmt.Sprintf("%s redirects back to %s", row.Last.URL, target))
				return row, nil
			}
		}
		if len(row.Redirects) > maxRedirects {
			row.loop(fmt.Sprintf("more than %d redirects, the last to %s", maxRedirects, target))
			return row, nil
		}
		seen = append(seen, next.ID)
		row.Last = next
	}
	row.File, row.ErrClass, row.ErrMessage = row.Last.File, row.Last.ErrClass, row.Last.ErrMessage
	return row, nil
}

// Waits reports a redirect whose target has no result yet: the row is none either. It has no meaning where redirects are not followed.
func (r *Row) Waits() bool { return r.ErrClass == "" && r.Last.Location != "" }

func (r *Row) loop(message string) {
	r.File, r.ErrClass, r.ErrMessage = r.Last.File, "redirect_loop", message
}

// contentType gives the type as sent, or else as found.
func (r *Row) contentType() string {
	if r.Last.ContentType != "" {
		return r.Last.ContentType
	}
	return r.Last.MediaType
}

// digest gives the SHA-256 in hexadecimal, "" when there is no body.
func (r *Row) digest() string {
	if r.Last.SHA256 == (Digest{}) {
		return ""
	}
	return fmt.Sprintf("%x", r.Last.SHA256[:])
}

// fetchedAt gives the time in RFC 3339 and UTC, "" for none.
func (r *Row) fetchedAt() string {
	if r.Last.FetchedAt.IsZero() {
		return ""
	}
	return r.Last.FetchedAt.UTC().Format(time.RFC3339Nano)
}

// millis gives milliseconds, exact to the microsecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
