package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be the program that tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "stand-in" {
		standIn(os.Args[2])
		return
	}
	goleak.VerifyTestMain(m)
}

func standIn(what string) {
	switch what {
	case "cat":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "sleep":
		time.Sleep(time.Hour)
	case "look":
		look()
	case "inherit":
		inherit()
	case "grandchild":
		cmd := exec.Command(os.Args[0], "stand-in", "sleep")
		cmd.Stdout = os.Stdout
		if err := cmd.Start(); err != nil {
			fmt.Println(err)
		}
		fmt.Println(cmd.Process.Pid)
	}
}

// look tells what a process can see and do.
func look() {
	fmt.Println("descriptors:", CloseInherited())
	dir, err := os.Getwd()
	fmt.Println("directory:", dir, err)
	_, err = os.Create("file")
	fmt.Println("create:", err != nil)
	_, err = os.ReadFile("/etc/hostname")
	fmt.Println("read:", err != nil)
	fmt.Println("environment:", len(os.Environ()))
	fmt.Println("group:", os.Getpid() == group())
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start starts a stand-in and gives its output.
func start(t *testing.T, s *Spawner) (*Process, *os.File, *os.File) {
	t.Helper()
	inR, inW, err := os.Pipe()
	outR, outW, err2 := os.Pipe()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	p, err := s.Start(inR, outW, os.Stderr)
	inR.Close()
	outW.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inW.Close(); outR.Close() })
	return p, inW, outR
}

func spawner(t *testing.T, o Options) *Spawner {
	t.Helper()
	o.Path = self(t)
	o.Args = append([]string{"stand-in"}, o.Args...)
	s, err := NewSpawner(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestEndsWithItsInput(t *testing.T) {
	s := spawner(t, Options{Args: []string{"cat"}})
	p, in, out := start(t, s)
	if _, err := in.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	in.Close()
	got, err := io.ReadAll(out)
	<-p.Done()
	if string(got) != "hello" || err != nil || !p.State().Success() {
		t.Errorf("%q %v %v", got, err, p.State())
	}
	p.Kill() // nothing happens
}

func TestKill(t *testing.T) {
	s := spawner(t, Options{Args: []string{"sleep"}})
	p, _, _ := start(t, s)
	const least = 100_000 // bytes; a process that has just begun to load its program has less for a moment
	rss, ok := p.RSS()
	for end := time.Now().Add(10 * time.Second); ok && rss < least && time.Now().Before(end); rss, ok = p.RSS() {
		time.Sleep(time.Millisecond)
	}
	if ok != (runtime.GOOS == "linux") || ok && rss < least {
		t.Errorf("memory: %d %v", rss, ok)
	}
	p.Kill()
	<-p.Done()
	if p.State().Success() {
		t.Error("it ended well")
	}
	if _, ok := p.RSS(); ok {
		t.Error("a process that has ended has memory")
	}
}

func TestMissingProgram(t *testing.T) {
	if _, err := NewSpawner(Options{Path: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte("not a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := NewSpawner(Options{Path: path, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Start(nil, nil, nil); err == nil {
		t.Error("a text was started")
	}
}

func TestClosedSpawnerStartsNothing(t *testing.T) {
	s := spawner(t, Options{Args: []string{"cat"}})
	s.Close()
	if _, err := s.Start(nil, nil, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}
