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

// shell is the program that is the guard; POSIX has it everywhere.
const shell = "/bin/sh"

// guardScript keeps the last list of groups that it was sent, and kills them when there will be no more: when whoever sends
// them has gone, however it went.
const guardScript = `while read -r list; do groups=$list; done; [ -z "$groups" ] || kill -9 $groups`

// holdScript becomes the program that it is given, once it reads a line; when its parent goes before that, it ends.
const holdScript = `read -r line <&3 || exit 1; exec "$@" 3<&-`

// guard is a small process that outlives this one by a moment, to end what workers have started: the death signal of a
// worker does not reach its children. It holds the end of a pipe that closes with this process.
type guard struct {
	mu     sync.Mutex
	groups []byte // "-123 -456 "
	cmd    *exec.Cmd
	pipe   *os.File // nil when there is none now
	closed bool
}

// newGuard gives a guard; nil where there is no shell to be one.
func newGuard() *guard {
	if _, err := os.Stat(shell); err != nil {
		return nil
	}
	return &guard{}
}

// start starts a command and has its group watched. The command does nothing before that, so there is no moment at which it
// could have started others that nobody would end.
func (g *guard) start(cmd *exec.Cmd) error {
	held, release, err := os.Pipe()
	if err != nil {
		return err
	}
	defer held.Close()
	defer release.Close()
	cmd.Args = append([]string{"sh", "-c", holdScript, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = shell
	cmd.ExtraFiles = []*os.File{held}
	if err := cmd.Start(); err != nil {
		return err
	}
	g.add(cmd.Process.Pid)
	_, _ = release.Write([]byte{'\n'}) // it has room; a process that was killed meanwhile is seen by who waits for it
	return nil
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
	if g.closed || g.pipe == nil && !g.begin() {
		return
	}
	_ = g.pipe.SetWriteDeadline(time.Now().Add(guardPatience))
	if _, err := g.pipe.Write(append(g.groups[:len(g.groups):len(g.groups)], '\n')); err != nil {
		g.end(true)
	}
}

func (g *guard) begin() bool {
	r, w, err := os.Pipe()
	if err != nil {
		return false
	}
	defer r.Close()
	cmd := exec.Command(shell, "-c", guardScript)
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
