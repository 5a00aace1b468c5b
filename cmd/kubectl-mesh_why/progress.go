package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mesh-why/mesh-why/internal/render"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// silence is how long a terminal stays silent while a cluster is read.
const silence = 300 * time.Millisecond

// progress shows on a terminal how far reading is, once somebody has waited for a while. On anything else it is silent.
type progress struct {
	to    io.Writer
	mu    sync.Mutex
	last  string
	shown bool
	alarm *time.Timer
}

func newProgress(to io.Writer) *progress {
	if !isTerminal(to) {
		return &progress{}
	}
	return &progress{to: to}
}

func (p *progress) start() {
	if p.to == nil {
		return
	}
	p.alarm = time.AfterFunc(silence, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.shown = true
		p.print()
	})
}

// show notes what was read.
func (p *progress) show(done, total int, what string) {
	if p.to == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = fmt.Sprintf("reading the cluster: %d of %d lists (%s)", done, total, render.Clean(redact.Text(what)))
	if p.shown {
		p.print()
	}
}

// say notes how far something is that takes its time.
func (p *progress) say(text string) {
	if p.to == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = text
	if p.shown {
		p.print()
	}
}

// print replaces the line. Erasing to its end is all that is asked of the terminal.
func (p *progress) print() {
	text := p.last
	if text == "" {
		text = "reading the cluster"
	}
	_, _ = fmt.Fprintf(p.to, "\r%.78s\x1b[K", text)
}

func (p *progress) stop() {
	if p.to == nil {
		return
	}
	p.alarm.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K")
	}
	p.shown = false
}
