// Package urlnorm turns a link into two URLs that are never mixed up: the one that is requested, and the key it is
// deduped by. It is pure: no I/O, no clock, no shared state.
//
// # What is requested
//
// [Parse] and [Base.Resolve] give the URL that a browser would request, serialized as the WHATWG URL Standard says
// (https://url.spec.whatwg.org/), without fragment and without userinfo. Only http and https come out. Such a URL is
// called an href here: it is ASCII, has a host, and has a path that starts with a slash.
//
// Scheme, path and query are handled here at byte level. A host that is plain ASCII is too; hosts with other characters
// (IDNA), numeric hosts (0x7f.1) and IPv6 go to a URL library, behind checks for what that library lets pass.
//
// # What it is deduped by: key k1
//
// [AppendKey] gives the key. Two URLs with the same key are the same page to the crawl. The rules are conservative: they
// join only spellings that RFC 3986 calls equivalent or that no known server tells apart.
//
//   - host: scheme and host[:port] stay as serialized: lower case, no default port. http and https differ.
//   - hex: the digits of a percent-encoded octet become upper case (RFC 3986 section 6.2.2.1).
//   - unreserved: a percent-encoded letter, digit, "-", ".", "_" or "~" is decoded (section 6.2.2.2), except within two
//     characters after a bare "%", where it would form a new escape.
//   - empty-query: a "?" with nothing behind it is dropped.
//
// Nothing else: parameters are not sorted or removed, a slash at the end and doubled slashes stay. A key is itself a
// valid href whose key is itself. A change of these rules changes [KeyVersion].
package urlnorm
