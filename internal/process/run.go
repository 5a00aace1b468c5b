package process

import (
	"context"
	"time"
)

// grace is how long a command may take to end by itself once its context is done.
const grace = 300 * time.Millisecond

// Run runs a command and returns its error. Where the context ends first, the command has a moment to end by itself; then Run returns with
// the context's cause, whatever the command is doing: reading a pipe that nobody writes to, decoding, computing. The process is expected
// to exit then, and the gates to be shut before.
func Run(ctx context.Context, command func(context.Context) error) error {
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() { done <- err }()
		defer Catch(&err)
		err = command(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return context.Cause(ctx)
	}
}
