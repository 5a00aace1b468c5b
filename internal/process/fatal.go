package process

import "runtime/debug"

// maxStack bounds what one goroutine may take of memory for its calls. What the program calls in a circle by mistake ends here, and not
// only at Go's own bound, which is a gigabyte.
const maxStack = 256 << 20

// Prepare makes a fatal error of Go's runtime end the process by a signal of its own (SIGABRT; a shell then says 134). Without it the
// exit status would be 2, which here is the answer "does not reach": nothing in the process can catch a stack that overflows, memory that
// is not to be had, or two goroutines in one map. The same holds of panics that nobody catches, and of SIGQUIT. No core is dumped: it would
// hold the tokens that were read.
//
// As the first process of a container (PID 1) a process is not ended by its own signal; Go then exits with 2 after all. An init process
// (docker run --init) is the remedy.
func Prepare() {
	noCore()
	debug.SetTraceback("crash")
	debug.SetMaxStack(maxStack)
}
