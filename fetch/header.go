package fetch

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// header is the header of a request, for both engines: a map that is never
// written, and the same as it goes out.
type header struct {
	fields http.Header
	wire   []byte // the fields and the blank line; nil: not prepared
}

// headers are the finished headers of requests, by identity coding and by
// credentials.
type headers struct {
	prepared [2][2]header
	secrets  bool // the user's header has credentials
}

func newHeaders(o Options) headers {
	var h headers
	for identity := range 2 {
		for secret := range 2 {
			m := http.Header{
				"User-Agent":      {o.UserAgent},
				"Accept":          {"*/*"},
				"Accept-Encoding": {"gzip, br, zstd"},
			}
			for name, values := range o.Header {
				h.secrets = h.secrets || IsCredential(name)
				if secret == 1 || !IsCredential(name) {
					m[http.CanonicalHeaderKey(name)] = slices.Clone(values)
				}
			}
			if identity == 1 {
				m["Accept-Encoding"] = []string{"identity"}
			}
			h.prepared[identity][secret] = header{fields: m, wire: appendFields(nil, m)}
		}
	}
	return h
}

// compose returns the header of a request: a prepared one, unless the request
// adds something.
func (c *Client) compose(t *target, req *Request) *header {
	i, s := 0, 0
	if req.Identity {
		i = 1
	}
	if c.headers.secrets && c.opts.CredentialOrigin != nil && c.opts.CredentialOrigin(t.origin()) {
		s = 1
	}
	prepared := &c.headers.prepared[i][s]
	cookies := c.cookies(t)
	if len(req.Header) == 0 && len(cookies) == 0 && t.user == nil {
		return prepared
	}
	m := maps.Clone(prepared.fields)
	for name, values := range req.Header {
		m[http.CanonicalHeaderKey(name)] = values
	}
	if len(cookies) > 0 {
		parts := slices.Clone(m["Cookie"]) // joined to what the user set
		for _, k := range cookies {
			if !httpguts.ValidHeaderFieldName(k.Name) || !httpguts.ValidHeaderFieldValue(k.Value) {
				continue // a foreign jar's: it cannot be sent
			}
			parts = append(parts, k.Name+"="+k.Value)
		}
		if len(parts) > 0 {
			m["Cookie"] = []string{strings.Join(parts, "; ")}
		}
	}
	if t.user != nil && m["Authorization"] == nil {
		password, _ := t.user.Password()
		m["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(t.user.Username()+":"+password))}
	}
	return &header{fields: m}
}

// cookies are what the jar has for a request.
func (c *Client) cookies(t *target) []*http.Cookie {
	if c.opts.Jar == nil {
		return nil
	}
	if own, ok := c.opts.Jar.(*Jar); ok && own.empty() {
		return nil
	}
	return c.opts.Jar.Cookies(t.url(false))
}

// appendFields writes a header as net/http does, whose order servers know: the
// User-Agent first, then the names in their order, and the blank line. Names
// and values have been checked; an empty User-Agent is left out.
func appendFields(b []byte, h http.Header) []byte {
	line := func(name, value string) {
		b = append(append(b, name...), ": "...)
		b = append(append(b, textproto.TrimString(value)...), "\r\n"...)
	}
	if agent := h.Get("User-Agent"); agent != "" {
		line("User-Agent", agent)
	}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if name == "User-Agent" {
			continue
		}
		for _, value := range h[name] {
			line(name, value)
		}
	}
	return append(b, "\r\n"...)
}
