package expect

import (
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// NotAsked stands in the place of the answer where a request could not be asked: it has no outcomes, and says why.
func (r Request) NotAsked(tool string, err error) *explain.Explanation {
	e := &explain.Explanation{
		APIVersion: explain.APIVersion, Kind: explain.KindExplanation, Name: r.Name, Error: redact.Text(err.Error()),
		Verdict: explain.Verdict{Outcomes: []explain.Outcome{}},
		Hops:    []explain.Hop{}, Inputs: explain.Inputs{Tool: explain.Tool{Version: tool}},
	}
	e.Request = explain.Request{Source: explain.Source{Kind: "Pod", Name: redact.Word(r.From)}, URL: destination(r.To), Method: redact.Word(r.Method)}
	if r.From == question.Outside {
		e.Request.Source = explain.Source{Kind: "Outside"}
	}
	if e.Request.Method == "" {
		e.Request.Method = "GET"
	}
	e.Verdict.Summary = "NOT ASKED   " + redact.Word(r.From) + " -> " + e.Request.URL + "   " + e.Request.Method
	return e
}

// destination is what may be shown of one: nothing where its place looks like a token.
func destination(to string) string {
	if redact.MayBeToken(question.Place(to)) {
		return redact.Mark
	}
	return redact.Text(to)
}
