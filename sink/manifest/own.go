package manifest

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
)

// firstKeys begin each row of JSONL.
var firstKeys = [...]string{"url", "file", "type", "bytes"}

// IsOwn reports whether what stands at path may be replaced by a manifest in JSONL: nothing, an empty file, or another such
// manifest, which it tells by the beginning of its first row. Errors are those of reading the file.
func IsOwn(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return false, err
	}
	return beginsRow(f), nil
}

// beginsRow reports whether a text is empty, or begins as a row does.
func beginsRow(r io.Reader) bool {
	d := json.NewDecoder(io.LimitReader(r, maxHead))
	switch t, err := d.Token(); {
	case errors.Is(err, io.EOF):
		return true
	case err != nil || t != json.Delim('{'):
		return false
	}
	for _, want := range firstKeys {
		if key, err := d.Token(); err != nil || key != want {
			return false
		}
		value, err := d.Token()
		if _, nested := value.(json.Delim); err != nil || nested {
			return false
		}
	}
	return true
}
