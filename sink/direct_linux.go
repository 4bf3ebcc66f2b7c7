package sink

import (
	"os"

	"golang.org/x/sys/unix"
)

// directFile is the file of a body file that is written to. Large transactions are written past the page cache: what is
// written there once and not read soon only costs a copy and the kernel's bookkeeping of its pages, which is most of the
// processor time of a body. Such a write also names its error itself. The zero value writes through the page cache.
type directFile struct {
	f  *os.File
	on bool
}

// newDirectFile finds out whether a file with pages of that size can be written past the page cache: the file system has to
// say so, and a read into memory as bbolt allocates it for a page must succeed. All larger memory is aligned to pages too.
func newDirectFile(f *os.File, page int) directFile {
	var st unix.Statx_t
	err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_DIOALIGN, &st)
	if err != nil || !fitsPage(st.Dio_mem_align, page) || !fitsPage(st.Dio_offset_align, page) {
		return directFile{}
	}
	d := directFile{f: f}
	d.set(true)
	_, err = f.ReadAt(make([]byte, page), 0)
	if d.set(false); err != nil || d.on {
		return directFile{}
	}
	return d
}

// fitsPage tells whether pages keep an alignment; 0 says that none will do.
func fitsPage(align uint32, page int) bool { return align > 0 && page%int(align) == 0 }

// possible reports whether the file can be written to past the page cache.
func (d *directFile) possible() bool { return d.f != nil }

// choose sets how the next bodies are written, n bytes more in segments than in chunks, and reports whether they go past
// the page cache. Each value is waited for then, so that it takes many bytes in few values to be worth it: segments have
// megabytes, a chunk a quarter of one, which the page cache takes faster.
func (d *directFile) choose(n int) bool {
	if want := n >= directLeast; d.f != nil && want != d.on {
		d.set(want)
	}
	return d.on
}

// set changes the file's flag; where that fails it stays as it was.
func (d *directFile) set(on bool) {
	flags, err := unix.FcntlInt(d.f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return
	}
	flags &^= unix.O_DIRECT
	if on {
		flags |= unix.O_DIRECT
	}
	if _, err := unix.FcntlInt(d.f.Fd(), unix.F_SETFL, flags); err == nil {
		d.on = on
	}
}
