package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/internal/process"
	"github.com/mesh-why/mesh-why/internal/render"
)

// Exit codes, the same for every command and output.
const (
	exitReaches   = 0 // reaches the application, or every expectation met
	exitError     = 1 // usage, cluster, file, interrupted, out of time, a fault of the program: no answer
	exitNot       = 2 // does not reach it, or an expectation not met
	exitUnsettled = 3 // something unread or not modelled could change the answer
)

// streams are where a command reads and writes.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// exitStatus ends a command with a code; what there is to say has been said.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run executes a command line and returns its exit code. Whatever happens on the way, 2 and 3 are answers.
func run(ctx context.Context, args []string, io streams) int {
	out, say := process.NewGate(io.Out), process.NewGate(io.Err)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	root := newRoot(streams{In: io.In, Out: out, Err: say}, stop)
	root.SetArgs(args)
	root.SetIn(io.In)
	root.SetOut(out)
	root.SetErr(say)
	err := process.Run(ctx, root.ExecuteContext)
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	if err == nil {
		return exitReaches
	}
	const patience = 300 * time.Millisecond // with somebody who reads the answer slowly
	out.Shut(patience)
	if cause := context.Cause(ctx); cause != nil && (errors.Is(err, cause) || errors.Is(err, context.Canceled)) {
		var late *outOfTime
		if err = errors.New("interrupted"); errors.As(cause, &late) {
			err = late
		}
	}
	fmt.Fprintln(io.Err, render.CleanLines(errorText(err, args))) //nolint:errcheck // nobody is left to tell
	return exitError
}

// errorText is an error in kubectl's words, without the secrets of the command line: what the server says stands as it is.
func errorText(err error, args []string) string {
	text := secretsOf(args).Text(err.Error())
	if strings.HasPrefix(text, "Error from server") || strings.HasPrefix(text, "error: ") || strings.HasPrefix(text, "The connection to the server") ||
		strings.HasPrefix(text, "Unable to connect to the server") {
		return text
	}
	return "error: " + text
}
