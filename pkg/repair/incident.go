package repair

import (
	"iter"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// incident is an outcome that is to be mended, with all that is known of how it came about.
type incident struct {
	s    *mesh.Snapshot
	q    *flow.Request
	root *flow.Node
	v    flow.Verdict
	o    flow.Outcome
}

// server is the pod whose proxy refused the request; nil where none did.
func (i *incident) server() *corev1.Pod {
	var pod *corev1.Pod
	i.root.Each(func(n *flow.Node, r *flow.Result) {
		if n.Role == flow.ServerSidecar && r.Rejects() != evidence.False {
			pod = n.Flow.Pod
		}
	})
	return pod
}

// at is the request where the outcome's stage looked at it.
func (i *incident) at() (flow.Flow, bool) {
	var found *flow.Node
	i.root.Each(func(n *flow.Node, r *flow.Result) {
		if r == i.o.At {
			found = n
		}
	})
	if found == nil {
		i.root.Each(func(n *flow.Node, r *flow.Result) {
			if found == nil && r.Reason == i.o.Reason && r.Rejects() == evidence.True {
				found = n
			}
		})
	}
	if found == nil {
		return flow.Flow{}, false
	}
	f := found.Left
	f.Message = found.Flow.Message // routes of the same proxy come behind its policies
	f.Wire = found.Flow.Wire
	if i.o.At != nil {
		if path, ok := comparedPath(i.o.At); ok {
			f.Message.Path = path
		}
	}
	return f, true
}

// comparedPath is the path as policies saw it, normalised.
func comparedPath(res *flow.Result) (string, bool) {
	for _, c := range res.Candidates {
		for _, x := range c.Checks {
			if subjectOf(x) == ofRequest && strings.HasSuffix(strings.ToLower(x.Field), "paths") && x.Got != "" {
				return x.Got, true
			}
		}
	}
	return "", false
}

// cluster is the destination of the proxy at which the outcome came about, or else of the first one.
func (i *incident) cluster() *flow.Cluster {
	var at, first *flow.Cluster
	i.root.Each(func(n *flow.Node, r *flow.Result) {
		c := n.Left.Cluster
		if c == nil {
			return
		}
		if first == nil {
			first = c
		}
		if r.Reason == i.o.Reason {
			at = c
		}
	})
	if at != nil {
		return at
	}
	return first
}

// meant is the host of the registry that the request names; nil where it names none.
func (i *incident) meant() *mesh.Host {
	targets, found, _ := dns.Lookup(i.s, i.q.Namespace(), i.q.Outside(), i.q.Host, i.q.Port)
	if found && targets[0].Host != nil {
		return targets[0].Host
	}
	for _, h := range i.s.HostsNamed(i.q.Host) {
		return h
	}
	return nil
}

// selectorFor is a selector for a pod: that of the Service that sends to it.
func (i *incident) selectorFor(pod *corev1.Pod) map[string]string {
	for _, t := range i.s.Targets(pod) {
		if len(t.Host.Selector) > 0 {
			return t.Host.Selector
		}
	}
	return nil
}

// causes are the outcome's causes of a kind.
func (i *incident) causes(k mesh.Kind) []mesh.Ref {
	var out []mesh.Ref
	for _, r := range i.o.By {
		if r.Kind == k && !slices.Contains(out, r.Ref) {
			out = append(out, r.Ref)
		}
	}
	return out
}

// causing goes through the objects of a list that are causes of the outcome, each with the field that the cause names.
func causing[T metav1.Object](i *incident, list mesh.List[T]) iter.Seq2[mesh.Ref, T] {
	return func(yield func(mesh.Ref, T) bool) {
		for _, ref := range i.causes(list.Kind()) {
			if o, ok, _ := list.Get(ref.Namespace, ref.Name); ok && !yield(ref, o) {
				return
			}
		}
	}
}
