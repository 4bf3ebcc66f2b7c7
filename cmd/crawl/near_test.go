package main

import (
	"strings"
	"testing"
)

func TestNearReport(t *testing.T) {
	groups := [][]nearPicture{
		{
			{URL: "http://h/small.jpg", Type: "jpeg", Bytes: 1500, Width: 320, Height: 200, DHash: 0xff00},
			{URL: "http://h/large.jpg\x1b[2J", File: "照片.jpg", Type: "jpeg", Bytes: 250_000, Width: 1600, Height: 1000, DHash: 0xff07},
			{URL: "http://h/same.png", Type: "png", Bytes: 240_000, Width: 1600, Height: 1000, DHash: 0xff07},
		},
		{
			{URL: "http://h/a?x=1&y", Type: "gif", Bytes: 20, Width: 1, Height: 1},
			{URL: "http://h/b", Type: "gif", Bytes: 20, Width: 1, Height: 1},
		},
	}
	keepLargest(groups)
	var text, lines strings.Builder
	if err := printNear(&text, groups); err != nil {
		t.Fatal(err)
	}
	if err := printNearJSON(&lines, groups); err != nil {
		t.Fatal(err)
	}
	want := `group 1: 3 pictures
  kept  1600 x 1000  250.0 kB              照片.jpg  http://h/large.jpg\x1b[2J
        1600 x 1000  240.0 kB  0 bits off  http://h/same.png
        320 x 200    1.5 kB    3 bits off  http://h/small.jpg
group 2: 2 pictures
  kept  1 x 1  20 B              http://h/a?x=1&y
        1 x 1  20 B  0 bits off  http://h/b
2 groups of pictures that look alike; 3 pictures (241.5 kB) besides those to keep; nothing was deleted
`
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &text, want)
	}
	first := `{"group":1,"pictures":[{"url":"http://h/large.jpg\u001b[2J","file":"照片.jpg","type":"jpeg","bytes":250000,"width":1600,"height":1000,"dhash":"000000000000ff07","distance":0,"kept":true},`
	if got := lines.String(); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, first) || !strings.Contains(got, `"url":"http://h/a?x=1&y"`) {
		t.Errorf("got\n%s", got)
	}
	text.Reset()
	if err := printNear(&text, nil); err != nil || text.String() != "no pictures look alike\n" {
		t.Errorf("%q, %v", &text, err)
	}
}
