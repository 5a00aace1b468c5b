package nacked

import (
	"slices"
	"strconv"
	"strings"

	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/policy"
)

// Frozen finds what makes Envoy refuse the listeners of a server or a gateway as a whole: it keeps the ones that it had, so no later
// change reaches it, and today's answer cannot be read from the resources. The walk goes on as if the fault were mended.
func Frozen(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.NotIntercepted {
		return flow.Result{}
	}
	causes := slices.Clone(nackCausesFor(s, f.Pod))
	if port := gateway.Of(s, f.Pod).Ports[f.Wire.Port]; f.At.Role != flow.ServerSidecar && port != nil {
		causes = append(causes, port.Clashes...)
	}
	r := keeps(f, causes)
	for i, p := range causes {
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteProxyFrozen, Resource: p, Args: podsOf(s, causes[i])})
	}
	return r
}

// nackCausesFor are the parts of policies that the pod's proxy refuses, found once for a view of the mesh.
func nackCausesFor(s *mesh.Snapshot, pod *corev1.Pod) []mesh.Ref {
	type key struct{ pod *corev1.Pod }
	return mesh.Derive(s, key{pod}, func() []mesh.Ref {
		return nackCausesOf(s, precedence.RequestAuthentications(s, pod).Policies, precedence.AuthorizationPolicies(s, pod).Policies)
	})
}

// nackCausesOf are the parts of policies that Envoy refuses.
func nackCausesOf(s *mesh.Snapshot, authentications []*securityapi.RequestAuthentication, authorizations []*securityapi.AuthorizationPolicy) []mesh.Ref {
	var causes []mesh.Ref
	for _, p := range authentications {
		for i, r := range p.Spec.JwtRules {
			if r.GetJwks() == "" {
				continue
			}
			if _, ok := jwtauthn.CachedKeys(r.Jwks); !ok {
				ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name}
				causes = append(causes, ref.At("spec.jwtRules["+strconv.Itoa(i)+"].jwks"))
			}
		}
	}
	for _, p := range authorizations {
		for _, r := range policy.Compile(s, p).Rules {
			for _, to := range r.To {
				for _, c := range to.Conditions {
					causes = append(causes, badTemplates(r.Ref, c)...)
				}
			}
		}
	}
	return causes
}

// podsOf are the pods whose proxies take a policy over: their number, and the first few of them.
func podsOf(s *mesh.Snapshot, policy mesh.Ref) []string {
	type key struct{ policy mesh.Ref }
	return mesh.Derive(s, key{policy.Object()}, func() []string { return countPods(s, policy) })
}

func countPods(s *mesh.Snapshot, policy mesh.Ref) []string {
	pods, _ := s.Pods.In(policy.Namespace)
	if policy.Namespace == s.Config.RootNamespace {
		pods, _ = s.Pods.All()
	}
	var names []string
	for _, pod := range pods {
		if mesh.RoleOf(pod) != mesh.NoProxy && attached(s, pod, policy.Object()) {
			names = append(names, pod.Namespace+"/"+pod.Name)
		}
	}
	const few = 5
	return []string{strconv.Itoa(len(names)), strings.Join(names[:min(few, len(names))], ", ")}
}

func attached(s *mesh.Snapshot, pod *corev1.Pod, policy mesh.Ref) bool {
	var list []precedence.Considered
	switch policy.Kind {
	case mesh.RequestAuthentication:
		list = precedence.RequestAuthentications(s, pod).Considered
	case mesh.AuthorizationPolicy:
		list = precedence.AuthorizationPolicies(s, pod).Considered
	default:
		list = gateway.Of(s, pod).Considered
	}
	return slices.ContainsFunc(list, func(c precedence.Considered) bool { return c.Applies && c.Ref.Object() == policy })
}

// badTemplates points at paths with templates that Envoy does not understand.
func badTemplates(rule mesh.Ref, c rbac.Condition) []mesh.Ref {
	var out []mesh.Ref
	for i, v := range c.Want {
		if envoy.IsTemplate(v) && envoy.ParseTemplate(v) == nil {
			out = append(out, rule.At(c.Field+"["+strconv.Itoa(i)+"]"))
		}
	}
	return out
}

// keeps is the result where something is refused.
func keeps(f flow.Flow, causes []mesh.Ref) flow.Result {
	if len(causes) == 0 {
		return flow.Result{}
	}
	r := flow.Pass(f)
	o, others := flow.Open(flow.Frozen)
	o.By = flow.By(flow.Cause, causes...)
	for i := range others {
		others[i].By = o.By
	}
	r.MayReject(o, others...)
	r.Resource = causes[0]
	for _, p := range causes {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: p, Applies: true})
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: p.Kind, Namespace: p.Namespace, Cause: mesh.Rejected, Resource: p})
	}
	return r
}
