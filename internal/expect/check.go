package expect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// subset is a part of an outcome, as the file has it.
type subset map[string]any

// wanted reads what is expected: a part of an outcome, or a list of them where there are several.
func (r Request) wanted() ([]subset, error) {
	if len(r.Expect) == 0 || string(r.Expect) == "null" {
		return nil, nil
	}
	var list []subset
	if bytes.HasPrefix(bytes.TrimSpace(r.Expect), []byte("[")) {
		if err := json.Unmarshal(r.Expect, &list); err != nil || len(list) == 0 {
			return nil, errors.New("each entry is a part of an outcome, such as {result: answered, status: 403}")
		}
	} else {
		var one subset
		if err := json.Unmarshal(r.Expect, &one); err != nil {
			return nil, errors.New("expected is a part of an outcome, such as {result: answered, status: 403}")
		}
		list = []subset{one}
	}
	for _, s := range list {
		for _, k := range slices.Sorted(maps.Keys(s)) {
			if !slices.Contains(outcomeFields, k) {
				return nil, fmt.Errorf("an outcome has no field %q%s", redact.Word(k), suggest.Hint(k, outcomeFields))
			}
		}
		if v, ok := s["result"].(string); ok && !slices.Contains(resultNames, v) && !strings.HasPrefix(v, "exit") {
			return nil, fmt.Errorf("result %q is none of %s", redact.Word(v), strings.Join(resultNames, ", "))
		}
	}
	return list, nil
}

var outcomeFields = fieldsOf(reflect.TypeFor[explain.Outcome]())

func fieldsOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

// Result is how an answer compares with what was expected.
type Result int

// The results.
const (
	NotAsked  Result = iota // the request expects nothing
	Met                     //
	NotMet                  //
	Undecided               // it is not settled, and not all that is possible would meet the expectation
)

// Check compares an answer with the request's expectation: all outcomes that the mesh chooses among must fit it, and of a list of parts
// each must be met by one. It notes in the answer what was not met.
func (r Request) Check(e *explain.Explanation) Result {
	want, _ := r.wanted()
	if want == nil {
		return NotAsked
	}
	got := outcomes(e, false)
	if len(got) == 0 {
		got = outcomes(e, true)
	}
	if len(got) == 0 {
		got = []map[string]any{{}}
	}
	c := &explain.ExpectedCheck{Met: true}
	miss := func(w subset, o map[string]any) {
		c.Met = false
		for _, k := range slices.Sorted(maps.Keys(w)) {
			if !contains(o[k], w[k]) {
				c.Want = append(c.Want, k+"="+redact.Text(text(w[k])))
				c.Got = append(c.Got, k+"="+text(o[k]))
			}
		}
	}
	for _, o := range got {
		if !slices.ContainsFunc(want, func(w subset) bool { return w.fits(o) }) {
			miss(want[0], o)
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, w.fits) {
			miss(w, got[0])
		}
	}
	c.Want, c.Got = slices.Compact(c.Want), slices.Compact(c.Got)
	e.Expected = c
	switch {
	case c.Met:
		return Met
	case !e.Verdict.Settled:
		return Undecided
	}
	return NotMet
}

// outcomes are the answers as JSON has them, with or without those that only some callers see.
func outcomes(e *explain.Explanation, all bool) []map[string]any {
	var out []map[string]any
	for _, o := range e.Verdict.Outcomes {
		if !all && o.Share != nil && *o.Share == 0 {
			continue
		}
		data, _ := json.Marshal(o) // of plain fields, which always marshal
		var m map[string]any
		_ = json.Unmarshal(data, &m)
		if _, ok := m["share"]; !ok {
			m["share"] = 1.0
		}
		out = append(out, m)
	}
	return out
}

func (w subset) fits(o map[string]any) bool {
	for k, v := range w {
		if !contains(o[k], v) {
			return false
		}
	}
	return true
}

// contains reports whether all that is wanted is there: of an object the fields that are named, of a list an entry for each.
func contains(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range w {
			if !contains(g[k], v) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok {
			return len(w) == 0 && got == nil
		}
		for _, v := range w {
			if !slices.ContainsFunc(g, func(x any) bool { return contains(x, v) }) {
				return false
			}
		}
		return len(w) > 0 || len(g) == 0
	}
	return reflect.DeepEqual(got, want)
}

func text(v any) string {
	if v == nil {
		return "(none)"
	}
	if s, ok := v.(string); ok {
		return s
	}
	data, _ := json.Marshal(v)
	return string(data)
}
