package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mesh-why/mesh-why/internal/process"
)

// faults are programs that are the real one in all but their standard input, which does to them what a fault of the program would do.
var faults = map[string]func(){
	"mesh-why-panics":    faulty(func() { fault(0) }),
	"mesh-why-panics-2":  faulty(func() { go fault(0); select {} }),
	"mesh-why-overflows": faulty(func() { result = overflow(0) }),
	"mesh-why-exhausts":  faulty(exhaust),
	"mesh-why-computes":  faulty(compute),
}

// result keeps the compiler from leaving out what nobody looks at.
var result int

type badInput struct{ do func() }

func (b badInput) Read([]byte) (int, error) {
	_, _ = os.Stderr.WriteString("reading\n")
	b.do()
	return 0, errors.New("it came back")
}

func faulty(do func()) func() {
	return func() {
		process.Prepare()
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop)
		os.Exit(run(ctx, os.Args[1:], streams{In: badInput{do}, Out: os.Stdout, Err: os.Stderr}))
	}
}

func fault(i int) int { return []int{}[i] }

func overflow(n int) int {
	if n < 0 {
		return 0
	}
	return overflow(n+1) + overflow(n+2)
}

var held [][]byte

func exhaust() {
	// As a CI job's limit does it, and well above what the runtime has reserved by now. What is asked for is never touched.
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: 3 << 30, Max: 3 << 30})
	for {
		held = append(held, make([]byte, 256<<20))
	}
}

func compute() {
	for {
		result++
	}
}

// ended is the exit status as a shell has it: 128 and more for a signal.
func ended(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err == nil {
		return 0
	}
	if !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if w := exit.Sys().(syscall.WaitStatus); w.Signaled() {
		return 128 + int(w.Signal())
	}
	return exit.ExitCode()
}

const aborted = 128 + int(syscall.SIGABRT)

// A fault of the program looks like no answer: its exit status is neither 0 nor 2 nor 3.
func TestFaults(t *testing.T) {
	secret := "fault-test-s3cret"
	for name, want := range map[string]struct {
		code int
		says string
	}{
		"mesh-why-panics":    {exitError, "no answer, because of a fault in this program: runtime error: index out of range"},
		"mesh-why-panics-2":  {aborted, "panic: runtime error: index out of range"},
		"mesh-why-overflows": {aborted, "stack overflow"},
		"mesh-why-exhausts":  {aborted, "out of memory"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(name, "-f", "-", "sleep.foo", "httpbin.bar:8000", "-H", "authorization: Bearer "+secret)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if got := ended(t, cmd.Run()); got != want.code {
				t.Errorf("exit status %d, want %d\n%.2000s", got, want.code, stderr.String())
			}
			if stdout.Len() > 0 || !strings.Contains(stderr.String(), want.says) {
				t.Errorf("stdout %q, stderr %.2000q, want %q", stdout.String(), stderr.String(), want.says)
			}
			if strings.Contains(stderr.String(), secret) {
				t.Error("the secret is written")
			}
		})
	}
}

// Whatever it is doing, a signal ends the program without an answer.
func TestSignals(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	question := []string{"sleep.foo", "httpbin.bar:8000"}
	for name, args := range map[string][]string{
		"reads a file that never comes":  append([]string{"kubectl-mesh_why", "-f", fifo}, question...),
		"reads a token that never comes": append([]string{"kubectl-mesh_why", "--demo", "--jwt-file", fifo}, question...),
		"reads keys that never come":     append([]string{"kubectl-mesh_why", "--demo", "--jwks", fifo}, question...),
		"reads expectations":             {"kubectl-mesh_why", "test", fifo, "--demo"},
		"reads changes":                  append([]string{"kubectl-mesh_why", "--demo", "--with", fifo}, question...),
		"reads standard input":           append([]string{"kubectl-mesh_why", "-f", "-"}, question...),
		"reads what is to be migrated":   {"kubectl-mesh_why", "migrate", "-f", "-"},
		"computes":                       append([]string{"mesh-why-computes", "-f", "-"}, question...),
	} {
		for _, sig := range []struct {
			os.Signal
			want int
		}{{os.Interrupt, exitError}, {syscall.SIGTERM, exitError}, {syscall.SIGQUIT, aborted}, {syscall.SIGHUP, 128 + int(syscall.SIGHUP)}} {
			t.Run(name+", "+sig.String(), func(t *testing.T) {
				t.Parallel()
				ends(t, args, sig.Signal, sig.want)
			})
		}
	}
}

func ends(t *testing.T, args []string, sig os.Signal, want int) {
	cmd := exec.Command(args[0], args[1:]...)
	in, err := cmd.StdinPipe() // that nobody writes to
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // nothing was written
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	time.Sleep(300 * time.Millisecond) // so that it has begun to read
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		got := ended(t, err)
		if early := 128 + int(sig.(syscall.Signal)); got == early {
			return // it had not: then a signal ends it as it ends every program
		}
		if got != want {
			t.Errorf("exit status %d, want %d\n%.1000s", got, want, out.String())
		}
		if want == exitError && !strings.HasSuffix(out.String(), "error: interrupted\n") {
			t.Errorf("%q", out.String())
		}
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		t.Error("it does not end")
	}
}

// The time that a command may take bounds what it computes, too.
func TestRequestTimeout(t *testing.T) {
	var stderr bytes.Buffer
	cmd := exec.Command("mesh-why-computes", "-f", "-", "sleep.foo", "httpbin.bar:8000", "--request-timeout", "200ms")
	cmd.Stderr = &stderr
	if got := ended(t, cmd.Run()); got != exitError || !strings.HasSuffix(stderr.String(), "error: there is no answer within the time that --request-timeout=200ms allows\n") {
		t.Errorf("exit status %d: %s", got, stderr.String())
	}
}
