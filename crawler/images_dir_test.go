package crawler

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crawl/sink"
	"crawl/sink/naming"
)

// template parses a template of names.
func template(t testing.TB, text string) naming.Template {
	t.Helper()
	n, err := naming.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inDir are options that write files into a directory.
func inDir(t testing.TB, dir, names string) Options {
	return imageOptions(Images{Dir: dir, Name: template(t, names)})
}

// dirFiles gives the plain files below a directory and their bytes' digests.
func dirFiles(t testing.TB, dir string) map[string]sink.Digest {
	t.Helper()
	files := map[string]sink.Digest{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = sha256.Sum256(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

// judgeDir expects that the directory has the files of the store's rows and no others but those in foreign, and that the
// store is sound.
func judgeDir(t testing.TB, store, dir string, foreign ...string) map[string]string {
	t.Helper()
	if _, err := sink.Check(store, nil); err != nil {
		t.Fatalf("Check: %v", err)
	}
	s, err := OpenStore(store, sink.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Verify(t.Context()); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	files, names := dirFiles(t, dir), map[string]string{}
	err = s.Each(0, func(r *sink.Record) error {
		if !isSaved(r) {
			if r.File != "" {
				t.Errorf("%s has the file %s and is not saved", r.URL, r.File)
			}
			return nil
		}
		switch sum, ok := files[r.File]; {
		case !ok:
			t.Errorf("%s: its file %q is missing", r.URL, r.File)
		case sum != r.SHA256:
			t.Errorf("%s: its file %q has other bytes", r.URL, r.File)
		}
		delete(files, r.File)
		names[r.URL] = r.File
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if !slices.Contains(foreign, name) {
			t.Errorf("the file %q has no row", name)
		}
	}
	return names
}

func TestImagesDir(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		dir := filepath.Join(t.TempDir(), "pictures")
		var urls []string
		for i := range 40 {
			url := fmt.Sprintf("http://a.test/%d/photo.php", i)
			w.on(url, file(pngOf(uint64(i/2), 20, 20, 100*i)))
			urls = append(urls, url)
		}
		w.on("http://a.test/moved", redirect("/there/end.gif"))
		w.on("http://a.test/there/end.gif", file(pngOf(77, 5, 5, 0)))
		w.on("http://a.test/dl", file(pngOf(78, 5, 5, 0), "Content-Disposition", `attachment; filename="../../the name.png"`))
		urls = append(urls, "http://a.test/moved", "http://a.test/dl")
		w.crawl(inDir(t, dir, ""), urls...).finished()
		names := judgeDir(t, w.dir, dir)
		if names["http://a.test/there/end.gif"] != "end.png" {
			t.Errorf("names %q", names)
		}
		want := names["http://a.test/0/photo.php"]
		// Again: nothing is fetched, nothing changes, what is missing or cut is written anew.
		if err := os.Remove(filepath.Join(dir, "photo.png")); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, "photo-2.png"), 3); err != nil {
			t.Fatal(err)
		}
		hits := len(w.hits(""))
		w.crawl(inDir(t, dir, "{n}"), urls...).finished()
		if names := judgeDir(t, w.dir, dir); names["http://a.test/0/photo.php"] != want || len(w.hits("")) != hits {
			t.Errorf("%d more requests; names %q", len(w.hits(""))-hits, names)
		}
		// Another directory gets them all.
		other := filepath.Join(t.TempDir(), "other")
		w.crawl(inDir(t, other, "{n}"), urls...).finished()
		judgeDir(t, w.dir, other)
	})
}

// Names are given later too.
func TestImagesDirLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var urls []string
		for i := range 30 {
			url := fmt.Sprintf("http://a.test/p%d.png", i)
			w.on(url, file(pngOf(uint64(i), 20, 20, 0)))
			urls = append(urls, url)
		}
		w.crawl(imageOptions(Images{}), urls...).finished()
		dir := filepath.Join(t.TempDir(), "d")
		w.crawl(inDir(t, dir, "{host}/{n:03}"), urls...).finished()
		if names := judgeDir(t, w.dir, dir); names[urls[11]] != "a.test/012.png" {
			t.Errorf("names %q", names)
		}
	})
}

// What is in the directory already stays.
func TestImagesForeignFiles(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		dir, outside := t.TempDir(), t.TempDir()
		target := filepath.Join(outside, "target")
		write := func(path, text string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		write(target, "untouched")
		write(filepath.Join(dir, "a.png"), "mine")
		write(filepath.Join(dir, "folder"), "a file")
		if err := os.Mkdir(filepath.Join(dir, "c.png"), 0o777); err != nil {
			t.Fatal(err)
		}
		links := os.Symlink(target, filepath.Join(dir, "b.png")) == nil && os.Symlink(outside, filepath.Join(dir, "out")) == nil
		for i, path := range []string{"a.png", "b.png", "c.png", "folder/x.png", "out/y.png", "manifest.jsonl", "same.png"} {
			w.on("http://a.test/"+path, file(pngOf(uint64(i), 9, 9, 0)))
		}
		write(filepath.Join(dir, "same.png"), string(pngOf(6, 9, 9, 0)))
		o := inDir(t, dir, "{path}")
		w.crawl(o, "http://a.test/a.png", "http://a.test/b.png", "http://a.test/c.png", "http://a.test/folder/x.png",
			"http://a.test/out/y.png", "http://a.test/same.png").finished()
		foreign := []string{"a.png", "folder"}
		if links {
			foreign = append(foreign, "b.png", "out")
		}
		if runtimeSkipsDirs := links; runtimeSkipsDirs {
			// WalkDir tells a link to a directory as a file that cannot be read.
			if err := os.Remove(filepath.Join(dir, "out")); err != nil {
				t.Fatal(err)
			}
		}
		names := judgeDir(t, w.dir, dir, foreign...)
		if names["http://a.test/same.png"] != "same.png" || names["http://a.test/a.png"] != "a-2.png" {
			t.Errorf("names %q", names)
		}
		if data, _ := os.ReadFile(target); string(data) != "untouched" {
			t.Error("a link was followed")
		}
		if entries, _ := os.ReadDir(outside); len(entries) != 1 {
			t.Error("something was written outside")
		}
		if data, _ := os.ReadFile(filepath.Join(dir, "a.png")); string(data) != "mine" {
			t.Error("a file of somebody else was overwritten")
		}
	})
}

func TestImagesHostileNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "d")
		paths := []string{
			"/..%2f..%2fetc%2fpasswd", "/%00.png", "/CON.png", "/trailing...", "/" + strings.Repeat("x", 400) + ".png", "/caf%C3%A9.png", "/cafe%CC%81.png",
			"/CAFE%CC%81.PNG", "/%E2%80%AEgnp.exe", "/-rf.png", "/.hidden", "/a", "/a/b.png", "/A/b.png", "/a%2Fc.png", "/", "/?", "/%FF%FE", "/a/../../x", "/photo.PNG", "/Photo.png",
		}
		var urls []string
		for i, p := range paths {
			url := "http://a.test" + p
			w.on(url, file(pngOf(uint64(i), 9, 9, 0)))
			urls = append(urls, url)
		}
		w.on("http://a.test/x", file(pngOf(500, 9, 9, 0)))
		o := inDir(t, dir, "{path}")
		w.crawl(o, urls...).finished()
		names := judgeDir(t, w.dir, dir)
		seen := map[string]string{}
		for url, name := range names {
			if other := seen[naming.FoldKey(name)]; other != "" {
				t.Errorf("%s and %s have the same name %q", url, other, name)
			}
			seen[naming.FoldKey(name)] = url
		}
		if entries, _ := os.ReadDir(parent); len(entries) != 1 {
			t.Errorf("something was written outside: %v", entries)
		}
	})
}

// A folder of the batch that became a file of somebody else costs its pictures their names, not the run.
func TestImagesFolderReplaced(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		dir := filepath.Join(t.TempDir(), "d")
		w.on("http://a.test/x.png", file(pngOf(1, 9, 9, 0)))
		o := inDir(t, dir, "{host}/x")
		w.crawl(o, "http://a.test/x.png").finished()
		host := filepath.Join(dir, "a.test")
		if err := errors.Join(os.RemoveAll(host), os.WriteFile(host, []byte("mine"), 0o666)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			w.crawl(o, "http://a.test/x.png").finished()
			judgeDir(t, w.dir, dir, "a.test")
		}
		if data, _ := os.ReadFile(host); string(data) != "mine" {
			t.Error("a file of somebody else was changed")
		}
	})
}

// A directory that goes away stops the run; the next one writes what is missing.
func TestImagesDirGone(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		dir := filepath.Join(t.TempDir(), "d")
		var urls []string
		for i := range 300 {
			url := fmt.Sprintf("http://a.test/p%d.png", i)
			body := pngOf(uint64(i), 20, 20, 0)
			w.on(url, func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "p100.png") {
					if err := os.RemoveAll(dir); err != nil {
						t.Error(err)
					}
				}
				file(body)(rw, r)
			})
			urls = append(urls, url)
		}
		out := w.crawl(inDir(t, dir, ""), urls...)
		if !errors.Is(out.err, ErrFiles) || out.sum.Stopped != StoppedError {
			t.Errorf("error %v, stopped %q", out.err, out.sum.Stopped)
		}
		w.on("http://a.test/p100.png", file(pngOf(100, 20, 20, 0)))
		w.crawl(inDir(t, dir, ""), urls...).finished()
		judgeDir(t, w.dir, dir)
	})
}

func TestImagesOtherKind(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page("http://a.test/")
		w.crawl(Options{}, "http://a.test/").finished()
		s := w.open()
		defer s.Close()
		if _, err := New(s, imageOptions(Images{})); !errors.Is(err, ErrOtherBatch) {
			t.Errorf("error %v", err)
		}
	})
}

func TestImagesFromPages(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		body := func(n uint64) http.HandlerFunc { return file(pngOf(n, 9, 9, 0)) }
		w.on("http://a.test/", text(`<!doctype html><title>t</title>
			<img src="/small.png" srcset="/small.png 100w, /large.png 2000w, /gone.png 4000w">
			<a href="/original.png"><img src="/thumb.png"></a>
			<img src="/page2"><img src="/moved"><a href="/page2">no picture</a>`))
		w.on("http://a.test/direct.png", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "image/png")
			_, _ = rw.Write(pngOf(5, 9, 9, 0))
		})
		w.on("http://a.test/large.png", body(1))
		w.on("http://a.test/original.png", body(2))
		w.page("http://a.test/page2")
		w.on("http://a.test/moved", redirect("/end.png"))
		w.on("http://a.test/end.png", body(3))
		w.on("http://a.test/thumb.png", body(4))
		out := w.crawl(imageOptions(Images{FromPages: true}), "http://a.test/", "http://a.test/direct.png").finished()
		for _, path := range []string{"large", "original", "end", "direct"} {
			if r := out.record("http://a.test/" + path + ".png"); r.Flags&sink.Saved == 0 {
				t.Errorf("%s is not saved: %s", path, r.ErrMessage)
			}
		}
		if r := out.class("http://a.test/gone.png", ClassHTTP4xx); r.From != out.record("http://a.test/").ID {
			t.Error("a picture does not know its page")
		}
		out.class("http://a.test/page2", ClassNotAnImage)
		for _, path := range []string{"small.png", "thumb.png"} {
			if w.asked("http://a.test/"+path) > 0 {
				t.Errorf("%s was asked for", path)
			}
		}
		if r := out.class("http://a.test/", ""); r.Flags&sink.Saved != 0 || !bytes.Contains([]byte(r.Title), []byte("t")) {
			t.Error("the page is not kept as a page")
		}
	})
}
