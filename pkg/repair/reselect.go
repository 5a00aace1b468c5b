package repair

import (
	"maps"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// selected is the code of changes by which a policy selects what it was meant for.
const selected = "NextReselect"

// reselect has policies select the pod that refused the request where their selector selects none at all, and misses this one by a label or a
// letter: those that let requests in, verify tokens, or take plaintext.
func (i *incident) reselect() []Change {
	pod := i.refuser()
	if pod == nil {
		return nil
	}
	var out []Change
	for _, c := range i.misselecting(pod) {
		if !c.denies {
			out = append(out, c.Change)
		}
	}
	return out
}

// refuser is the pod whose proxy refused the request; nil where that is the client's own.
func (i *incident) refuser() *corev1.Pod {
	var pod *corev1.Pod
	i.root.Each(func(n *flow.Node, r *flow.Result) {
		if n.Role != flow.Caller && n.Role != flow.ClientSidecar && r.Rejects() != evidence.False {
			pod = n.Flow.Pod
		}
	})
	if pod == nil { // the connection failed at the client's proxy: the pod that it was sent to
		i.root.Each(func(n *flow.Node, _ *flow.Result) {
			if n.Role == flow.ServerSidecar || n.Role == flow.Application {
				pod = n.Flow.Pod
			}
		})
	}
	return pod
}

// reselected is a change of a policy's selector, and whether the policy is one that refuses requests.
type reselected struct {
	Change
	policy mesh.Ref
	denies bool
}

// misselecting lists the policies of a pod's namespace that were meant for the pod and select nothing, each with its selector corrected.
func (i *incident) misselecting(pod *corev1.Pod) []reselected {
	var out []reselected
	add := func(o metav1.Object, s *typeapi.WorkloadSelector, denies bool) {
		labels := s.GetMatchLabels()
		if len(labels) == 0 || mesh.Selects(labels, pod.Labels) || i.selectsAny(pod.Namespace, labels) {
			return
		}
		_, has, near := walk.NearLabels(labels, pod.Labels)
		if !near {
			return
		}
		maps.DeleteFunc(labels, func(k, v string) bool { return pod.Labels[k] != v })
		for _, h := range has {
			k, v, _ := strings.Cut(h, "=")
			labels[k] = v
		}
		ref := mesh.RefTo(o)
		c := Change{Code: selected, Args: []string{ref.String(), labelText(labels), mesh.PodRef(pod).ID()}, Objects: []metav1.Object{o}}
		out = append(out, reselected{c, ref, denies})
	}
	policies, _ := i.s.AuthorizationPolicies.In(pod.Namespace)
	for _, p := range policies {
		c := p.DeepCopy()
		add(c, c.Spec.Selector, p.Spec.Action != security.AuthorizationPolicy_ALLOW)
	}
	tokens, _ := i.s.RequestAuthentications.In(pod.Namespace)
	for _, p := range tokens {
		c := p.DeepCopy()
		add(c, c.Spec.Selector, false)
	}
	peers, _ := i.s.PeerAuthentications.In(pod.Namespace)
	for _, p := range peers {
		c := p.DeepCopy()
		add(c, c.Spec.Selector, false)
	}
	return out
}

// selectsAny reports whether labels select any pod of a namespace.
func (i *incident) selectsAny(namespace string, labels map[string]string) bool {
	pods, gaps := i.s.Pods.In(namespace)
	return len(gaps) > 0 || slices.ContainsFunc(pods, func(p *corev1.Pod) bool { return mesh.Selects(labels, p.Labels) })
}

// misselected has policies act that were meant for a pod on the way and select nothing.
func (i *incident) misselected(m *reach.Measure) []Enforcement {
	var out []Enforcement
	var pods []*corev1.Pod
	i.root.Each(func(n *flow.Node, _ *flow.Result) {
		if n.Role != flow.Caller && n.Role != flow.ClientSidecar && n.Flow.Pod != nil && !slices.Contains(pods, n.Flow.Pod) {
			pods = append(pods, n.Flow.Pod)
		}
	})
	for _, pod := range pods {
		for _, c := range i.misselecting(pod) {
			if len(out) == maxEnforced {
				return out
			}
			if r, ok := i.enforced(c.policy, c.Change); ok {
				r.Reach = m.Of(r.Mesh(i.s), r.touched())
				out = append(out, Enforcement{c.policy, r})
			}
		}
	}
	return out
}
