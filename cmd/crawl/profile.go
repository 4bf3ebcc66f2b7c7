package main

import (
	"os"
	"runtime"
	"runtime/pprof"

	"github.com/spf13/pflag"
)

// profileFlags name files for pprof. They are for developers, and hidden.
type profileFlags struct{ cpu, mem string }

func (p *profileFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.cpu, "cpuprofile", "", "write a CPU profile to this file")
	f.StringVar(&p.mem, "memprofile", "", "write a heap profile to this file at the end")
	_ = f.MarkHidden("cpuprofile") // both exist
	_ = f.MarkHidden("memprofile")
}

// start begins the profiles; stop ends and writes them.
func (p *profileFlags) start() (stop func() error, err error) {
	var cpu *os.File
	if p.cpu != "" {
		if cpu, err = os.Create(p.cpu); err != nil {
			return nil, usageError("--cpuprofile: cannot write %s: %s", p.cpu, reason(err))
		}
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return nil, err
		}
	}
	return func() error {
		if cpu != nil {
			pprof.StopCPUProfile()
			if err := cpu.Close(); err != nil {
				return err
			}
		}
		if p.mem == "" {
			return nil
		}
		mem, err := os.Create(p.mem)
		if err != nil {
			return usageError("--memprofile: cannot write %s: %s", p.mem, reason(err))
		}
		defer mem.Close()
		runtime.GC()
		return pprof.WriteHeapProfile(mem)
	}, nil
}
