package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/rogpeppe/go-internal/testscript"
	bolt "go.etcd.io/bbolt"

	"crawl/crawler/site"
)

// patience is how long a script waits for something that must come; it is only ever used up by a failure.
const patience = 3 * time.Minute

// worldKey is where a script's world is among its values.
type worldKey struct{}

// world is what a script has beyond its files: servers and crawls that run beside it.
type world struct {
	servers map[string]server
	crawls  map[string]*background
}

// server is a web server of the test process that counts its requests by URL.
type server interface{ Requests() map[string]int }

func newWorld(e *testscript.Env) *world {
	w := &world{servers: map[string]server{}, crawls: map[string]*background{}}
	e.Defer(func() {
		for _, b := range w.crawls {
			b.end()
		}
	})
	return w
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"code":      cmdCode,
		"site":      cmdSite,
		"web":       cmdWeb,
		"heal":      cmdHeal,
		"requests":  cmdRequests,
		"begin":     cmdBegin,
		"until":     cmdUntil,
		"signal":    cmdSignal,
		"ended":     cmdEnded,
		"overwrite": cmdOverwrite,
		"truncate":  cmdTruncate,
		"fetched":   cmdFetched,
		"lines":     cmdLines,
		"harmless":  cmdHarmless,
		"subst":     cmdSubst,
		"jsonkeys":  cmdJSONKeys,
		"jsonlines": cmdJSONLines,
		"spoil":     cmdSpoil,
		"newer":     cmdNewer,
		"within":    cmdWithin,
		"firstline": cmdFirstLine,
	}
}

func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

// cmdCode runs a command and compares its exit code. What it prints never has a stack trace, and no trailing spaces on
// stderr; an error is one sentence of the command's own.
func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "code N command [args...]")
	err := ts.Exec(args[1], args[2:]...)
	checkCode(ts, err, args[0])
	checkWords(ts, ts.ReadFile("stderr"))
}

func checkCode(ts *testscript.TestScript, err error, want string) {
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

func checkWords(ts *testscript.TestScript, stderr string) {
	for _, bad := range []string{"goroutine ", "panic:", "runtime error", "strconv.", "%!", "<nil>"} {
		if strings.Contains(stderr, bad) {
			ts.Fatalf("stderr has %q:\n%s", bad, stderr)
		}
	}
}

// cmdSite starts the built-in site and names its hosts NAME, NAME2 and so on: URLs without a slash at their end.
func cmdSite(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 1, "site NAME [pages=N] [images=N] [hosts=N] [latency=D] [traps] [errors=SHARES] [always]")
	o := site.Options{Seed: 7, Pages: 20, Hosts: 1, MinSize: 2000, MaxSize: 4000, Links: 12}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		var err error
		switch name {
		case "pages":
			o.Pages, err = strconv.Atoi(value)
		case "images":
			o.Images, err = strconv.Atoi(value)
		case "hosts":
			o.Hosts, err = strconv.Atoi(value)
		case "latency":
			o.LatencyMin, o.LatencyMax, err = site.ParseLatency(value)
		case "errors":
			o.Errors, err = site.ParseErrors(value)
		case "traps":
			o.Traps = true
		case "always":
			o.ErrorTries = site.Always
		default:
			ts.Fatalf("site: what is %q?", arg)
		}
		ts.Check(err)
	}
	s, err := site.New(o)
	ts.Check(err)
	ts.Check(s.Start("127.0.0.1:0"))
	ts.Defer(s.Close)
	for i, host := range s.Hosts() {
		name := args[0]
		if i > 0 {
			name += strconv.Itoa(i + 1)
		}
		ts.Setenv(name, host)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".list"), []byte(strings.Join(s.List(), "\n")+"\n"), 0o666))
	worldOf(ts).servers[args[0]] = s
}

// cmdWeb starts the pages of web_test.go and names their server NAME, and its port NAME_PORT.
func cmdWeb(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "web NAME")
	w := newWeb()
	ts.Defer(w.Close)
	ts.Setenv(args[0], w.URL)
	ts.Setenv(args[0]+"_PORT", w.URL[strings.LastIndexByte(w.URL, ':')+1:])
	worldOf(ts).servers[args[0]] = w
}

// cmdHeal lets /broken and /hang of a web answer well from now on.
func cmdHeal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "heal NAME")
	worldOf(ts).servers[args[0]].(*web).heal()
}

// cmdRequests compares how often a URL was asked for; with -most, how often any was (but for robots.txt).
func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "requests NAME (URL|-most|-all) N")
	counts := worldOf(ts).servers[args[0]].Requests()
	got := counts[args[1]]
	switch args[1] {
	case "-most", "-all":
		for url, n := range counts {
			switch {
			case strings.HasSuffix(url, "/robots.txt"):
			case args[1] == "-all":
				got++
			default:
				got = max(got, n)
			}
		}
	}
	if strconv.Itoa(got) != args[2] {
		ts.Fatalf("%s was asked for %d times, want %s; all: %v", args[1], got, args[2], counts)
	}
}

// background is a command that runs beside the script.
type background struct {
	cmd      *exec.Cmd
	out, err buffer
	done     chan struct{}
	exit     error
}

// buffer is written to by the command while the script looks at it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (b *background) end() {
	_ = b.cmd.Process.Kill() // it may be over
	<-b.done
}

// cmdBegin starts a command that runs beside the script. Its standard input is an open pipe that gives nothing.
func cmdBegin(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "begin NAME command [args...]")
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	b := &background{cmd: exec.Command(path, args[2:]...), done: make(chan struct{})}
	b.cmd.Dir = ts.MkAbs(".")
	b.cmd.Env = os.Environ()
	for _, name := range []string{"HOME", "TMPDIR", "TZ", "GORACE"} {
		b.cmd.Env = append(b.cmd.Env, name+"="+ts.Getenv(name))
	}
	b.cmd.Stdout, b.cmd.Stderr = &b.out, &b.err
	ts.Check(b.cmd.Start())
	go func() {
		defer close(b.done)
		b.exit = b.cmd.Wait()
	}()
	worldOf(ts).crawls[args[0]] = b
}

func crawlOf(ts *testscript.TestScript, name string) *background {
	b := worldOf(ts).crawls[name]
	if b == nil {
		ts.Fatalf("there is no background command %s", name)
	}
	return b
}

// cmdUntil waits until a background command has printed what matches.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "until NAME REGEXP")
	b, re := crawlOf(ts, args[0]), regexp.MustCompile("(?m)"+args[1])
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		text := b.out.String() + b.err.String()
		if re.MatchString(text) {
			return
		}
		select {
		case <-b.done:
			if text = b.out.String() + b.err.String(); re.MatchString(text) {
				return
			}
			ts.Fatalf("%s has ended (%v) and never printed %s:\n%s", args[0], b.exit, args[1], text)
		default:
		}
		if time.Now().After(end) {
			ts.Fatalf("%s does not print %s:\n%s", args[0], args[1], text)
		}
	}
}

// cmdFirstLine sets a variable to the first line that a background command printed on stdout.
func cmdFirstLine(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "firstline VARIABLE NAME")
	line, _, _ := strings.Cut(crawlOf(ts, args[1]).out.String(), "\n")
	ts.Setenv(args[0], line)
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "signal NAME INT|TERM|KILL")
	sig := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": os.Kill}[args[1]]
	ts.Check(crawlOf(ts, args[0]).cmd.Process.Signal(sig))
}

// cmdEnded waits for a background command and compares its exit code, -1 when a signal ended it. What it printed is in
// NAME.out and NAME.err.
func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "ended NAME CODE")
	b := crawlOf(ts, args[0])
	select {
	case <-b.done:
	case <-time.After(patience):
		ts.Fatalf("%s does not end:\n%s", args[0], b.err.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), []byte(b.out.String()), 0o666))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), []byte(b.err.String()), 0o666))
	checkWords(ts, b.err.String())
	if got := b.cmd.ProcessState.ExitCode(); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s ended with %d, want %s:\n%s", args[0], got, args[1], b.err.String())
	}
}

// cmdOverwrite writes bytes into a file, at each of the offsets.
func cmdOverwrite(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 3, "overwrite FILE HEX OFFSET...")
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	defer f.Close()
	data, err := hex.DecodeString(args[1])
	ts.Check(err)
	for _, arg := range args[2:] {
		off, err := strconv.ParseInt(arg, 0, 64)
		ts.Check(err)
		_, err = f.WriteAt(data, off)
		ts.Check(err)
	}
}

func cmdTruncate(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "truncate FILE SIZE")
	size, err := strconv.ParseInt(args[1], 0, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// cmdFetched compares a file, byte for byte, with what a URL gives.
func cmdFetched(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "fetched FILE URL")
	resp, err := http.Get(args[1])
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if got := ts.ReadFile(args[0]); got != string(body) {
		ts.Fatalf("%s has %d bytes, %s has %d others", args[0], len(got), args[1], len(body))
	}
}

// cmdLines compares the number of lines of a file, or of stdout and stderr.
func cmdLines(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "lines FILE N")
	if got := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s has %d lines, want %s:\n%s", args[0], got, args[1], ts.ReadFile(args[0]))
	}
}

// cmdWithin runs a command of the script and checks that it did not take longer.
func cmdWithin(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 2 && args[1] == "code", "within DURATION code N command [args...]")
	most, err := time.ParseDuration(args[0])
	ts.Check(err)
	start := time.Now()
	cmdCode(ts, false, args[2:])
	if took := time.Since(start); took > most {
		ts.Fatalf("it took %v, more than %v", took, most)
	}
}

// cmdJSONKeys checks that a file is one JSON object that has all of the keys, written as a.b for b within a.
func cmdJSONKeys(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "jsonkeys FILE KEY...")
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	for _, key := range args[1:] {
		var v any = object
		for part := range strings.SplitSeq(key, ".") {
			m, _ := v.(map[string]any)
			var ok bool
			if v, ok = m[part]; !ok {
				ts.Fatalf("%s has no %s", args[0], key)
			}
		}
	}
}

// cmdJSONLines checks that each line of a file is a JSON object.
func cmdJSONLines(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "jsonlines FILE")
	text := ts.ReadFile(args[0])
	if text == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	for line := range strings.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("%v in %s", err, line)
		}
	}
}

// cmdSpoil changes one byte wherever a text stands in a file.
func cmdSpoil(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "spoil FILE TEXT")
	path, text := ts.MkAbs(args[0]), []byte(args[1])
	data, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(data, text) {
		ts.Fatalf("%s does not have %q", args[0], text)
	}
	other := bytes.Clone(text)
	other[len(other)-1] ^= 1
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(data, text, other), 0o666))
}

// cmdNewer makes a store one of the next format: the version in its meta bucket, with the CRC32C over key and value that
// each value ends in.
func cmdNewer(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "newer STORE")
	db, err := bolt.Open(filepath.Join(ts.MkAbs(args[0]), "state.db"), 0o666, nil)
	ts.Check(err)
	defer db.Close()
	ts.Check(db.Update(func(tx *bolt.Tx) error {
		b, key := tx.Bucket([]byte("meta")), []byte("format")
		value := bytes.Clone(b.Get(key))
		value = value[:len(value)-crc32.Size]
		value[len(value)-1]++
		sum := crc32.Checksum(append(bytes.Clone(key), value...), crc32.MakeTable(crc32.Castagnoli))
		return b.Put(key, binary.LittleEndian.AppendUint32(value, sum))
	}))
}

// cmdHarmless checks that what was printed can do nothing to a terminal.
func cmdHarmless(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 1, "harmless FILE...")
	for _, name := range args {
		text := ts.ReadFile(name)
		for _, line := range strings.Split(text, "\n") {
			if r, bad := unsafeRune(strings.ReplaceAll(line, "\t", " ")); bad {
				ts.Fatalf("%s has %U in %q", filepath.Base(name), r, line)
			}
			if strings.HasSuffix(line, " ") {
				ts.Fatalf("%s has a space at the end of %q", filepath.Base(name), line)
			}
		}
	}
}

// cmdSubst writes each file of a directory into the working directory, with variables expanded and what a script cannot
// hold in the place of words: BOM, CR, LONG (a line that is too long), EOF (no line end), ESC and RLO (a bidirectional override). What ends in .gz is compressed,
// and broken.gz is cut.
func cmdSubst(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "subst DIR")
	files, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	words := strings.NewReplacer("BOM", "\ufeff", "CR", "\r", "LONG", strings.Repeat("x", maxLine+100), "EOF\n", "",
		"ESC", "\x1b", "RLO", "\u202e")
	for _, f := range files {
		text := words.Replace(os.Expand(ts.ReadFile(filepath.Join(args[0], f.Name())), ts.Getenv))
		if strings.HasSuffix(f.Name(), ".gz") {
			text = compressed(text)
		}
		if f.Name() == "broken.gz" {
			text = text[:len(text)-9]
		}
		ts.Check(os.WriteFile(ts.MkAbs(f.Name()), []byte(text), 0o666))
	}
}

func compressed(text string) string {
	var b strings.Builder
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // a Builder takes all
	_ = z.Close()
	return b.String()
}
