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
	parent  context.Context
	callers *callers
	trigger func() // fire, bound once

	mu     sync.Mutex
	fired  bool
	nc     net.Conn // what is read and written
	ctx    context.Context
	cancel context.CancelFunc

	caller *caller // of parent; nil: it is not watched
	place  int     // among its interrupts
}

// begin starts an attempt under its caller's context.
func (i *interrupt) begin(parent context.Context) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.parent, i.fired = parent, false
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
	if i.caller == nil {
		i.callers.join(i)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fired || i.parent.Err() != nil {
		return false
	}
	i.nc = nc
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

// end makes the interrupt fit for another attempt. It is not fired late.
func (i *interrupt) end() {
	if i.caller != nil {
		i.callers.leave(i)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cancel != nil {
		i.cancel()
	}
	i.parent, i.nc, i.ctx, i.cancel = nil, nil, nil, nil
}

// callers watches the contexts that attempts run under, each of them once:
// most often all run under the same.
type callers struct {
	mu sync.Mutex
	by map[<-chan struct{}]*caller
}

// caller is one context with the interrupts that it fires.
type caller struct {
	done       <-chan struct{}
	interrupts []*interrupt
	stop       func() bool
}

// join has i fired when its parent ends.
func (c *callers) join(i *interrupt) {
	done := i.parent.Done()
	if done == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.by[done]
	if one == nil {
		if c.by == nil {
			c.by = map[<-chan struct{}]*caller{}
		}
		one = &caller{done: done}
		c.by[done] = one
		one.stop = context.AfterFunc(i.parent, func() { c.fire(one) })
	}
	i.caller, i.place = one, len(one.interrupts)
	one.interrupts = append(one.interrupts, i)
}

// leave is the opposite of join. When it has returned i is not fired any more.
func (c *callers) leave(i *interrupt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, last := i.caller, len(i.caller.interrupts)-1
	moved := one.interrupts[last]
	one.interrupts[i.place], moved.place = moved, i.place
	one.interrupts[last] = nil
	one.interrupts = one.interrupts[:last]
	i.caller = nil
	if last == 0 {
		one.stop()
		delete(c.by, one.done)
	}
}

// fire ends all that runs under a context.
func (c *callers) fire(one *caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range one.interrupts {
		i.fire()
	}
}
