package ruletest

import (
	"fmt"
	"slices"
	"strings"
)

// Rows says what of an answer an archive looks at, besides the verdict: stages by their names, and what of them.
type Rows map[string][]string

// What a line of rows can name beside stages, and what it can ask of a stage. A line that names no more than the stage asks for its row.
const (
	rowSees       = "sees"       // the request as each proxy saw it
	rowNotes      = "notes"      // findings beside the verdict
	rowNearMisses = "nearMisses" // of each outcome, the nearest first
	rowNext       = "next"       // what to do next
	rowBody       = "body"       // what the caller reads

	showCandidates = "candidates" // every object that the stage looked at, and why it counts or not
	showChecks     = "checks"     // and every comparison
	showText       = "text"       // the sentence
)

// ReadRows reads lines of rows: the name of a stage, then what of it is shown.
func ReadRows(lines []string) (Rows, error) {
	rows := Rows{}
	for _, line := range lines {
		words := strings.Fields(line)
		for _, w := range words[1:] {
			if w != showCandidates && w != showChecks && w != showText {
				return nil, fmt.Errorf("%q asks for %s, which is none of %s, %s, %s", line, w, showCandidates, showChecks, showText)
			}
		}
		rows[words[0]] = append(rows[words[0]], words[1:]...)
	}
	return rows, nil
}

// has reports whether a row is shown.
func (r Rows) has(name string) bool { _, ok := r[name]; return ok }

// shows reports whether something of a row is.
func (r Rows) shows(name, what string) bool { return slices.Contains(r[name], what) }

// asksMore reports whether an answer needs more than its verdict and its stages.
func (r Rows) asksMore() bool { return r.has(rowNotes) || r.has(rowNext) }
