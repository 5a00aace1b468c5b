package explain

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// advice collects what to do next about one answer.
type advice struct {
	s       *mesh.Snapshot
	q       *flow.Request
	v       flow.Verdict
	root    *flow.Node
	command string // the question as a command line
	out     []Next
}

// maxNext bounds what is offered: who looks for help at night reads no catalogue.
const maxNext = 4

// next tells what to do: what to ask for where something is unread, else changes of the resources that were tried first.
func next(s *mesh.Snapshot, q *flow.Request, root *flow.Node, v flow.Verdict, command string) []Next {
	a := &advice{s: s, q: q, v: v, root: root, command: command}
	for _, g := range v.Gaps {
		a.forGap(g)
	}
	if !v.Settled {
		return a.out[:min(len(a.out), maxNext)]
	}
	for _, o := range v.Outcomes {
		if o.Kind == flow.Reaches || o.Share == 0 && o.Reason == flow.CallerGaveUp {
			continue
		}
		if o.Reason == flow.NameNotFound {
			a.rename()
		}
		for _, f := range fixes[o.Reason] {
			if fix, ok := f(a, o); ok {
				a.offer(o, fix)
			}
		}
		a.look(o)
		a.without(o)
	}
	return a.out[:min(len(a.out), maxNext)]
}

// forGap tells how to close a gap.
func (a *advice) forGap(g mesh.Gap) {
	switch {
	case g.CanI() != "":
		text := catalogue.Text("NextPermission") // one step, however many are missing
		if !slices.ContainsFunc(a.out, func(n Next) bool { return n.Text == text }) {
			a.add(Next{Text: text, Command: g.CanI()})
		}
	case g.Cause == mesh.Unverified:
		a.add(Next{Text: catalogue.Text("NextKeys"), Command: a.again("--jwks keys.json")})
	case g.Kind == mesh.Pod && g.Cause == mesh.External:
		a.add(Next{Text: catalogue.Text("NextSourceIP"), Command: a.again("--source-ip ADDRESS")})
	case g.Cause == mesh.Rejected:
		a.add(Next{Text: catalogue.Text("NextMend", g.Resource.String())})
	}
}

// again is the question with a further flag; empty where the question has no command line.
func (a *advice) again(flag string) string {
	if a.command == "" {
		return ""
	}
	return a.command + " " + flag
}

func (a *advice) add(n Next) {
	if !slices.Contains(a.out, n) {
		a.out = append(a.out, n)
	}
}

// fix is a change of the resources that could help.
type fix struct {
	code    string // of its sentence
	facts   []string
	objects []metav1.Object
}

// offer shows a fix that was tried: with it the outcome is gone, and nothing worse has come.
func (a *advice) offer(o flow.Outcome, f fix) {
	after := a.try(a.s.Put(f.objects...))
	if !better(a.v, after, o) {
		return
	}
	var docs []string
	for _, x := range f.objects {
		doc, err := document(x)
		if err != nil {
			return
		}
		docs = append(docs, doc)
	}
	a.add(Next{Text: catalogue.Text(f.code, append(f.facts, outcomeOf(after))...), Command: a.again("--with patch.yaml"), Patch: strings.Join(docs, "---\n")})
}

// try asks the question of another snapshot.
func (a *advice) try(s *mesh.Snapshot) flow.Verdict {
	ask, ok := askIn(s, a.q)
	if !ok {
		return flow.Verdict{}
	}
	_, v := resolve.Answer(s, ask)
	return v
}

// better tells whether the outcome is gone and more of the requests reach the application.
func better(before, after flow.Verdict, o flow.Outcome) bool {
	same := func(x flow.Outcome) bool { return x.Kind == o.Kind && x.Status == o.Status && x.Reason == o.Reason }
	return after.Settled && len(after.Outcomes) > 0 && !slices.ContainsFunc(after.Outcomes, same) && reached(after) > reached(before)
}

func reached(v flow.Verdict) float64 {
	sum := 0.0
	for _, o := range v.Outcomes {
		if o.Kind == flow.Reaches {
			sum += o.Share
		}
	}
	return sum
}

func outcomeOf(v flow.Verdict) string {
	var heads []string
	for _, o := range v.Outcomes {
		heads = append(heads, Headline(Outcome{Result: o.Kind, Status: o.Status}))
	}
	return strings.Join(unique(heads), ", ")
}

// without tries to leave each cause out, one at a time.
func (a *advice) without(o flow.Outcome) {
	for _, r := range o.By {
		if _, isKind := mesh.APIOf(r.Kind); r.Role != flow.Cause || !isKind || !droppable[r.Kind] {
			continue
		}
		less, ok := a.s.Drop(r.Ref.Object())
		if !ok {
			continue
		}
		after := a.try(less)
		if !better(a.v, after, o) {
			continue
		}
		a.add(Next{Text: catalogue.Text("NextWithout", r.Ref.Object().String(), outcomeOf(after)), Command: a.again("--without " + shell.Quote(refArg(r.Ref)))})
	}
}

// droppable are the kinds that it makes sense to think away.
var droppable = map[mesh.Kind]bool{mesh.PeerAuthentication: true, mesh.RequestAuthentication: true, mesh.AuthorizationPolicy: true, mesh.DestinationRule: true,
	mesh.VirtualService: true, mesh.Sidecar: true, mesh.ServiceEntry: true, mesh.HTTPRoute: true, mesh.GRPCRoute: true,
	mesh.BackendTLSPolicy: true}

func refArg(r mesh.Ref) string {
	return strings.ToLower(string(r.Kind)) + "/" + r.ID()
}

// document is an object as YAML to apply.
func document(o metav1.Object) (string, error) {
	data, err := yaml.Marshal(o)
	if err != nil {
		return "", err
	}
	var m map[string]any
	if err := yaml.Unmarshal(data, &m); err != nil {
		return "", err
	}
	delete(m, "status")
	if meta, ok := m["metadata"].(map[string]any); ok {
		for _, k := range []string{"creationTimestamp", "resourceVersion", "uid", "generation", "managedFields"} {
			delete(meta, k)
		}
	}
	out, err := yaml.Marshal(m)
	// The first value of an enumeration is left out when it is written, and would be hard to see.
	return strings.ReplaceAll(string(out), "tls: {}", "tls: {mode: DISABLE}"), err
}
