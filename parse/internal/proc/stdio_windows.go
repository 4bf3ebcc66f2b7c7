package proc

import "os"

// TakeStdio gives the process's standard input and output for a protocol, and leads what Go code prints to standard
// output from now on to standard error.
func TakeStdio() (in, out *os.File, err error) {
	in, out = os.Stdin, os.Stdout
	os.Stdout = os.Stderr
	return in, out, nil
}
