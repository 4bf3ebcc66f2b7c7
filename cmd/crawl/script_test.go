package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary stand in for the command in scripts and in the tests that start it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"crawl":      main,
		"bad-worker": badWorker,
		"crawl-with-a-bug": func() {
			os.Exit(Main(context.Background(), []string{"parse", "-"}, brokenReader{}, os.Stdout, os.Stderr))
		},
	})
}

// brokenReader panics where the command reads its input.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { panic("the reader has a bug") }

// TestScripts runs each testdata/script/*.txtar: one verb, group of flags or kind of trouble a file. The commands that they
// use beyond those of testscript are in scriptcmd_test.go.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Cmds:                scriptCommands(),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Values[worldKey{}] = newWorld(e)
			// A zone of its own keeps the local times in the output the same everywhere.
			e.Setenv("TZ", "UTC")
			// The race detector keeps each process for a second at its end, for races that are not looked for here.
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			e.Setenv("CRLF", "\r\n") // which a script's line cannot have
			return nil
		},
		Condition: func(cond string) (bool, error) {
			return cond == "superuser" && os.Geteuid() == 0, nil
		},
	})
}
