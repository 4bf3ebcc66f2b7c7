package urlnorm

// MaxURL is the longest href in bytes. RFC 9110 section 4.1 asks for at least 8000 octets; servers commonly refuse more
// than 8 KiB in a request line, and every stored link costs its length.
const MaxURL = 8 << 10

// shownURL is how many bytes of a refused URL an error message quotes: enough to recognise it.
const shownURL = 200

// maxOddHost is the longest host in bytes that IDNA or an address parser looks at. A DNS name is at most 253 octets and
// spells at most four bytes of UTF-8 in each, so nothing longer exists; the encoding costs the square of the length.
const maxOddHost = 1 << 10
