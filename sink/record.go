package sink

import "time"

// Flags of a record.
type Flags uint8

const (
	// Listed marks a URL that the user named.
	Listed Flags = 1 << iota
	// Hop marks a URL that was fetched only as the target of a redirect: it has no row of its own.
	Hop
	// NoIndex and NoFollow are the page's own robots directives.
	NoIndex
	NoFollow
	// Saved marks a file that an image batch took: its body is one of the batch's results.
	Saved
	// Duplicate marks a Saved one whose bytes the store had already. It stays when the file is left out later.
	Duplicate
	// Undecodable marks a Saved one that could not be decoded when a hash or a thumbnail was to be made of it later.
	Undecodable
)

// Digest is the SHA-256 of a body, decompressed.
type Digest [32]byte

// BodyRef says where a body is. The zero value means that there is none.
type BodyRef struct {
	File uint32 // number in bodies-NNNNNN.db, from 1
	Seq  uint64 // rising key in that file, from 1
	Size int64  // bytes
}

// Timing are the phases of one request. A phase that did not happen is zero.
type Timing struct {
	Queue     time.Duration // from the moment the URL could be sent (leased and its host's time had come) to sending
	Polite    time.Duration // waited for politeness, told apart from Queue
	DNS       time.Duration
	Connect   time.Duration
	TLS       time.Duration
	FirstByte time.Duration // request written to first byte of the answer
	Body      time.Duration // first byte to last byte
	Parse     time.Duration
}

// Attempt is one try at a URL.
type Attempt struct {
	At      time.Time // UTC, sent at
	Status  int       // 0: no answer
	Class   string    // error class, "" for none
	Message string
	Remote  string // address dialled
	Timing  Timing
}

// Field is one extracted field.
type Field struct {
	Name   string
	Values []string
}

// Record is what is kept of one URL: exactly one for each URL that has a result.
type Record struct {
	ID    uint64 // the frontier's; records are ordered by it
	URL   string // as requested
	From  uint64 // ID of the page that named it; 0: listed
	Depth uint16
	Flags Flags

	Status      int    // of the answer; 0: none
	Location    string // redirect target (resolved, no fragment) when Status is a redirect that is followed; its own record tells the rest
	Proto       string // HTTP/1.1, HTTP/2.0
	Header      []byte // response header block as "Name: value\r\n" lines, capped
	ContentType string // as sent
	MediaType   string // essence after sniffing, as far as known
	Charset     string
	Title       string
	Description string
	Canonical   string
	Lang        string
	Links       Links
	Fields      []Field
	Text        string

	Defects      []string // what was odd about the page, and how it was taken
	FieldDefects []string // the same of Fields and Text: what was left out of them

	SHA256    Digest // zero when there is no body
	Body      BodyRef
	WireBytes int64 // bytes of body received, before decompression

	ErrClass   string // "" for none
	ErrMessage string
	File       string // path of the plain file that was written for it, "" for none
	Rule       string // which rule decided, when the URL was not fetched ("robots.txt line 3: Disallow: /x")
	Attempts   []Attempt
	FetchedAt  time.Time // UTC
	Timing     Timing    // of the last attempt

	ImageFacts
}

// ImageFacts are what an image batch knows of a file beyond what all records have. The zero value is that of a page.
type ImageFacts struct {
	Width, Height uint32 // pixels; 0: not known
	DHash         uint64 // perceptual hash, when HasDHash
	HasDHash      bool
	Thumb         Digest      // of the thumbnail, a body of its own; zero: none. The caller's, as Record.SHA256
	ThumbRef      BodyRef     // where the thumbnail is, filled in by Commit
	Number        uint64      // place in the list, from 1; 0: not listed
	Want          Digest      // SHA-256 that the list demands; zero: none
	Name          string      // proposed by the list
	Extra         [][2]string // the list's other columns, name and value, in their order
}

// odd reports whether there is anything odd about the page or its fields.
func (r *Record) odd() bool { return len(r.Defects)+len(r.FieldDefects) > 0 }

// empty reports whether nothing is known.
func (f *ImageFacts) empty() bool {
	return f.Width == 0 && f.Height == 0 && !f.HasDHash && f.Thumb == (Digest{}) && f.ThumbRef == (BodyRef{}) && f.Number == 0 &&
		f.Want == (Digest{}) && f.Name == "" && len(f.Extra) == 0
}
