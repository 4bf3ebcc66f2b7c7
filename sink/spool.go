package sink

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
)

// Spool takes one body as it arrives: in memory up to spoolMemory, above that in a part file, and hashes it on the way. It
// ends with Keep, Discard, or the Commit that it was put into, after which it must not be used. One goroutine at a time
// may use it.
type Spool struct {
	store *Store
	id    uint64
	head  PartHead
	sha   hash.Hash
	size  int64
	err   error // why no more is taken

	mem    []byte // all of it; nil when there is a file
	prefix []byte // its beginning, when there is one

	file  *os.File
	nonce uint64
	start int64  // of the first frame
	full  int64  // frames that were written, all of frameSize
	frame []byte // the one that is being filled: its head, then its bytes
}

// NewSpool begins a body for the URL with that ID. An earlier part of it is dropped when the first frame is written.
// head.Total is taken as a hint; nothing large is allocated on its word.
func (s *Store) NewSpool(id uint64, head PartHead) *Spool {
	return &Spool{store: s, id: id, head: head, sha: sha256.New(), mem: s.pools.get(min(max(head.Total, 1), spoolTrusted))}
}

// Write implements io.Writer. It writes to the disk now and then, and waits for no sync. Its errors are ErrNoSpace, ErrIO,
// ErrReadOnly and ErrTooLarge (above MaxBody); after one the spool takes no more, and can still be kept.
func (sp *Spool) Write(p []byte) (int, error) {
	if sp.err == nil && sp.size+int64(len(p)) > MaxBody {
		sp.err = fmt.Errorf("%w: the body of %s has more than %d bytes", ErrTooLarge, sp.head.URL, int64(MaxBody))
	}
	if sp.err == nil && sp.file == nil && len(sp.mem)+len(p) > spoolMemory {
		sp.err = sp.spill()
	}
	if sp.err != nil {
		return 0, sp.err
	}
	if sp.file == nil {
		sp.mem = sp.store.pools.append(sp.mem, p)
	} else if n, err := sp.writeFrames(p); err != nil {
		sp.took(p[:n])
		sp.err = err
		return n, err
	}
	sp.took(p)
	return len(p), nil
}

// AvailableBuffer gives the memory that the next bytes will be in, empty, to be appended to and passed to Write at once,
// which spares their copying; nil while there is none.
func (sp *Spool) AvailableBuffer() []byte {
	if sp.file != nil || sp.err != nil {
		return nil
	}
	return sp.mem[len(sp.mem):]
}

// took hashes what was taken.
func (sp *Spool) took(p []byte) {
	_, _ = sp.sha.Write(p)
	sp.size += int64(len(p))
}

// spill moves what is in memory to a new part file.
func (sp *Spool) spill() error {
	if err := sp.create(); err != nil {
		return err
	}
	sp.prefix = bytes.Clone(sp.mem[:min(len(sp.mem), prefixSize)])
	_, err := sp.writeFrames(sp.mem)
	sp.store.pools.put(sp.mem)
	sp.mem = nil
	return err
}

// writeFrames cuts p into frames, and tells how much of it is in one or waits for its frame to be full.
func (sp *Spool) writeFrames(p []byte) (n int, err error) {
	for n < len(p) {
		if len(sp.frame) == cap(sp.frame) {
			if err := sp.writeFrame(); err != nil {
				return n, err
			}
		}
		k := copy(sp.frame[len(sp.frame):cap(sp.frame)], p[n:])
		sp.frame = sp.frame[:len(sp.frame)+k]
		n += k
	}
	return n, nil
}

// writeFrame writes the frame as it is. Only the last one of a file is not full.
func (sp *Spool) writeFrame() error {
	putFrameHead(sp.frame, sp.nonce, sp.full)
	if _, err := sp.file.WriteAt(sp.frame, sp.start+sp.full*(frameHead+frameSize)); err != nil {
		return writeError(sp.file.Name(), err)
	}
	sp.full++
	sp.frame = sp.frame[:frameHead]
	return nil
}

// Len gives the bytes written so far.
func (sp *Spool) Len() int64 { return sp.size }

// Digest gives the SHA-256 of the bytes written so far.
func (sp *Spool) Digest() (d Digest) {
	sp.sha.Sum(d[:0])
	return d
}

// Prefix gives the first bytes, 64 KiB at most, to tell the type by; once it has all of these they are its capacity. They are valid until the spool ends, but not across
// a Write while fewer are there.
func (sp *Spool) Prefix() []byte {
	if sp.file != nil {
		return sp.prefix
	}
	return sp.mem[:min(len(sp.mem), prefixSize):min(cap(sp.mem), prefixSize)]
}

// Reader reads what was written so far, from any place. It is valid until the next call of anything but Len, Digest and
// Prefix. Errors of the disk are ErrIO.
func (sp *Spool) Reader() *io.SectionReader { return io.NewSectionReader(spoolAt{sp}, 0, sp.size) }

// WriteTo implements io.WriterTo: it writes all that was written so far, from the beginning.
func (sp *Spool) WriteTo(w io.Writer) (n int64, err error) {
	if sp.file == nil {
		if sp.size == 0 {
			return 0, nil
		}
		k, err := w.Write(sp.mem)
		return int64(k), err
	}
	buf := sp.store.pools.getFrame()
	defer sp.store.pools.putFrame(buf)
	for i := int64(0); n < sp.size; i++ {
		b, err := sp.chunk(i, buf[:cap(buf)])
		if err != nil {
			return n, err
		}
		k, err := w.Write(b)
		n += int64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Keep ends the spool and keeps what it got as a part, for OpenPart: on the disk, where nothing syncs it, so that what a
// power cut leaves of it is found out by OpenPart. What is in memory is kept when it is 256 KiB or more, and dropped when
// it is less. When there is an error, what was on the disk before it is kept.
func (sp *Spool) Keep() error {
	var err error
	if sp.file == nil && sp.size >= keepPart && sp.err == nil {
		err = sp.spill()
	}
	if sp.file != nil && len(sp.frame) > frameHead && sp.err == nil && err == nil {
		err = sp.writeFrame()
	}
	sp.end()
	return err
}

// Discard ends the spool and drops what it got, and an earlier part of the same ID.
func (sp *Spool) Discard() {
	sp.end()
	sp.store.DropPart(sp.id)
}

// Release ends a spool that Commit held open: its memory is given back.
func (sp *Spool) Release() { sp.end() }

// end gives file and memory back.
func (sp *Spool) end() {
	if sp.file != nil {
		_ = sp.file.Close() // a part is worth what its frames say
		sp.store.pools.putFrame(sp.frame)
	}
	sp.store.pools.put(sp.mem)
	sp.file, sp.frame, sp.mem, sp.prefix, sp.err = nil, nil, nil, nil, ErrClosed
}

// chunk gives bytes i*ChunkSize and on of a body that has a file, at most ChunkSize, and verifies them. They are in buf,
// which has room for a frame, or of the spool itself.
func (sp *Spool) chunk(i int64, buf []byte) ([]byte, error) {
	if i == sp.full {
		return sp.frame[frameHead:], nil
	}
	b := buf[:frameHead+frameSize]
	_, err := sp.file.ReadAt(b, sp.start+i*int64(len(b)))
	if err == nil && !goodFrame(b, sp.nonce, i) {
		err = fmt.Errorf("frame %d does not match its checksum", i)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be read back: %w; check the disk", ErrIO, sp.file.Name(), err)
	}
	return b[frameHead:], nil
}

// spoolAt reads a spool from any place.
type spoolAt struct{ sp *Spool }

// ReadAt implements io.ReaderAt.
func (r spoolAt) ReadAt(p []byte, off int64) (n int, err error) {
	sp := r.sp
	if sp.file == nil && off < int64(len(sp.mem)) {
		n = copy(p, sp.mem[off:])
	}
	for sp.file != nil && n < len(p) && off < sp.size {
		k := 0
		if i, in := off/frameSize, off%frameSize; i < sp.full {
			part := p[n:min(int64(len(p)), int64(n)+frameSize-in)]
			k, err = sp.file.ReadAt(part, sp.start+i*(frameHead+frameSize)+frameHead+in)
			if k < len(part) {
				return n + k, fmt.Errorf("%w: %s cannot be read back: %w; check the disk", ErrIO, sp.file.Name(), err)
			}
		} else {
			k = copy(p[n:], sp.frame[frameHead+in:])
		}
		n += k
		off += int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
