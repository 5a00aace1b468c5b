package main

import (
	"fmt"
	"time"
)

// timing adds up how long the phases of a command take.
type timing struct {
	order []string
	spent map[string]time.Duration
}

// phase begins a phase; the function that it returns ends it.
func (t *timing) phase(name string) func() {
	begin := time.Now()
	return func() {
		if t.spent == nil {
			t.spent = map[string]time.Duration{}
		}
		if _, ok := t.spent[name]; !ok {
			t.order = append(t.order, name)
		}
		t.spent[name] += time.Since(begin)
	}
}

// report prints what was spent, with --timing.
func (m *meshSource) report() {
	if !m.in.timing {
		return
	}
	out := m.in.streams.Err
	for _, name := range m.time.order {
		_, _ = fmt.Fprintf(out, "%-10s %8s\n", name, m.time.spent[name].Round(10*time.Microsecond))
		if name != "reading" || m.reader == nil {
			continue
		}
		all := m.reader.Stats()
		for i, w := range all.Waves {
			_, _ = fmt.Fprintf(out, "  read %d   %8s  %4d requests  %7d KiB\n", i+1, w.Duration.Round(10*time.Microsecond), w.Requests, w.Bytes>>10)
		}
		_, _ = fmt.Fprintf(out, "  in all              %4d requests  %7d KiB\n", all.Requests, all.Bytes>>10)
	}
}
