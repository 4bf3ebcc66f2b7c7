package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// On a terminal notices have colours, but not with NO_COLOR; one that calls itself dumb gets plain lines and no bar.
func TestTerminal(t *testing.T) {
	for _, c := range []struct {
		noColour, term string
		colour, bar    bool
	}{
		{"", "xterm", true, true},
		{"1", "xterm", false, true},
		{"", "dumb", false, false},
	} {
		t.Run(c.noColour+c.term, func(t *testing.T) {
			t.Setenv("NO_COLOR", c.noColour)
			t.Setenv("TERM", c.term)
			screen, tty := openTerminal(t)
			if bar := (&app{err: tty}).newWatcher(&reportFlags{}).bar; (bar != nil) != c.bar {
				t.Errorf("a bar: %v, want %v", bar != nil, c.bar)
			}
			(&app{err: tty}).newWatcher(&reportFlags{noProgress: true}).Notice("notice")
			text := make([]byte, 200)
			n, err := screen.Read(text)
			if err != nil {
				t.Fatal(err)
			}
			if colour := strings.Contains(string(text[:n]), "\x1b["); colour != c.colour {
				t.Errorf("%q, want colours: %v", text[:n], c.colour)
			}
		})
	}
}

// openTerminal makes a pseudoterminal: what is written to tty can be read from screen.
func openTerminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudoterminals here: %v", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	return screen, tty
}
