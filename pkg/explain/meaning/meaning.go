package meaning

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/explain/symptom"
)

// KindMeaningList is the kind of the document that tells what codes mean.
const KindMeaningList = "MeaningList"

// ofAnswers is the kind of a meaning that stands in the answers of this program.
const ofAnswers = "code of an answer"

// Meaning tells what a code means: one of this program's answers, or something that a log or another program prints.
type Meaning struct {
	Kind    string   `json:"kind"` // "code of an answer", or what else it is: "response flag", "HTTP status", ...
	Code    string   `json:"code"`
	Long    string   `json:"long,omitempty"` // its long name
	Title   string   `json:"title"`
	Means   string   `json:"means,omitempty"`
	Causes  []string `json:"causes,omitempty"` // the most frequent first
	Next    []string `json:"next,omitempty"`   // what to do
	Sources string   `json:"sources,omitempty"`
}

// Name is the code with what tells it from other numbers: curl 56, HTTP 403, gRPC 14.
func (m Meaning) Name() string {
	return map[string]string{string(symptom.Curl): "curl ", string(symptom.Status): "HTTP ", string(symptom.GRPC): "gRPC "}[m.Kind] + m.Code
}

// List is what `explain` prints.
type List struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Items      []Meaning `json:"items"`
}

// NewList makes a list of meanings.
func NewList(items []Meaning) *List {
	return &List{APIVersion: explain.APIVersion, Kind: KindMeaningList, Items: items}
}

// Meanings explains a code or a symptom as somebody pastes it. What has several parts, such as UF,URX, has a meaning for each; what is not
// known has none.
func Meanings(code string) []Meaning {
	if e, ok := catalogue.Lookup(code); ok {
		return []Meaning{meaningOf(e)}
	}
	if list := symptom.Lookup(code); len(list) > 0 {
		return fromSymptoms(list)
	}
	// As a block of an answer begins: denied[RBACNoAllowMatched].
	if _, inner, ok := strings.Cut(strings.TrimRight(code, ": "), "["); ok {
		if e, ok := catalogue.Lookup(strings.TrimSuffix(inner, "]")); ok {
			return []Meaning{meaningOf(e)}
		}
	}
	return nil
}

// AllMeanings lists everything that can be explained: the codes of answers first, then symptoms by their kind.
func AllMeanings() []Meaning {
	var out []Meaning
	for _, c := range catalogue.Codes() {
		e, _ := catalogue.Lookup(c)
		out = append(out, meaningOf(e))
	}
	for _, k := range symptom.Kinds {
		out = append(out, fromSymptoms(symptom.All(k))...)
	}
	return out
}

// Explainable lists the codes that Meanings knows by themselves, for completion and for hints.
func Explainable() []string {
	out := append(catalogue.Codes(), symptom.Codes()...)
	slices.Sort(out)
	return slices.Compact(out)
}

func meaningOf(e catalogue.Entry) Meaning {
	return Meaning{Kind: ofAnswers, Code: e.Code, Title: Sample(e.Code), Means: e.Long, Next: []string{e.ToDo()}, Sources: e.Sources}
}

func fromSymptoms(list []symptom.Found) []Meaning {
	var out []Meaning
	for _, f := range list {
		out = append(out, Meaning{Kind: string(f.Kind), Code: f.Code, Long: f.Long, Title: f.Title, Means: f.Means, Causes: f.Causes, Next: f.Next})
	}
	return out
}
