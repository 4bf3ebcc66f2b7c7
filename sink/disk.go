package sink

import (
	"errors"
	"fmt"
	"os"
)

// FreeBytes gives how many bytes may still be written to the disk of dir, which must exist.
func FreeBytes(dir string) (uint64, error) {
	free, _, err := diskSpace(dir)
	if err != nil {
		return 0, fmt.Errorf("cannot tell the free space of %s: %w", dir, err)
	}
	return free, nil
}

// DefaultReserve gives how many bytes a crawl should leave free on the disk of dir: 128 MiB, or 1 % of a smaller disk.
func DefaultReserve(dir string) (uint64, error) {
	_, total, err := diskSpace(dir)
	if err != nil {
		return 0, fmt.Errorf("cannot tell the size of the disk of %s: %w", dir, err)
	}
	return min(maxReserve, total/reserveShare), nil
}

// syncPath makes what was written to a file, or a directory's entries, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
