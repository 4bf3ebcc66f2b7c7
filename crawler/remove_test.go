package crawler

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"crawl/sink"
)

// TestRemoveStore: a store goes with its parts; what is not a store's stays, and all else with it.
func TestRemoveStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, err := sink.Create(dir, sink.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sp := s.NewSpool(7, sink.PartHead{})
	if _, err := sp.Write(make([]byte, 2<<20)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sp.Keep(), s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, stranger := range []string{"photo.jpg", "parts/photo.jpg"} {
		path := filepath.Join(dir, filepath.FromSlash(stranger))
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := RemoveStore(dir); !errors.Is(err, ErrStore) {
			t.Errorf("with %s: %v", stranger, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveStore(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
