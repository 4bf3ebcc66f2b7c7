package fetch

import (
	"io"
	"log"
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
	log.SetOutput(io.Discard) // net/http tells it of bytes that nobody asked for
	goleak.VerifyTestMain(m)
}
