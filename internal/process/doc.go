// Package process runs a command so that each way in which it can end has a code of its own: an answer, an error, a signal, a limit of time,
// and a fault of the program itself, which must never look like an answer.
package process
