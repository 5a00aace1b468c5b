package logged

import (
	"cmp"
	"slices"
	"time"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Options are what a report needs besides the lines and the mesh.
type Options struct {
	Base  question.Question // what all questions share
	Tool  string            // version of the program
	Limit int               // how many items are listed; 0 for all
	Brief bool              // leave out the notes and the next steps of explanations
	// Command writes a question as a command line, without its secrets.
	Command func(question.Question, *redact.Redactor) string
}

// Report explains what a tally has seen.
func Report(s *mesh.Snapshot, t *Tally, o Options) *meaning.LogReport {
	r := &meaning.LogReport{APIVersion: explain.APIVersion, Kind: meaning.KindLogReport, Items: []meaning.LogItem{}, Agreement: map[meaning.Agreement]int{}, Tool: explain.Tool{Version: o.Tool},
		Lines: meaning.LogLines{Read: t.Lines, Entries: t.Entries, Other: t.Other, Bad: t.Bad, Beyond: t.Beyond}}
	if t.Bad > 0 {
		r.Lines.FirstBad = &meaning.LogLine{Number: t.FirstBad.Number, Text: redact.Word(t.FirstBad.Text)}
	}
	b := &builder{s: s, o: o, at: newLocator(s, o.Base), index: map[string]int{}}
	for _, seen := range t.Seen() {
		b.add(seen)
	}
	items := folded(b.items)
	slices.SortStableFunc(items, func(x, y item) int { return cmp.Or(x.rank()-y.rank(), y.Count-x.Count) })
	for i := range items {
		x := &items[i]
		r.Agreement[x.Agreement] += x.Count
		if o.Limit > 0 && len(r.Items) == o.Limit {
			r.Omitted++
			continue
		}
		b.finish(x)
		r.Items = append(r.Items, x.LogItem)
	}
	return r
}

func pointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

func later(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.After(*a) {
		return b
	}
	return a
}
