package replay

import "time"

const (
	// wakeEarly is taken off each wait: Go's timers wake up to a millisecond late where the processor is idle (its poller
	// counts in milliseconds), so this brings the median to where it belongs.
	wakeEarly = 400 * time.Microsecond
	// handshakeCost is the processor time of both sides of a TLS handshake on loopback, which is part of what was recorded.
	handshakeCost = time.Millisecond
	// maxAddresses is the number of literal addresses that the certificate for clients without a server name has.
	maxAddresses = 100
	// certificateLife is how long a certificate is good: no comparison takes longer.
	certificateLife = 7 * 24 * time.Hour
	// maxDelay bounds what a dial is delayed by; above it every timeout of the client has struck.
	maxDelay = time.Minute
	// linkPiece is written at once over a shared link, in bytes: some packets.
	linkPiece = 8 << 10
	// shutdownTime is what the last answers have when the server ends.
	shutdownTime = 200 * time.Millisecond
)
