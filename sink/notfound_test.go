package sink

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// What is not there is told by its own name: only a store that is missing is a store that is missing.
func TestNotFound(t *testing.T) {
	away := filepath.Join(t.TempDir(), "away")
	s, err := Create(filepath.Join(t.TempDir(), "store"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, created := Create(filepath.Join(away, "store"), Options{})
	_, files := OpenFiles(filepath.Join(away, "files"), "tag")
	_, body := s.ReadBody(BodyRef{})
	_, exported := Export(t.Context(), Source{Store: s}, filepath.Join(away, "files"), DIR)
	for err, want := range map[error]string{
		created: away, files: away, exported: away, body: "no body",
		WriteFile(filepath.Join(away, "file"), func(io.Writer) error { return nil }): away,
	} {
		if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ErrNotFound.Error()) {
			t.Errorf("got %v, want ErrNotFound with %s", err, want)
		}
	}
	if _, err := Open(away, Options{}); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), ErrNotFound.Error()) {
		t.Errorf("a store that is missing: %v", err)
	}
}
