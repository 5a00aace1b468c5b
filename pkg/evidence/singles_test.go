package evidence_test

import (
	"slices"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// TestSingles: each of the causes that help alone is found, in order, and none that only helps together with others; few questions are asked.
func TestSingles(t *testing.T) {
	thousand := make([]int, 1000)
	for i := range thousand {
		thousand[i] = i
	}
	for name, x := range map[string]struct {
		causes []int
		alone  []int
		all    bool // what is left out has to be everything
		most   int  // questions
	}{
		"nothing":        {nil, nil, false, 0},
		"one":            {[]int{7}, []int{7}, false, 1},
		"few":            {[]int{1, 2, 3, 4}, []int{2, 4}, false, 4},
		"one of many":    {thousand, []int{617}, false, 25},
		"first and last": {thousand, []int{0, 999}, false, 45},
		"none of many":   {thousand, nil, false, 1},
		"only together":  {thousand, nil, true, 3},
	} {
		asked := 0
		helps := func(group []int) bool {
			asked++
			return x.all && len(group) == len(x.causes) || slices.ContainsFunc(group, func(i int) bool { return slices.Contains(x.alone, i) })
		}
		got := slices.Collect(evidence.Singles(x.causes, helps))
		if !slices.Equal(got, x.alone) || asked > x.most {
			t.Errorf("%s: %v after %d questions, want %v after %d", name, got, asked, x.alone, x.most)
		}
	}
	// Who has seen enough asks no further.
	asked := 0
	for range evidence.Singles(thousand, func([]int) bool { asked++; return true }) {
		break
	}
	if asked > 12 {
		t.Errorf("%d questions for the first one", asked)
	}
}
