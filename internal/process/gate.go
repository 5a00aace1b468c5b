package process

import (
	"io"
	"time"
)

// Gate is a writer that can be shut. What is written in one call passes as a whole or not at all, as far as that is up to this process.
type Gate struct {
	To   io.Writer
	free chan struct{} // holds one element while nobody writes
	shut chan struct{} // closed once nothing may pass any more
}

// NewGate makes an open one.
func NewGate(to io.Writer) *Gate {
	g := &Gate{To: to, free: make(chan struct{}, 1), shut: make(chan struct{})}
	g.free <- struct{}{}
	return g
}

// Write writes to the writer behind the gate. Once the gate is shut it never returns: the process is about to exit, and whoever reads has
// been told that there is no answer.
func (g *Gate) Write(p []byte) (int, error) {
	<-g.free
	select {
	case <-g.shut:
		select {}
	default:
	}
	defer func() { g.free <- struct{}{} }()
	return g.To.Write(p)
}

// Shut lets nothing through any more. It waits for a write that is under way, but not longer than the patience: its reader may never come.
// It is called once.
func (g *Gate) Shut(patience time.Duration) {
	close(g.shut)
	select {
	case <-g.free:
	case <-time.After(patience):
	}
}
