package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/mesh-why/mesh-why/internal/ruletest"
)

// shrinker takes out of a mesh what an answer does not need, as long as the answer stays the same.
type shrinker struct {
	question *ruletest.Archive // with one question
	objects  []object
	answer   string
}

func newShrinker(a *ruletest.Archive, objects []object) (*shrinker, error) {
	s := &shrinker{question: a, objects: objects}
	var err error
	s.answer, err = s.ask(objects)
	return s, err
}

// ask returns what is answered in a mesh of some objects.
func (s *shrinker) ask(objects []object) (string, error) {
	snap, err := s.question.Snapshot(text(objects))
	if err != nil {
		return "", err
	}
	line := s.question.Questions[0]
	e, err := s.question.Ask(snap, line)
	if err != nil {
		return "", fmt.Errorf("%s: %w", line, err)
	}
	return ruletest.Answer(e, s.question.Rows), nil
}

// same reports whether some objects are answered as all are. A mesh that cannot be asked is not.
func (s *shrinker) same(objects []object) bool {
	answer, err := s.ask(objects)
	return err == nil && answer == s.answer
}

// dropObjects takes out objects, many at a time first, then each by itself.
func (s *shrinker) dropObjects() {
	for size := len(s.objects) / 2; size > 0; size /= 2 {
		for i := 0; i < len(s.objects); {
			rest := slices.Concat(s.objects[:i], s.objects[min(i+size, len(s.objects)):])
			if s.same(rest) {
				s.objects = rest
			} else {
				i += size
			}
		}
	}
}

// dropFields takes fields out of the objects that are left.
func (s *shrinker) dropFields() {
	for _, o := range s.objects {
		s.dropIn(o, true)
	}
}

// identity are the fields that an object has in any case.
var identity = map[string]bool{"apiVersion": true, "kind": true, "metadata": true, "name": true, "namespace": true}

// dropIn takes out what it can of a value, from above: a field whose absence changes something is looked into.
func (s *shrinker) dropIn(v any, top bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if top && identity[k] {
				if k == "metadata" {
					s.dropIn(v[k], true)
				}
				continue
			}
			was := v[k]
			if delete(v, k); s.same(s.objects) {
				continue
			}
			v[k] = was
			if list, ok := was.([]any); ok {
				v[k] = s.dropElements(list, func(l []any) { v[k] = l })
			}
			s.dropIn(v[k], false)
		}
	case []any:
		for i, x := range v {
			if list, ok := x.([]any); ok {
				v[i] = s.dropElements(list, func(l []any) { v[i] = l })
			}
			s.dropIn(v[i], false)
		}
	}
}

// dropElements takes elements out of a list, from its end: the answer may count them.
func (s *shrinker) dropElements(list []any, set func([]any)) []any {
	for i := len(list) - 1; i >= 0; i-- {
		rest := slices.Concat(list[:i], list[i+1:])
		if set(rest); s.same(s.objects) {
			list = rest
		}
		set(list)
	}
	return list
}

// text writes objects for a reader of manifests.
func text(objects []object) []byte {
	var out []byte
	for _, o := range objects {
		data, err := json.Marshal(o)
		if err != nil {
			panic(err) // what YAML gave is no more than JSON
		}
		out = append(append(out, data...), "\n---\n"...)
	}
	return out
}
