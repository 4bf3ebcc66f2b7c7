package sink

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Where files never seem to be in their place, making one ends, and leaves nothing of the others.
func TestMakeAsideEnds(t *testing.T) {
	dir := t.TempDir()
	made := 0
	f, err := makeAside(filepath.Join(dir, "out.csv"), func(tmp string) (*os.File, error) {
		made++
		f, err := os.Create(tmp)
		if err != nil || !renameOpen {
			return f, err
		}
		return f, errors.Join(os.Remove(tmp), os.WriteFile(tmp, nil, 0o666)) // another number
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || renameOpen && made != asideTries {
		t.Errorf("made %d times; left %v, %v", made, entries, err)
	}
}

// What is swept before its maker could lock it is made once more.
func TestMakeAsideAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	made := 0
	f, err := makeAside(path, func(tmp string) (*os.File, error) {
		f, err := os.Create(tmp)
		if made++; made == 1 && err == nil && renameOpen {
			removeLeft(tmp)
		}
		return f, err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !inPlace(f) || renameOpen && made != 2 {
		t.Errorf("made %d times, in place: %v", made, inPlace(f))
	}
}
