package site

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// Entrances of the parts without end. Everything under endlessPrefixes that looks like them is answered.
const (
	calendarEntrance = "/calendar/2024/01"
	trapEntrance     = "/trap/a"
)

func endlessPrefixes() []string { return []string{"/calendar/", "/trap/"} }

// endless tells whether a path belongs to a part without end.
func endless(path string) resource {
	if _, _, ok := month(path); ok {
		return resource{kind: KindCalendar}
	}
	if rest, ok := strings.CutPrefix(path, "/trap/"); ok && len(path) <= maxTrapPath {
		for part := range strings.SplitSeq(rest, "/") {
			if part != "a" && part != "b" {
				return resource{}
			}
		}
		return resource{kind: KindTrap}
	}
	return resource{}
}

// month reads a path of the calendar: /calendar/2024/01.
func month(path string) (y, m int, ok bool) {
	rest, ok := strings.CutPrefix(path, "/calendar/")
	year, mon, found := strings.Cut(rest, "/")
	y, errY := strconv.Atoi(year)
	m, errM := strconv.Atoi(mon)
	ok = ok && found && errY == nil && errM == nil && y >= 1 && y <= maxYear && m >= 1 && m <= 12 && monthPath(y, m) == path
	return y, m, ok
}

func monthPath(y, m int) string { return fmt.Sprintf("/calendar/%d/%02d", y, m) }

// endlessLinks are the title of a page without end, and where it leads.
func endlessLinks(path string) (title string, links []string) {
	if y, m, ok := month(path); ok {
		title = fmt.Sprintf("Calendar of %d-%02d", y, m)
		n := y*12 + m - 1
		links = []string{monthPath((n-1)/12, (n-1)%12+1), monthPath((n+1)/12, (n+1)%12+1), monthPath(y+1, m)}
		return title, links
	}
	return "Room " + path, []string{path + "/a", path + "/b"}
}

// endlessPage is the HTML of a page without end.
func endlessPage(path string) []byte {
	title, links := endlessLinks(path)
	var b strings.Builder
	for _, l := range links {
		fmt.Fprintf(&b, "<p><a href=%q>%s</a></p>\n", l, l)
	}
	return document(title, "", b.String())
}

// makeBomb is a gzip file (RFC 1952) of one member: about 1 MB that decompresses to more than a gibibyte of spaces.
//
// The deflate stream (RFC 1951) of one block, ended by a flush, refers to nothing before itself and ends on a whole byte.
// So it can be repeated, and only the block needs to be compressed.
func makeBomb() []byte { return repeatedBlock(bombBlocks) }

// repeatedBlock is makeBomb of n blocks.
func repeatedBlock(n int) []byte {
	plain := bytes.Repeat([]byte{' '}, bombBlock)
	var block bytes.Buffer
	z, _ := flate.NewWriter(&block, flate.BestCompression) // fails for unknown levels only
	_, _ = z.Write(plain)                                  // writing to memory does not fail
	_ = z.Flush()

	b := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255}
	var sum uint32
	for range n {
		b = append(b, block.Bytes()...)
		sum = crc32.Update(sum, crc32.IEEETable, plain)
	}
	b = append(b, 3, 0) // a last block with nothing in it
	b = binary.LittleEndian.AppendUint32(b, sum)
	return binary.LittleEndian.AppendUint32(b, uint32(bombBlock*n&0xffffffff))
}
