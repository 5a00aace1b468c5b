// Command kubectl-mesh_why tells what a request gets in an Istio mesh, and which resource is responsible.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/mesh-why/mesh-why/internal/process"
)

// version is set when a release is built.
var version = "dev"

func main() {
	process.Prepare()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process as it ends any other
	code := run(ctx, os.Args[1:], streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	os.Exit(code)
}
