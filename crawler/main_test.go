package crawler

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(crashChildEnv); job != "" {
		os.Exit(crashChild(job))
	}
	goleak.VerifyTestMain(m)
}
