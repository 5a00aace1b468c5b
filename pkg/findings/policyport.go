package findings

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// wrongPort: a policy compares the port of the pod. A Service's port that is none of the pod's matches nothing, and neither does a port that
// no container has; the latter is told where it alone keeps a rule from letting the request in, as pods may listen on what they do not
// declare.
func wrongPort(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range byPod(w.guards()) {
		for _, p := range h.policies() {
			for _, f := range fields(p) {
				if f.name != "ports" {
					continue
				}
				for i, v := range f.values {
					n, err := strconv.Atoi(v)
					t, ok := behind(h.view, h.pod, n)
					if err == nil && ok && !takenBySome(h.view, p, n) {
						out = append(out, found(PolicyServicePort, policyRef(p).At(f.path+"["+itoa(i)+"]"), v, t.Host.Ref.ID(), itoa(t.Number)))
					}
				}
			}
		}
	}
	for _, h := range w.guards() {
		if !h.refused() {
			continue
		}
		fails(h.candidates(security.AuthorizationPolicy_ALLOW), "ports", func(c flow.Candidate, x evidence.Check) {
			p, ok, _ := h.view.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name)
			_, declared := mesh.Listens(h.pod, h.port)
			unknown := func(v string) bool {
				n, err := strconv.Atoi(v)
				_, service := behind(h.view, h.pod, n)
				return err == nil && !service && !takenBySome(h.view, p, n)
			}
			if ok && declared && !slices.ContainsFunc(x.Want, func(v string) bool { return !unknown(v) }) {
				out = append(out, found(PolicyPortUnknown, c.Ref.At(x.Field), x.Got))
			}
		})
	}
	return out
}

// takenBySome tells whether some pod that the policy is attached to has a port, or may have it.
func takenBySome(s *mesh.Snapshot, p *securityapi.AuthorizationPolicy, port int) bool {
	pods, gaps := s.Pods.In(p.Namespace)
	gaps = append(gaps[:len(gaps):len(gaps)], s.Services.Gaps(p.Namespace)...)
	if p.Namespace == s.Config.RootNamespace {
		pods, gaps = s.Pods.All()
		_, unread := s.Hosts()
		gaps = append(gaps[:len(gaps):len(gaps)], unread...)
	}
	return len(gaps) > 0 || slices.ContainsFunc(pods, func(pod *corev1.Pod) bool {
		return mesh.RoleOf(pod) != mesh.NoProxy && slices.Contains(precedence.AuthorizationPolicies(s, pod).Policies, p) && takes(s, pod, port)
	})
}
