//go:build !unix

package fetch

// ownHTTP1 tells that connections can be looked at without waiting. Here they
// cannot, and net/http serves all requests.
const ownHTTP1 = false

// advance is not called here.
func (x *exchange) advance(uintptr) bool { return true }
