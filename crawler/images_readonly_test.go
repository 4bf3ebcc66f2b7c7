//go:build unix

package crawler

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"crawl/sink"
	"crawl/testdata/nobody"
)

// A directory that can no longer be written to stops the run with a name; the store has everything.
func TestImagesDirReadOnly(t *testing.T) { nobody.Run(t, imagesDirReadOnly) }

func imagesDirReadOnly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		dir := filepath.Join(t.TempDir(), "d")
		w.on("http://a.test/1.png", file(pngOf(1, 9, 9, 0)))
		w.crawl(inDir(t, dir, ""), "http://a.test/1.png").finished()
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		w.on("http://a.test/2.png", file(pngOf(2, 9, 9, 0)))
		out := w.crawl(inDir(t, dir, ""), "http://a.test/1.png", "http://a.test/2.png")
		if !errors.Is(out.err, ErrFiles) || !errors.Is(out.err, sink.ErrReadOnly) {
			t.Errorf("error %v", out.err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		w.crawl(inDir(t, dir, ""), "http://a.test/1.png", "http://a.test/2.png").finished()
		judgeDir(t, w.dir, dir)
	})
}
