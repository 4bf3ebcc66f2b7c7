// Package fetch turns one HTTP request into one response or one classified
// error. It owns what happens on the wire: name lookup and its cache, the
// guard against private addresses, connections (HTTP/1.1 and HTTP/2, direct
// or through a proxy), TLS, content decoding, and the limits on time, size and
// memory. It follows no redirect, waits for no politeness, parses nothing and
// makes one attempt per call. (A request sent on a kept-alive connection that
// breaks before a byte of an answer has come is sent again on a new one; that
// is still one attempt, and Sends tells of it.)
//
//	c, err := fetch.New(fetch.Options{UserAgent: "crawl/1 (+https://example.org/bot)"})
//	...
//	defer c.Close()
//	resp, err := c.Do(ctx, &fetch.Request{URL: "https://example.org/"})
//	if err != nil {
//		return err // always a *fetch.Error
//	}
//	defer resp.Release()
//
// # Engines
//
// Plain http requests (GET and HEAD, no proxy, a host name in ASCII) go
// through an HTTP/1.1 of our own: the whole exchange runs in the goroutine
// that calls [Client.Do], and an idle connection has neither goroutine nor
// buffer. Before it is used again it is looked at without waiting; an end, or
// bytes that nobody asked for, close it. Headers that are not of the plain
// kind, and chunked bodies, are read by [http.ReadResponse], so what is
// accepted is what net/http accepts. All else, https with HTTP/2 above all,
// is net/http's Transport: TLS costs many times what its goroutines cost, and
// HTTP/2 needs a goroutine that reads for all streams anyway. On systems that
// are not Unix all requests go there. A caller sees no difference between the
// two.
//
// # Time
//
// [Client.Do] always ends: each phase has its timeout (lookup and connect, TLS
// handshake, response header, silence within the body), the body may have a
// minimum rate, and all of it together has [Options.Timeout]. The clock of the
// body stands still while the fetch itself waits for memory, except for the
// whole timeout. A stream begins the whole timeout anew as long as it comes
// fast enough. The end of the caller's context is the class [Canceled],
// never a timeout.
//
// # Memory
//
// Bodies are read into pooled buffers that the caller gives back with
// [Response.Release]. All buffers together stay below
// [Options.MaxInFlightBytes]: a fetch that needs more waits, and TCP makes its
// server wait. So that waiting fetches cannot block each other for ever, one
// of them at a time may go over the limit, up to its own size limit. It keeps
// that right until its body is released; Release must therefore not wait for
// another fetch. A compressed body is read whole before it is decoded, so that
// a decoder is held only for the time it computes, and a handful of them, with
// bounded windows, serve all fetches.
//
// With [Request.Stream] a body goes to a writer as it arrives, through a small
// buffer, whatever its size. A compressed one is decoded on the way, by a
// decoder of its own that is charged to the same budget.
//
// # Addresses
//
// Unless [Options.AllowPrivate] or [Request.MayBePrivate] says otherwise, only
// public unicast addresses are dialled. The check is made on the address that
// is dialled, after the lookup, so a name that changes its address between
// two lookups gains nothing. Requests with and without MayBePrivate use
// separate connections: a guarded request never rides on a connection
// that an unguarded one opened. An address given by [Options.Resolve] is the
// user's own word and is not checked. Through a proxy the names are looked up
// by the proxy, out of sight: there the guard refuses only literal addresses
// and localhost names in URLs.
//
// # Credentials
//
// Of the user's headers, those that carry credentials (see [IsCredential]) go
// only to origins for which [Options.CredentialOrigin] answers true. Userinfo
// in a URL is sent as Basic authentication to that URL's host and appears in
// no message.
package fetch
