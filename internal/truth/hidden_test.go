package truth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// TestHidden hides each kind in turn, everywhere and in each namespace that has objects of it: either the answer stays settled, and then
// it is the former one, or the former outcomes are still among the possible ones.
func TestHidden(t *testing.T) {
	each(t, func(c *Case, s *mesh.Snapshot) error {
		var asked []question.Question
		var before []*explain.Explanation
		err := some(c, 12, func(q question.Question) error {
			_, e, err := report(s, q)
			asked, before = append(asked, q), append(before, e)
			return err
		})
		if err != nil || len(asked) == 0 {
			return err
		}
		var errs []error
		for _, list := range lists(s) {
			hidden := s.Hide(list.kind, list.namespaces...)
			if err := c.date(hidden); err != nil {
				return err
			}
			for i, q := range asked {
				_, after, err := report(hidden, q)
				if err != nil {
					continue // a name that cannot be looked up any more
				}
				if err := stillPossible(before[i], after); err != nil {
					errs = append(errs, fmt.Errorf("without %s %v: %w", list.kind, list.namespaces, err))
				}
			}
		}
		return errors.Join(errs...)
	})
}

type hiddenList struct {
	kind       mesh.Kind
	namespaces []string // none for all
}

// lists are those that a reader of a cluster asks for.
func lists(s *mesh.Snapshot) []hiddenList {
	in := map[mesh.Kind][]string{}
	s.Each(func(k mesh.Kind, o metav1.Object) {
		if ns := o.GetNamespace(); ns != "" && !slices.Contains(in[k], ns) {
			in[k] = append(in[k], ns)
		}
	})
	var out []hiddenList
	for _, k := range s.Kinds() {
		switch k {
		case mesh.Secret, mesh.Node, mesh.NetworkPolicy, mesh.Ingress:
			continue // never read
		case mesh.Pod:
			// Without the source's nobody can ask.
		default:
			out = append(out, hiddenList{kind: k})
		}
		for _, ns := range slices.Sorted(slices.Values(in[k])) {
			out = append(out, hiddenList{k, []string{ns}})
		}
	}
	return out
}

func stillPossible(before, after *explain.Explanation) error {
	for _, o := range before.Verdict.Outcomes {
		if !slices.ContainsFunc(after.Verdict.Outcomes, func(p explain.Outcome) bool { return covers(p, o) }) {
			return fmt.Errorf("%s (settled %t) is not among %s (settled %t)", explain.Headline(o), before.Verdict.Settled, after.Verdict.Summary, after.Verdict.Settled)
		}
	}
	return nil
}

// covers reports whether an outcome that is possible stands for the former one: an answer without a status stands for every status.
func covers(p, o explain.Outcome) bool {
	return p.Result == o.Result && (p.Result != flow.Answered || p.Status == 0 || p.Status == o.Status)
}

// TestFewRights does so for somebody who has rights in the namespaces of the question only: every list of the whole cluster is refused, and
// so is each one of another namespace; with the mesh config, and without.
func TestFewRights(t *testing.T) {
	each(t, func(c *Case, s *mesh.Snapshot) error {
		views := map[string]*mesh.Snapshot{}
		return some(c, 30, func(q question.Question) error {
			_, before, err := report(s, q)
			if err != nil {
				return err
			}
			source, destination := q.Namespaces()
			own := slices.Concat(source, destination)
			slices.Sort(own)
			for _, namespaces := range [][]string{own, append(slices.Clone(own), mesh.DefaultRootNamespace)} {
				key := strings.Join(namespaces, " ")
				if views[key] == nil {
					views[key] = only(s, namespaces)
				}
				if err := c.date(views[key]); err != nil {
					return err
				}
				if _, after, err := report(views[key], q); err == nil {
					if err := stillPossible(before, after); err != nil {
						return fmt.Errorf("with rights in %v: %w", namespaces, err)
					}
				}
			}
			return nil
		})
	})
}

// only is what of a mesh somebody can read who has rights in some namespaces.
func only(s *mesh.Snapshot, namespaces []string) *mesh.Snapshot {
	var list []metav1.Object
	how := map[mesh.Kind]mesh.Reading{}
	for _, k := range s.Kinds() {
		how[k] = mesh.Reading{Coverage: mesh.Coverage{Namespaces: slices.Compact(slices.Clone(namespaces))}, Failed: []mesh.Gap{{Kind: k, Cause: mesh.Forbidden}}}
	}
	s.Each(func(k mesh.Kind, o metav1.Object) {
		if slices.Contains(namespaces, o.GetNamespace()) {
			list = append(list, o)
		}
	})
	return mesh.Collect(list).WithReadings(how)
}
