package fetch

import (
	"context"
	"net"
	"sync"
	"time"
)

// interrupt ends what an attempt waits for, when a limit is broken or the
// caller's context ends. Reading and writing on a connection of ours end by
// its deadline, everything else by a context that is made when it is needed:
// an exchange on a connection that is there needs none.
type interrupt struct {
	parent context.Context

	mu      sync.Mutex
	fired   bool
	nc      net.Conn // what is read and written
	ctx     context.Context
	cancel  context.CancelFunc
	unhook  func() bool // ends the watch over parent
	trigger func()      // fire, bound once
}

// begin starts an attempt under its caller's context.
func (i *interrupt) begin(parent context.Context) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.parent, i.fired = parent, false
	if i.trigger == nil {
		i.trigger = i.fire
	}
}

// fire ends what is waited for, now and until the end of the attempt.
func (i *interrupt) fire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fired = true
	if i.nc != nil {
		_ = i.nc.SetDeadline(longAgo) // a connection that refuses is closed already
	}
	if i.cancel != nil {
		i.cancel()
	}
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// context returns a context that ends with the attempt.
func (i *interrupt) context() context.Context {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ctx == nil {
		i.ctx, i.cancel = context.WithCancel(i.parent)
		if i.fired {
			i.cancel()
		}
	}
	return i.ctx
}

// attach lets the interrupt reach a connection. It reports false when it is
// too late.
func (i *interrupt) attach(nc net.Conn) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fired || i.parent.Err() != nil {
		return false
	}
	i.nc = nc
	if i.unhook == nil && i.parent.Done() != nil {
		i.unhook = context.AfterFunc(i.parent, i.trigger)
	}
	return true
}

// detach leaves the connection to others. It reports whether it was never
// interrupted.
func (i *interrupt) detach() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.nc = nil
	return !i.fired
}

// end reports whether the interrupt can serve another attempt: nobody can
// fire it late.
func (i *interrupt) end() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	free := i.unhook == nil || i.unhook()
	if i.cancel != nil {
		i.cancel()
	}
	i.parent, i.nc, i.ctx, i.cancel, i.unhook = nil, nil, nil, nil, nil
	return free
}
