package compare

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/stat: USER_HZ, which is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// runQueueWait is how long the threads of this process were ready to run and did not, all together.
func runQueueWait() (sum time.Duration) {
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0
	}
	for _, e := range list {
		b, err := os.ReadFile("/proc/self/task/" + e.Name() + "/schedstat")
		if err != nil {
			continue // it has ended
		}
		if f := strings.Fields(string(b)); len(f) > 1 {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			sum += time.Duration(n)
		}
	}
	return sum
}

// threadsOf counts the threads of a process; 0 when it is gone.
func threadsOf(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(b, []byte(") ")) // behind the name
	f := strings.Fields(string(rest))
	if len(f) < 18 {
		return 0
	}
	n, _ := strconv.Atoi(f[17])
	return n
}

// peakMemory is the most memory that this process had at one time. What getrusage says includes the parent's at the fork: it
// outlives the exec.
func peakMemory() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return readUsage().maxRSS
	}
	_, rest, _ := bytes.Cut(b, []byte("\nVmHWM:"))
	f := bytes.Fields(rest)
	if len(f) == 0 {
		return readUsage().maxRSS
	}
	kB, _ := strconv.ParseInt(string(f[0]), 10, 64)
	return kB << 10
}

// readSystem tells what all processors of the machine have done so far.
func readSystem() (s system, ok bool) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return s, false
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return parseSystem(line)
}

// parseSystem reads the first line of /proc/stat: cpu user nice system idle iowait irq softirq steal ...
func parseSystem(line string) (s system, ok bool) {
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return s, false
	}
	var n [8]time.Duration
	for i := range n {
		v, err := strconv.ParseInt(f[i+1], 10, 64)
		if err != nil {
			return s, false
		}
		n[i] = time.Duration(v) * tick
	}
	return system{busy: n[0] + n[1] + n[2] + n[5] + n[6], stolen: n[7]}, true
}
