package repair

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// settle returns changes with which a request reaches the application whatever it is that nobody knows: that a gateway sees the client's address
// and not a node's, and that what a rule says of TLS agrees with what a host's owner says.
func (i *incident) settle(m *reach.Measure) []Repair {
	changes := i.ownAddress()
	for _, o := range i.v.Outcomes {
		of := &incident{s: i.s, q: i.q, root: i.root, v: i.v, o: o}
		switch o.Reason {
		case flow.ServerSpeaksClear:
			changes = append(changes, of.speakClear()...)
		case flow.ServerSpeaksTLS:
			changes = append(changes, of.readCredential()...)
		}
	}
	var out []Repair
	for _, c := range changes {
		after, ok := ask(c.Mesh(i.s), i.q)
		if !ok || len(out) == maxSettled || !after.Settled || reach.Served(after) < 1 {
			continue
		}
		r := Repair{Change: c, After: after}
		if r.Patch, r.Changed, r.Removed, ok = patch(i.s, c.Objects); ok {
			r.Reach = m.Of(c.Mesh(i.s), c.touched())
			out = append(out, r)
		}
	}
	return out
}

// maxSettled bounds the changes that are offered for an answer that is not settled.
const maxSettled = 2

// ownAddress has kube-proxy keep the client's address on its way to a gateway (Kubernetes: Service, externalTrafficPolicy).
func (i *incident) ownAddress() []Change {
	var out []Change
	for _, g := range i.v.Gaps {
		svc, ok, _ := i.s.Services.Get(g.Resource.Namespace, g.Resource.Name)
		if g.Resource.Kind != mesh.Service || g.Resource.Field != "spec.externalTrafficPolicy" || !ok {
			continue
		}
		c := svc.DeepCopy()
		c.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		out = append(out, Change{Code: "NextKeepAddress", Args: []string{g.Resource.Object().String()}, Objects: []metav1.Object{c}})
	}
	return out
}

// readCredential gives a DestinationRule a selector for the client: a sidecar reads the credentialName of such rules alone (istio:
// pilot/pkg/networking/core/cluster_tls.go).
func (i *incident) readCredential() []Change {
	var out []Change
	for ref, d := range causing(i, i.s.DestinationRules) {
		if i.q.Source == nil || d.Spec.WorkloadSelector != nil || d.Namespace != i.q.Source.Namespace {
			continue
		}
		selector := i.selectorFor(i.q.Source)
		if selector == nil {
			selector = naming(i.q.Source.Labels)
		}
		if len(selector) == 0 {
			continue
		}
		c := d.DeepCopy()
		c.Spec.WorkloadSelector = workloads(selector)
		change := Change{Code: "NextReadCredential", Args: []string{ref.Object().String(), labelText(selector)}, Objects: []metav1.Object{c}}
		if !slices.ContainsFunc(out, func(x Change) bool { return slices.Equal(x.Args, change.Args) }) {
			out = append(out, change)
		}
	}
	return out
}

// naming is the label that a workload is told by.
func naming(labels map[string]string) map[string]string {
	for _, k := range []string{"app", "app.kubernetes.io/name", "k8s-app"} {
		if v := labels[k]; v != "" {
			return map[string]string{k: v}
		}
	}
	return nil
}
