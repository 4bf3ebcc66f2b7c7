package proc

import (
	"bytes"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes put a process into its own group, so that Ctrl-C does not reach it and Kill reaches its children, and let it
// die with the thread that starts it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func kill(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// reap waits for the end without giving the number away, so that what is left of the group can be ended: the number cannot
// belong to another group by then.
func (p *Process) reap() {
	for unix.Waitid(unix.P_PID, p.Pid(), nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	kill(p.cmd.Process)
	p.reaped = true
	p.closeStat()
	p.mu.Unlock()
	p.unguard()
	_ = p.cmd.Wait() // what matters is in ProcessState
}

// GrowPipe gives a pipe room for want bytes where the user may have it, and says how many bytes it takes unread.
func GrowPipe(f *os.File, want int) int {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0
	}
	size := 0
	_ = conn.Control(func(fd uintptr) {
		if size, err = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, want); err != nil {
			size, err = unix.FcntlInt(fd, unix.F_GETPIPE_SZ, 0)
		}
	})
	if err != nil {
		return 0
	}
	return size
}

func (p *Process) openStat() {
	p.stat, _ = os.Open("/proc/" + strconv.Itoa(p.Pid()) + "/statm")
}

func (p *Process) closeStat() {
	if p.stat != nil {
		p.stat.Close()
		p.stat = nil
	}
}

// readStat reads the second number of statm, in pages (proc_pid_statm(5)).
func (p *Process) readStat() (int64, bool) {
	if p.stat == nil {
		return 0, false
	}
	var buf [maxStat]byte
	n, err := p.stat.ReadAt(buf[:], 0)
	if n == 0 && err != nil {
		return 0, false
	}
	fields := bytes.Fields(buf[:n])
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err == nil
}
