package repair

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// maxPairs bounds the pairs of changes that are tried where no single one helps.
const maxPairs = 12

// both lists pairs of changes: where one mends what refuses the request and something else refuses it then, at the same proxy or at the next, a
// change for that goes with it.
func (i *incident) both(firsts []Change) []Change {
	var out []Change
	for _, first := range firsts {
		if len(out) >= maxPairs {
			return out
		}
		next, ok := i.behind(first)
		if !ok {
			continue
		}
		for _, second := range next.changes() {
			if c, ok := joined(first, second); ok {
				out = append(out, c)
			}
		}
	}
	return out
}

// behind is the incident that is left with a change; it is not ok where nothing came of it.
func (i *incident) behind(c Change) (*incident, bool) {
	s, q := c.Trial(i.s), *i.q
	next := &incident{s: c.Mesh(i.s), q: &q} // changes are made of what is there, not of what it is taken for to try
	if c.Request != nil {
		q = *c.Request
	}
	if q.Source != nil {
		pod, ok, _ := s.Pods.Get(q.Source.Namespace, q.Source.Name)
		if !ok {
			return nil, false
		}
		q.Source = pod
	}
	root, v := resolve.Answer(s, &q)
	if !v.Settled || len(v.Outcomes) != 1 || v.Outcomes[0].Kind == flow.Reaches {
		return nil, false
	}
	next.root, next.v, next.o = root, v, v.Outcomes[0]
	return next, next.elsewhere(i) || next.asksLess(i) || next.verifies() && !i.verifies()
}

// elsewhere reports whether another proxy refuses the request, or for another reason.
func (i *incident) elsewhere(before *incident) bool {
	return i.o.Reason != before.o.Reason || !slices.Equal(i.o.AnsweredBy, before.o.AnsweredBy)
}

// asksLess reports whether a request has what it lacked before, and is refused as another one.
func (i *incident) asksLess(before *incident) bool {
	if i.o.At == nil || before.o.At == nil {
		return false
	}
	was, is := lackingIn(before.o.At), lackingIn(i.o.At)
	return was.Identity && !is.Identity || was.Token && !is.Token
}

// verifies reports whether a proxy on the way verifies a token of the request.
func (i *incident) verifies() bool {
	found := false
	i.root.Each(func(_ *flow.Node, r *flow.Result) { found = found || r.Note == flow.NoteTokenVerified })
	return found
}

// joined is a change that is two.
func joined(first, second Change) (Change, bool) {
	if len(first.Then) > 0 || second.pod != nil || second.Command != "" {
		return Change{}, false
	}
	c := first
	c.Then = []Said{{second.Code, second.Args}}
	if second.Request != nil {
		c.Request = second.Request
	}
	if second.probe != nil {
		c.probe = second.probe
	}
	c.Objects = slices.DeleteFunc(slices.Clone(first.Objects), func(o metav1.Object) bool {
		return slices.ContainsFunc(second.Objects, func(x metav1.Object) bool { return mesh.RefTo(x) == mesh.RefTo(o) })
	})
	c.Objects = append(c.Objects, second.Objects...)
	c.Last = first.Last || second.Last
	return c, len(c.Objects) > 0 || c.Request != nil
}
