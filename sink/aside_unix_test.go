//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sink

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What a kill has left beside a path goes when the path is written again. What a living process writes stays, and so does
// what only looks alike.
func TestSweepAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out[1].jsonl")
	const random = "ABCDEFGHIJKLMNOPQRSTUVWX23"
	keep := []string{
		".out[1].jsonl", ".out[1].jsonl.part-", ".out[1].jsonl.part-mine", ".out[1].jsonl.part-" + random + "A",
		".out1.jsonl.part-" + random, "out[1].jsonl.part-" + random,
	}
	for _, name := range keep {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file, folder := temporary(path), temporary(path)
	err := errors.Join(os.WriteFile(file, []byte("half"), 0o666), os.MkdirAll(filepath.Join(folder, "a.test"), 0o777),
		os.WriteFile(filepath.Join(folder, "a.test", "half"), nil, 0o666))
	if err != nil {
		t.Fatal(err)
	}
	var alive []string
	for _, make := range []func(string) (*os.File, error){makeDir, os.Create} {
		f, err := makeAside(filepath.Join(dir, "other"), make)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		own := temporary(path)
		if err := os.Rename(f.Name(), own); err != nil { // locked, as another process has it
			t.Fatal(err)
		}
		alive = append(alive, filepath.Base(own))
	}
	if err := WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	want := slices.Concat(keep, alive, []string{"out[1].jsonl"})
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}
