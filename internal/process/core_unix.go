//go:build unix

package process

import "syscall"

// noCore forbids core dumps. A limit of one byte is less than any core takes, and is also what Linux obeys where cores go to a program,
// which it does not of a limit of zero (linux: fs/coredump.c).
func noCore() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{Cur: 1, Max: 1}) // where it is refused, a lower limit holds already
}
