package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	boom := errors.New("boom")
	for name, f := range map[string]func(context.Context) error{
		"nothing": func(context.Context) error { return nil },
		"error":   func(context.Context) error { return boom },
	} {
		if err := Run(context.Background(), f); (err == nil) != (name == "nothing") || err != nil && !errors.Is(err, boom) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func fails(n int) int {
	list := make([]int, n)
	return list[n]
}

// A panic is an error that says where, and no answer.
func TestCatch(t *testing.T) {
	err := Run(context.Background(), func(context.Context) error { fails(2); return nil })
	var f *Fault
	if !errors.As(err, &f) || !strings.Contains(err.Error(), "index out of range [2] with length 2") || len(f.Calls) == 0 || !strings.Contains(f.Calls[0], "fails process_test.go:") {
		t.Errorf("%v", err)
	}
	again := Run(context.Background(), func(context.Context) error { panic(f) })
	if !errors.Is(again, f) {
		t.Errorf("a panic that was handed on lost where it came from: %v", again)
	}
}

// A command that minds its context ends with its own error; one that hangs is left behind.
func TestContextEnds(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(enough)
	own := errors.New("its own")
	if err := Run(ctx, func(ctx context.Context) error { <-ctx.Done(); return own }); !errors.Is(err, own) {
		t.Errorf("a command that ends by itself: %v", err)
	}
	release := make(chan struct{})
	defer close(release)
	if err := Run(ctx, func(context.Context) error { <-release; return nil }); !errors.Is(err, enough) {
		t.Errorf("a command that hangs: %v", err)
	}
}

func TestGate(t *testing.T) {
	var out bytes.Buffer
	g := NewGate(&out)
	if n, err := io.WriteString(g, "whole"); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	g.Shut(time.Hour)
	passed := make(chan struct{})
	go func() {
		_, _ = io.WriteString(g, "after")
		close(passed)
	}()
	select {
	case <-passed:
		t.Error("a gate that is shut lets something pass")
	case <-time.After(20 * time.Millisecond):
	}
	if out.String() != "whole" {
		t.Errorf("%q", out.String())
	}
}

// slow writes when it is told to.
type slow struct {
	bytes.Buffer
	begun, release chan struct{}
}

func (s *slow) Write(p []byte) (int, error) {
	close(s.begun)
	<-s.release
	return s.Buffer.Write(p)
}

// What is being written is written to its end.
func TestGateWaits(t *testing.T) {
	s := &slow{begun: make(chan struct{}), release: make(chan struct{})}
	g := NewGate(s)
	go func() { _, _ = io.WriteString(g, "whole") }()
	<-s.begun
	time.AfterFunc(20*time.Millisecond, func() { close(s.release) })
	g.Shut(time.Hour)
	if s.String() != "whole" {
		t.Errorf("%q", s.String())
	}
	stuck := &slow{begun: make(chan struct{}), release: make(chan struct{})}
	g = NewGate(stuck)
	go func() { _, _ = io.WriteString(g, "never") }()
	<-stuck.begun
	g.Shut(time.Millisecond) // returns though nobody reads
	close(stuck.release)
}
