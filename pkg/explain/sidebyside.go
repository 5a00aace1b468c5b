package explain

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
)

// KindSideBySide is the kind of two questions side by side.
const KindSideBySide = "SideBySide"

// SideBySide are the answers to two questions that differ in one thing: the source, the token, the path or the namespace.
type SideBySide struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Summary    string       `json:"summary"`
	Same       bool         `json:"same"` // the callers get the same, for the same reason
	Names      [2]string    `json:"names"`
	First      *Explanation `json:"first"`
	Second     *Explanation `json:"second"`
	Parts      *Step        `json:"parts,omitempty"` // the first step at which the two part
}

// NewSideBySide compares two answers; the names say in what their questions differ.
func NewSideBySide(first, second *Explanation, names [2]string) *SideBySide {
	s := &SideBySide{APIVersion: APIVersion, Kind: KindSideBySide, Names: names, First: first, Second: second,
		Same: sameVerdict(first.Verdict, second.Verdict), Parts: Part(first, second)}
	a, b := head(first), head(second)
	if a == b {
		s.Summary = catalogue.Text("BothGet", a)
	} else {
		s.Summary = catalogue.Text("TheyPart", names[0], a, names[1], b)
	}
	return s
}

// head is the verdict without the question.
func head(e *Explanation) string {
	text, _, _ := strings.Cut(e.Verdict.Summary, "   ")
	return text
}

// change says in a line what a change of the resources does to an answer.
func change(before, after *Explanation, changed bool) string {
	a, b := head(before), head(after)
	_, ask, _ := strings.Cut(after.Verdict.Summary, "   ")
	switch {
	case before.Error != "" && after.Error != "":
		return after.Verdict.Summary
	case a != b:
		a = catalogue.Text("Becomes", a, b)
	case changed:
		a = catalogue.Text("OtherReason", a)
	default:
		a = catalogue.Text("Stays", a)
	}
	return a + "   " + ask
}
