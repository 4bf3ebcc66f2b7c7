// Package conformance finds public test suites for the tests of other packages. They are kept as data in the folder
// shared/conformance beside the project, and are no part of it: tests that need them are skipped where it is absent.
package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Dir gives the folder, or skips the test.
func Dir(t testing.TB) string {
	t.Helper()
	root, err := os.Getwd() // go test runs in the package's folder
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Skip("no go.mod above the tests: run them in the source tree")
		}
		root = filepath.Dir(root)
	}
	dir := filepath.Join(filepath.Dir(root), "shared", "conformance")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the conformance suites are absent: %v", err)
	}
	return dir
}

// Read gives one file of it, or skips the test.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Dir(t), name))
	if err != nil {
		t.Skipf("the conformance suite is absent: %v", err)
	}
	return data
}

// JSON decodes one file of it, or skips the test.
func JSON(t testing.TB, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(Read(t, name), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
