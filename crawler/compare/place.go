package compare

import "runtime"

// place is where a process runs: on which processors, and how urgently.
type place struct {
	processors []int // none: all
	urgent     bool  // before others, where the system lets us
}

// places parts the processors between the replay server and the trials, so that the one is not measured with the other.
// With fewer than four they share all of them: a trial on a single processor would be another trial. count is how many the
// trials have.
func places() (server, trial *place, count int) {
	all := myProcessors()
	server, trial = &place{urgent: true}, &place{}
	if len(all) < minToPart || runtime.GOMAXPROCS(0) < len(all) {
		return server, trial, runtime.GOMAXPROCS(0)
	}
	n := len(all) / 4
	server.processors, trial.processors = all[len(all)-n:], all[:len(all)-n]
	return server, trial, len(trial.processors)
}
