package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mesh-why/mesh-why/internal/render"
)

// Exit codes, the same for every command and output.
const (
	exitReaches   = 0 // reaches the application, or every expectation met
	exitError     = 1 // usage, cluster, file
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

// run executes a command line and returns its exit code.
func run(ctx context.Context, args []string, io streams) int {
	root := newRoot(io)
	root.SetArgs(args)
	root.SetIn(io.In)
	root.SetOut(io.Out)
	root.SetErr(io.Err)
	err := root.ExecuteContext(ctx)
	var status exitStatus
	switch {
	case err == nil:
		return exitReaches
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(io.Err, "error: interrupted") //nolint:errcheck // nobody is left to tell
		return exitError
	}
	fmt.Fprintln(io.Err, render.CleanLines(errorText(err))) //nolint:errcheck // nobody is left to tell
	return exitError
}

// errorText is an error in kubectl's words: what the server says stands as it is.
func errorText(err error) string {
	text := err.Error()
	if strings.HasPrefix(text, "Error from server") || strings.HasPrefix(text, "error: ") || strings.HasPrefix(text, "The connection to the server") ||
		strings.HasPrefix(text, "Unable to connect to the server") {
		return text
	}
	return "error: " + text
}
