package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const (
	// maxAnswer is how many bytes one answer may have. An object has 1.5 MiB at most (etcd: --max-request-bytes), and a page of 500 of those that
	// decide far less than this.
	maxAnswer = 64 << 20
	// manyBytes is what nearly every answer stays below. Of those that do not, a few are read at a time.
	manyBytes    = 8 << 20
	largeAtATime = 2
	// maxItems is how many objects one page may hold, a hundred times as many as it was asked for: each takes a kilobyte and more of memory,
	// and two bytes of an answer.
	maxItems = 100 * pageSize
)

// tooLargeError is an answer, or all of them, beyond a bound.
type tooLargeError struct{ text string }

func (e *tooLargeError) Error() string { return e.text }

var (
	errAnswerTooLarge = &tooLargeError{fmt.Sprintf("the answer is larger than %d MiB, and was not read further", maxAnswer>>20)}
	errTooManyItems   = fmt.Errorf("a page of more than %d objects, where %d were asked for", maxItems, pageSize)
)

// boundedBody is the body of an answer, whatever its status: it ends with an error where it grows beyond what an API server sends. What is read counts
// for all answers of the transport.
type boundedBody struct {
	io.ReadCloser
	transport *transport
	done      <-chan struct{} // of the request
	read      int64
	large     bool // holds a place among the large ones
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if err := b.place(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	all := b.transport.bytes.Add(int64(n))
	switch most := b.transport.most; {
	case b.read > maxAnswer:
		return 0, errAnswerTooLarge
	case most > 0 && all > most:
		return 0, &tooLargeError{fmt.Sprintf("the answers of the API server are larger than %d MiB in all; --max-input raises the limit", most>>20)}
	}
	return n, err
}

// place waits, once an answer is large, until few others are.
func (b *boundedBody) place() error {
	if b.large || b.read <= manyBytes || b.transport.large == nil {
		return nil
	}
	select {
	case b.transport.large <- struct{}{}:
		b.large = true
		return nil
	case <-b.done:
		return context.Canceled
	}
}

// Close gives the place back.
func (b *boundedBody) Close() error {
	if b.large {
		b.large = false
		<-b.transport.large
	}
	return b.ReadCloser.Close()
}

// tooLarge finds what is said of a bound in an error that client-go has written around it.
func tooLarge(err error) (*tooLargeError, bool) {
	var e *tooLargeError
	return e, errors.As(err, &e)
}
