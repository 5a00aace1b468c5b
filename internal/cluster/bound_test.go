package cluster

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

type endlessBody struct{}

func (endlessBody) Read(p []byte) (int, error) { return len(p), nil }
func (endlessBody) Close() error               { return nil }

// TestTotal: what all answers hold together has a bound of its own, which a flag lifts.
func TestTotal(t *testing.T) {
	tr := &transport{most: 3 << 20, large: make(chan struct{}, largeAtATime)}
	small := func() error {
		b := &boundedBody{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat(" ", 1<<20))), transport: tr}
		_, err := io.Copy(io.Discard, b)
		return err
	}
	for range 3 {
		if err := small(); err != nil {
			t.Fatal(err)
		}
	}
	if e, ok := tooLarge(small()); !ok || !strings.Contains(e.text, "3 MiB in all; --max-input") {
		t.Error(e)
	}
}

// TestLargeAnswers: few large answers are read at a time, and each gives its place back.
func TestLargeAnswers(t *testing.T) {
	tr := &transport{large: make(chan struct{}, largeAtATime)}
	ctx, cancel := context.WithCancel(context.Background())
	var open []*boundedBody
	for range largeAtATime {
		b := &boundedBody{ReadCloser: endlessBody{}, transport: tr, done: ctx.Done()}
		if _, err := io.CopyN(io.Discard, b, manyBytes+1<<20); err != nil {
			t.Fatal(err)
		}
		open = append(open, b)
	}
	cancel()
	waits := &boundedBody{ReadCloser: endlessBody{}, transport: tr, done: ctx.Done()}
	if _, err := io.Copy(io.Discard, waits); !errors.Is(err, context.Canceled) {
		t.Errorf("a third large answer: %v", err)
	}
	for _, b := range open {
		if err := errors.Join(b.Close(), b.Close()); err != nil {
			t.Error(err)
		}
	}
	if _, err := io.Copy(io.Discard, &boundedBody{ReadCloser: endlessBody{}, transport: tr}); !errors.Is(err, errAnswerTooLarge) {
		t.Error(err)
	}
}

// TestCountItems: a list of many empty objects is short on the wire, and long in memory.
func TestCountItems(t *testing.T) {
	item := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), nil)
	if err := countItems([]byte(strings.Repeat(string(item), maxItems))); err != nil {
		t.Error(err)
	}
	if err := countItems([]byte(strings.Repeat(string(item), maxItems+1))); !errors.Is(err, errTooManyItems) {
		t.Error(err)
	}
	if err := countItems([]byte{0xff}); err == nil {
		t.Error("a message that is cut off has no error")
	}
}
