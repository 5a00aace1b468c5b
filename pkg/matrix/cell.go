package matrix

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Answer is what a source gets at a destination.
type Answer struct {
	Settled  bool       `json:"settled"` // nothing that is unknown could change it
	Outcomes []Outcome  `json:"outcomes"`
	Gaps     []mesh.Gap `json:"gaps,omitempty"` // what could, where it is not settled
}

// Outcome is one end that a request can come to. What makes no difference to the caller is one outcome, whoever receives it.
type Outcome struct {
	Result      flow.Kind          `json:"result"`
	Status      int                `json:"status,omitempty"`
	CurlExit    int                `json:"curlExit,omitempty"`
	Share       float64            `json:"share"` // the part of the requests, where the mesh chooses; 0 where the caller decides, or where it is not settled
	Reason      flow.Reason        `json:"reason"`
	Responsible []flow.Responsible `json:"responsible,omitempty"`
}

// The names that stand for what is the source's own in the answers of all sources: its pod, and the Sidecar that governs it.
const (
	SourcePod     = "(source)"
	SourceSidecar = "(of source)"
)

// answerOf makes an answer of a verdict for a client's pod. Pods of the destination go by their workload, as which of them is named is
// chance.
func (m *maker) answerOf(v flow.Verdict, c *client, pod *corev1.Pod, self bool) Answer {
	a := Answer{Settled: v.Settled}
	m.granted.add(v.Presumes)
	for _, g := range v.Gaps {
		g.Detail = redact.Text(g.Detail)
		if own := m.rename(g.Resource, c, pod, self); own != g.Resource {
			g.Resource, g.Namespace = own, own.Namespace
		}
		a.Gaps = append(a.Gaps, g)
	}
	for _, o := range v.Outcomes {
		x := Outcome{Result: o.Kind, Status: o.Status, CurlExit: o.CurlExit, Share: o.Share, Reason: o.Reason}
		x.Responsible = make([]flow.Responsible, 0, len(o.By))
		for _, r := range o.By {
			r.Ref = m.rename(r.Ref, c, pod, self)
			x.Responsible = append(x.Responsible, r)
		}
		i := slices.IndexFunc(a.Outcomes, x.same)
		if i < 0 {
			a.Outcomes = append(a.Outcomes, x)
			continue
		}
		a.Outcomes[i].Share += x.Share
		a.Outcomes[i].join(x.Responsible)
	}
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		o.Share = math.Round(o.Share*1e6) / 1e6
		if !a.Settled {
			o.Share = 0
		}
		o.Responsible = ordered(o.Responsible)
	}
	slices.SortFunc(a.Outcomes, func(x, y Outcome) int {
		return cmp.Or(cmp.Compare(y.Share, x.Share), cmp.Compare(x.Result, y.Result), cmp.Compare(x.Status, y.Status), cmp.Compare(x.CurlExit, y.CurlExit), cmp.Compare(x.Reason, y.Reason))
	})
	return a
}

func (o Outcome) same(p Outcome) bool {
	return o.Result == p.Result && o.Status == p.Status && o.CurlExit == p.CurlExit && o.Reason == p.Reason
}

// join adds responsible resources that are not there yet, and orders them: causes first.
func (o *Outcome) join(list []flow.Responsible) {
	o.Responsible = ordered(append(slices.Clone(o.Responsible), list...))
}

// ordered sorts resources, in place: causes first, each once.
func ordered(list []flow.Responsible) []flow.Responsible {
	slices.SortStableFunc(list, func(a, b flow.Responsible) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Field, b.Field))
	})
	return slices.Compact(list)
}

// rename makes names equal that differ between clients that are alike.
func (m *maker) rename(r mesh.Ref, c *client, pod *corev1.Pod, self bool) mesh.Ref {
	switch {
	case r.Kind == mesh.Sidecar && r.Object() == c.sidecar && len(c.scope.Ingress) == 0:
		r.Namespace, r.Name = "", SourceSidecar
	case r.Kind != mesh.Pod:
	case !self && r.Object() == mesh.PodRef(pod):
		r.Namespace, r.Name = "", SourcePod
	default:
		if p, ok, _ := m.s.Pods.Get(r.Namespace, r.Name); ok && Workload(p) != p.Name {
			r.Name = Workload(p) + "-*"
		}
	}
	return r
}

// Own gives a reference of an answer its own names for one source.
func (c Class) Own(r mesh.Ref) mesh.Ref {
	switch {
	case r.Kind == mesh.Sidecar && r.Namespace == "" && r.Name == SourceSidecar:
		r.Namespace, r.Name = c.Sidecar.Namespace, c.Sidecar.Name
	case r.Kind == mesh.Pod && r.Namespace == "" && r.Name == SourcePod && len(c.Pods) == 1:
		r.Namespace, r.Name = c.Pods[0].Namespace, c.Pods[0].Name
	}
	return r
}

// NamesSources reports whether the answer names what is a source's own, which goes by another name for each class ([Class.Own]).
func (a *Answer) NamesSources() bool {
	return slices.ContainsFunc(a.Outcomes, func(o Outcome) bool {
		return slices.ContainsFunc(o.Responsible, func(r flow.Responsible) bool {
			return r.Namespace == "" && (r.Name == SourcePod || r.Name == SourceSidecar)
		})
	})
}

// text tells answers apart.
func (a *Answer) text() string {
	var b strings.Builder
	size := 0
	for _, o := range a.Outcomes {
		size += 100 * (1 + len(o.Responsible))
	}
	b.Grow(size)
	b.WriteString(strconv.FormatBool(a.Settled))
	for _, o := range a.Outcomes {
		b.WriteString("\n" + string(o.Result) + " " + strconv.Itoa(o.Status) + " " + strconv.Itoa(o.CurlExit) + " " + string(o.Reason) + " " + strconv.FormatFloat(o.Share, 'f', 6, 64))
		for _, r := range o.Responsible {
			for _, part := range [...]string{"|", string(r.Role), " ", string(r.Kind), " ", r.Namespace, "/", r.Name, " ", r.Field} {
				b.WriteString(part)
			}
		}
	}
	for _, g := range a.Gaps {
		b.WriteString("\n" + string(g.Kind) + "/" + g.Namespace + "/" + string(g.Cause) + "/" + g.Resource.String() + "/" + g.Detail)
	}
	return b.String()
}

// Reaches reports whether every request reaches the application, for certain.
func (a *Answer) Reaches() bool {
	return a.Settled && !slices.ContainsFunc(a.Outcomes, func(o Outcome) bool { return o.Result != flow.Reaches && o.Share > 0 })
}
