package truth

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// figures are what came of an area.
type figures struct {
	Cases, Requests                  int
	Agree, Vague, Unsettled, Wrong   int
	DetailsRight, DetailsAsked, Left int
}

func (f *figures) add(j Judgement) {
	f.Requests++
	switch j {
	case Agree:
		f.Agree++
	case Vague:
		f.Vague++
	case Unsettled:
		f.Unsettled++
	case Wrong:
		f.Wrong++
	}
}

// recordedOn tells what an area was recorded on, where it is not the usual mesh.
var recordedOn = map[string]string{"": "1.31, 1.40.0", "istio-1.30": "1.30.3, 1.38.3"}

const (
	readme     = "../../README.md"
	tableBegin = "<!-- written by: go test ./internal/truth -update -->\n"
	tableEnd   = "<!-- end -->\n"
)

// table is how true the answers are, by area, as the README shows it.
func table(byArea map[string]*figures) string {
	var out strings.Builder
	out.WriteString("| recorded | cases | requests | agree | not settled | too many answers | wrong | who answers, details, flags | Istio, Envoy |\n")
	out.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|---|\n")
	var all figures
	row := func(name string, f *figures, on string) {
		fmt.Fprintf(&out, "| %s | %d | %d | %d (%.1f %%) | %d | %d | %d | %d of %d | %s |\n", name, f.Cases, f.Requests, f.Agree,
			100*float64(f.Agree)/float64(f.Requests), f.Unsettled, f.Vague, f.Wrong, f.DetailsRight, f.DetailsAsked, on)
	}
	for _, area := range slices.Sorted(maps.Keys(byArea)) {
		f := byArea[area]
		on, ok := recordedOn[area]
		if !ok {
			on = recordedOn[""]
		}
		row(area, f, on)
		all.Cases += f.Cases
		all.Requests += f.Requests
		all.Agree += f.Agree
		all.Vague += f.Vague
		all.Unsettled += f.Unsettled
		all.Wrong += f.Wrong
		all.DetailsRight += f.DetailsRight
		all.DetailsAsked += f.DetailsAsked
	}
	row("all", &all, "")
	return out.String()
}

// checkTable compares the README's table with the figures, or with -update writes it.
func checkTable(t *testing.T, want string) {
	t.Helper()
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), tableBegin)
	stands, after, ended := strings.Cut(rest, tableEnd)
	switch {
	case !ok || !ended:
		t.Fatalf("%s has no place for the table: %s...%s", readme, tableBegin, tableEnd)
	case stands == want:
	case *golden.Update:
		if err := os.WriteFile(readme, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error(golden.Differs(readme, []byte(stands), []byte(want)))
	}
}
