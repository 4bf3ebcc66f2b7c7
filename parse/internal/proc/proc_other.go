//go:build !linux

package proc

import "os"

// openStat, closeStat and readStat: the memory of a process is told on Linux only.
func (p *Process) openStat()               {}
func (p *Process) closeStat()              {}
func (p *Process) readStat() (int64, bool) { return 0, false }

// confine has nothing to offer here: processes end with their standard input.
func confine(*Options) (dir string, kept []string) { return "", nil }

// GrowPipe says how many bytes a pipe surely takes unread: none that is known.
func GrowPipe(*os.File, int) int { return 0 }

// reap waits for the end, and ends what is left of the group: while it has members, its number belongs to no other.
func (p *Process) reap() {
	_ = p.cmd.Wait() // what matters is in ProcessState
	p.mu.Lock()
	kill(p.cmd.Process)
	p.reaped = true
	p.mu.Unlock()
	p.unguard()
}

// CloseInherited does nothing: it cannot be told which descriptors are inherited.
func CloseInherited() string { return "" }

// HugeHeap does nothing: there is no such hint.
func HugeHeap(int) {}
