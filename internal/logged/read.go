package logged

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/mesh-why/mesh-why/internal/process"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
)

const (
	longestLine = 64 << 10 // a longer one is no line of a log
	chunk       = 256 << 10

	mostSkipped = 256 << 20 // of one line; what goes on without an end is no log
)

var errNoLines = errors.New("no line ends within 256 MiB: this is no log")

// Reader reads lines as they come, one at a time, into a tally.
type Reader struct {
	Parser *accesslog.Parser
	Tally  *Tally
	Each   func(*accesslog.Entry) // called with every entry before it is counted; may be nil
	Said   func(lines int)        // called now and then with how many lines were read; may be nil
}

// Read takes lines from a source until its end, or until the context is done: reading may well block for ever.
func (r *Reader) Read(ctx context.Context, in io.Reader) error {
	chunks, failed := chunksOf(ctx, in)
	var rest []byte
	skipping, skipped := false, 0 // the rest of a line that is too long
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case data, more := <-chunks:
			if !more {
				if len(rest) > 0 && !skipping {
					r.line(rest)
				}
				select {
				case err := <-failed:
					return err
				default:
					return ctx.Err()
				}
			}
			if rest, skipping = r.lines(append(rest, data...), skipping); !skipping {
				skipped = 0
			} else if skipped += len(data); skipped > mostSkipped {
				return errNoLines
			}
			if r.Said != nil {
				r.Said(r.Tally.Lines)
			}
		}
	}
}

// chunksOf reads a source on the side, until its end or until the context is done. The error, if there is one, is sent before the chunks end.
func chunksOf(ctx context.Context, in io.Reader) (<-chan []byte, <-chan error) {
	chunks, failed := make(chan []byte, 4), make(chan error, 1)
	go readChunks(ctx, in, chunks, failed)
	return chunks, failed
}

func readChunks(ctx context.Context, in io.Reader, chunks chan<- []byte, failed chan<- error) {
	defer close(chunks)
	var fault error
	defer func() {
		if fault != nil {
			failed <- fault
		}
	}()
	defer process.Catch(&fault)
	buf := make([]byte, chunk)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			select {
			case chunks <- bytes.Clone(buf[:n]):
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				failed <- err
			}
			return
		}
	}
}

// lines takes whole lines off the data and returns what is left.
func (r *Reader) lines(data []byte, skipping bool) (rest []byte, skip bool) {
	for whole := data; ; {
		n := bytes.IndexByte(data, '\n')
		switch {
		case n < 0 && len(data) > longestLine:
			if !skipping {
				r.Tally.Lines++
				r.bad(data)
			}
			return nil, true
		case n < 0 && len(data) == len(whole):
			return data, skipping
		case n < 0:
			return bytes.Clone(data), skipping // the lines before it need not be kept
		case skipping:
			skipping = false
		case n > longestLine:
			r.Tally.Lines++
			r.bad(data[:n])
		default:
			r.line(data[:n])
		}
		data = data[n+1:]
	}
}

func (r *Reader) line(data []byte) {
	r.Tally.Lines++
	if len(bytes.TrimSpace(data)) == 0 {
		r.Tally.Other++
		return
	}
	e, err := r.Parser.Parse(string(data))
	switch {
	case err == nil:
		if r.Each != nil {
			r.Each(&e)
		}
		r.Tally.Add(e)
	case errors.Is(err, accesslog.ErrOther):
		r.Tally.Other++
	default:
		r.bad(data)
	}
}

func (r *Reader) bad(data []byte) {
	if r.Tally.Bad++; r.Tally.Bad == 1 {
		const shown = 200
		r.Tally.FirstBad = BadLine{Number: r.Tally.Lines, Text: string(data[:min(len(data), shown)])}
	}
}
