package explain

import (
	"reflect"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Reaches reports whether every request reaches what it asks for: the application, or the proxy's own port that it names.
func (e *Explanation) Reaches() bool {
	for _, o := range e.Verdict.Outcomes {
		if e.Verdict.Settled && o.Aside() {
			continue
		}
		if o.Result != flow.Reaches && o.Reason != flow.APIServerAnswered && o.Reason != flow.ProxyAnswers && o.Reason != flow.CallerGaveUp {
			return false
		}
	}
	return len(e.Verdict.Outcomes) > 0
}

// NewList makes a list of answers.
func NewList(items []*Explanation) *ExplanationList {
	return &ExplanationList{APIVersion: APIVersion, Kind: KindExplanationList, Items: items}
}

// NewComparisons makes a list of comparisons.
func NewComparisons(items []*Comparison) *ComparisonList {
	return &ComparisonList{APIVersion: APIVersion, Kind: KindComparisonList, Items: items}
}

// Compare puts two answers to one question side by side.
func Compare(before, after *Explanation) *Comparison {
	changed := !sameVerdict(before.Verdict, after.Verdict)
	return &Comparison{APIVersion: APIVersion, Kind: KindComparison, Summary: change(before, after, changed), Before: before, After: after, Changed: changed}
}

// sameVerdict compares what the caller gets and why, not the sentences.
func sameVerdict(a, b Verdict) bool {
	bare := func(v Verdict) []Outcome {
		out := make([]Outcome, len(v.Outcomes))
		for i, o := range v.Outcomes {
			o.Text, o.NearMisses, o.Matched = "", nil, nil
			out[i] = o
		}
		return out
	}
	return a.Settled == b.Settled && reflect.DeepEqual(bare(a), bare(b))
}

// Aside reports whether the outcome stands beside the answer of a settled verdict: it comes about only if what is presumed does not hold.
func (o Outcome) Aside() bool { return o.Assumed && o.Share != nil && *o.Share == 0 }
