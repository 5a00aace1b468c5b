package mesh

import "slices"

// Reading tells where a kind was read, and why the rest was not. Its zero value is a kind that was never read.
type Reading struct {
	Coverage
	Failed []Gap
}

// Reading tells how a kind was read; the zero value for kinds that a snapshot does not hold.
func (s *Snapshot) Reading(k Kind) Reading {
	for _, l := range s.lists() {
		if l.Kind() == k {
			return l.reading()
		}
	}
	return Reading{}
}

// WithReadings returns a copy of the snapshot whose kinds were read as told. A kind that is not named was not read at all.
func (s *Snapshot) WithReadings(how map[Kind]Reading) *Snapshot {
	c := s.copy()
	for _, l := range c.lists() {
		l.cover(how[l.Kind()])
	}
	return c.Ready()
}

func (l *List[T]) reading() Reading {
	return Reading{Coverage{l.read.All, slices.Clone(l.read.Namespaces)}, slices.Clone(l.failed)}
}

func (l *List[T]) cover(r Reading) {
	*l = NewList(l.kind, l.items, Coverage{r.All, slices.Clone(r.Namespaces)}, r.Failed...)
}
