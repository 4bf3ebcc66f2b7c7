//go:build unix

package proc

import (
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// guardScript keeps the last list of groups that it was sent, and kills them when there will be no more: when whoever sends
// them has gone, however it went.
const guardScript = `while read -r list; do groups=$list; done; [ -z "$groups" ] || kill -9 $groups`

// guard is a small process that outlives this one by a moment, to end what workers have started: the death signal of a
// worker does not reach its children. It holds the end of a pipe that closes with this process. Where there is no shell,
// there is no guard; nothing else depends on it.
type guard struct {
	mu     sync.Mutex
	groups []byte // "-123 -456 "
	cmd    *exec.Cmd
	pipe   *os.File // nil when there is none now
	closed bool
}

// add has a group watched, until remove.
func (g *guard) add(group int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.groups = append(strconv.AppendInt(g.groups, int64(-group), 10), ' ')
	g.tell()
}

// remove is called while the number of the group cannot belong to another one yet.
func (g *guard) remove(group int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := make([]byte, 0, len(g.groups))
	for rest := g.groups; len(rest) > 0; {
		n := 1
		for rest[n-1] != ' ' {
			n++
		}
		if string(rest[:n-1]) != strconv.Itoa(-group) {
			kept = append(kept, rest[:n]...)
		}
		rest = rest[n:]
	}
	g.groups = kept
	g.tell()
}

// tell sends the list. A guard that has been killed, or does not read, is replaced with the next list.
func (g *guard) tell() {
	if g.closed || g.pipe == nil && !g.start() {
		return
	}
	_ = g.pipe.SetWriteDeadline(time.Now().Add(guardPatience))
	if _, err := g.pipe.Write(append(g.groups[:len(g.groups):len(g.groups)], '\n')); err != nil {
		g.end(true)
	}
}

func (g *guard) start() bool {
	r, w, err := os.Pipe()
	if err != nil {
		return false
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", guardScript)
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if cmd.Start() != nil {
		w.Close()
		return false
	}
	g.cmd, g.pipe = cmd, w
	return true
}

// end waits for the guard; it must not do its work where the groups are this process's own to end.
func (g *guard) end(kill bool) {
	if g.pipe == nil {
		return
	}
	if kill {
		_ = g.cmd.Process.Kill()
	}
	g.pipe.Close()
	_ = g.cmd.Wait()
	g.pipe = nil
}

// close is called when there are no groups any more.
func (g *guard) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.end(len(g.groups) > 0)
}
