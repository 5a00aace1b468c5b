package policies

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// wrongPort: a policy compares the port of the pod. A Service's port that is none of the pod's matches nothing, and neither does a port that
// no container has; the latter is told where it alone keeps a rule from letting the request in, as pods may listen on what they do not
// declare.
func wrongPort(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(append(w.Guards(), w.Ztunnels()...)) {
		for _, p := range h.Policies() {
			for _, f := range walk.Fields(p) {
				if f.Name == "ports" {
					out = append(out, servicePorts(w, h, p, f)...)
				}
			}
		}
	}
	for _, h := range w.Guards() {
		if h.Refused() {
			out = append(out, unknownPorts(h)...)
		}
	}
	return out
}

// servicePorts finds the values of a field that are ports of a Service and none of the pod's.
func servicePorts(w *walk.Walk, h *walk.Hop, p *securityapi.AuthorizationPolicy, f walk.Field) []flow.Finding {
	var out []flow.Finding
	for i, v := range f.Values {
		n, err := strconv.Atoi(v)
		t, ok := walk.Behind(h.View, h.Pod, n, w.Dialled())
		if err == nil && ok && !takenBySome(h.View, p, n) {
			out = append(out, walk.Found(PolicyServicePort, walk.PolicyRef(p).At(f.Path+"["+strconv.Itoa(i)+"]"), v, t.Host.Ref.ID(), strconv.Itoa(t.Number)))
		}
	}
	return out
}

// unknownPorts finds rules that fail by their ports alone, none of which any pod of the policy has.
func unknownPorts(h *walk.Hop) []flow.Finding {
	var out []flow.Finding
	walk.Failing(h.Candidates(security.AuthorizationPolicy_ALLOW), "ports", func(c flow.Candidate, x evidence.Check) {
		p, ok, _ := h.View.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name)
		_, declared := agent.Listens(h.Pod, h.Port)
		unknown := func(v string) bool {
			n, err := strconv.Atoi(v)
			_, service := walk.Behind(h.View, h.Pod, n, mesh.Ref{})
			return err == nil && !service && !takenBySome(h.View, p, n)
		}
		if ok && len(declared) > 0 && !slices.ContainsFunc(x.Want, func(v string) bool { return !unknown(v) }) {
			out = append(out, walk.Found(PolicyPortUnknown, c.Ref.At(x.Field), x.Got))
		}
	})
	return out
}

// takenBySome reports whether some pod that the policy is attached to has a port, or may have it.
func takenBySome(s *mesh.Snapshot, p *securityapi.AuthorizationPolicy, port int) bool {
	pods, gaps := s.Pods.In(p.Namespace)
	gaps = append(gaps[:len(gaps):len(gaps)], s.Services.Gaps(p.Namespace)...)
	if p.Namespace == s.Config.RootNamespace {
		pods, gaps = s.Pods.All()
		_, unread := s.Hosts()
		gaps = append(gaps[:len(gaps):len(gaps)], unread...)
	}
	return len(gaps) > 0 || slices.ContainsFunc(pods, func(pod *corev1.Pod) bool {
		return mesh.RoleOf(pod) != mesh.NoProxy && slices.Contains(precedence.AuthorizationPolicies(s, pod).Policies, p) && walk.Takes(s, pod, port)
	})
}
