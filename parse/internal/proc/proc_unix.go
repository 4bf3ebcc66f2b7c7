//go:build unix && !linux

package proc

import (
	"os"
	"syscall"
)

// attributes put a process into its own group, so that Ctrl-C does not reach it and Kill reaches its children.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func kill(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
