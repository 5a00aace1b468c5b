package logged

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mesh-why/mesh-why/pkg/accesslog"
)

const entryLine = `[2026-11-21T08:00:00.000Z] "GET /ip HTTP/1.1" 200 - via_upstream - "-" 0 33 2 1 "-" "-" "-" "httpbin.bar:8000" "10.1.0.13:8080" inbound|8080|| 127.0.0.6:35001 10.1.0.13:8080 10.1.0.10:41000 - default`

func reader() *Reader {
	p, _ := accesslog.NewParser(nil, nil)
	return &Reader{Parser: p, Tally: NewTally(10)}
}

// TestRead: lines are counted as they are, however the source cuts them.
func TestRead(t *testing.T) {
	long := strings.Repeat("x", longestLine+10)
	text := strings.Join([]string{entryLine, "", long, "2026-11-21T08:00:17.000000Z\tinfo\txdsproxy\tconnected", entryLine + "\r", "bad", entryLine}, "\n")
	want := Counts{Lines: 7, Entries: 3, Other: 2, Bad: 2, FirstBad: BadLine{Number: 3, Text: strings.Repeat("x", 200)}}
	for name, in := range map[string]io.Reader{"whole": strings.NewReader(text), "half": iotest.HalfReader(strings.NewReader(text)), "bytes": iotest.OneByteReader(strings.NewReader(text)),
		"with a last line break": strings.NewReader(text + "\n")} {
		r := reader()
		said := 0
		r.Said = func(int) { said++ }
		if err := r.Read(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if r.Tally.Counts != want || said == 0 {
			t.Errorf("%s: %+v, want %+v", name, r.Tally.Counts, want)
		}
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("broken")
	r := reader()
	if err := r.Read(t.Context(), io.MultiReader(strings.NewReader(entryLine+"\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if r.Tally.Entries != 1 {
		t.Errorf("%d entries were read before it broke", r.Tally.Entries)
	}
}

// TestReadStops: a source that never ends does not hold anybody up.
func TestReadStops(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	in, out := io.Pipe()
	defer out.Close() //nolint:errcheck // a pipe
	if err := reader().Read(ctx, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// go test ./internal/logged -run '^$' -bench Read
func BenchmarkRead(b *testing.B) {
	text := strings.Repeat(entryLine+"\n", 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := reader().Read(context.Background(), strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

// zeros never ends, and has no line.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestNoLines: what goes on for ever without the end of a line is given up.
func TestNoLines(t *testing.T) {
	r := Reader{Parser: &accesslog.Parser{}, Tally: &Tally{}}
	if err := r.Read(t.Context(), zeros{}); !errors.Is(err, errNoLines) {
		t.Errorf("%v, want %v", err, errNoLines)
	}
}
