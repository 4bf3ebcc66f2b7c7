package fetch

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// serveEnv makes the test binary the benchmarks' server.
const serveEnv = "FETCH_BENCH_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(serveEnv) != "" {
		benchServer()
		return
	}
	goleak.VerifyTestMain(m)
}
