package compare

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// myProcessors are those that this process may use.
func myProcessors() (list []int) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return nil
	}
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			list = append(list, i)
		}
	}
	return list
}

// start starts a process there. It inherits its place from the thread that starts it, which is put back.
func (p *place) start(cmd *exec.Cmd) error {
	if p == nil || len(p.processors) == 0 && !p.urgent {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if len(p.processors) > 0 {
		var old, own unix.CPUSet
		for _, i := range p.processors {
			own.Set(i)
		}
		if unix.SchedGetaffinity(0, &old) == nil && unix.SchedSetaffinity(0, &own) == nil {
			defer func() { _ = unix.SchedSetaffinity(0, &old) }() // what was allowed before is allowed again
		}
	}
	if p.urgent {
		old, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
		if nice := 20 - old; err == nil && unix.Setpriority(unix.PRIO_PROCESS, 0, urgentNice) == nil {
			defer func() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, nice) }()
		}
	}
	return cmd.Start()
}
