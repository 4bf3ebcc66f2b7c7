package parse

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// countFiles is how many descriptors this process has.
func countFiles(t testing.TB) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// countChildren is how many processes this one has started and not waited for.
func countChildren(t testing.TB) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, task := range tasks {
		children, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		if err == nil {
			n += len(strings.Fields(string(children)))
		}
	}
	return n
}

// childrenOf lists the processes that a process has started.
func childrenOf(pid int) (all []int) {
	tasks, _ := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	for _, task := range tasks {
		children, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + task.Name() + "/children")
		for _, c := range strings.Fields(string(children)) {
			n, _ := strconv.Atoi(c)
			all = append(all, n)
		}
	}
	return all
}

// descendantsOf lists the processes that a process has started, and those that they have.
func descendantsOf(pid int) (all []int) {
	for _, child := range childrenOf(pid) {
		all = append(append(all, child), descendantsOf(child)...)
	}
	return all
}

// isAlive reports whether a process runs: one that has ended and waits for its parent does not.
func isAlive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}
