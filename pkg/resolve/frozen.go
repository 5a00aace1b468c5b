package resolve

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// frozen finds what makes Envoy refuse the listeners of a server or a gateway as a whole: it keeps the ones that it had, so no later
// change reaches it, and today's answer cannot be read from the resources. The walk goes on as if the fault were mended.
func frozen(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed {
		return Result{}
	}
	poison := slices.Clone(poisonFor(s, f.Pod))
	if port := precedence.GatewayOf(s, f.Pod).Ports[f.Wire.Port]; f.At.Role != ServerSidecar && port != nil {
		poison = append(poison, port.Clashes...)
	}
	r := f.freezes(poison)
	for i, p := range poison {
		r.Notes = append(r.Notes, Finding{Code: NoteProxyFrozen, Resource: p, Facts: frozenPods(s, poison[i])})
	}
	return r
}

// poisonFor are the parts of policies that the pod's proxy refuses, found once for a view of the mesh.
func poisonFor(s *mesh.Snapshot, pod *corev1.Pod) []mesh.Ref {
	type key struct{ pod *corev1.Pod }
	return mesh.Derive(s, key{pod}, func() []mesh.Ref {
		var poison []mesh.Ref
		for _, p := range precedence.RequestAuthentications(s, pod).Policies {
			for i, r := range p.Spec.JwtRules {
				if r.GetJwks() == "" {
					continue
				}
				if _, ok := cachedKeys(r.Jwks); !ok {
					ref := mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name}
					poison = append(poison, ref.At("spec.jwtRules["+itoa(i)+"].jwks"))
				}
			}
		}
		for _, p := range precedence.AuthorizationPolicies(s, pod).Policies {
			for _, r := range compile(s, p).rules {
				for _, e := range r.to {
					for _, c := range e.clauses {
						poison = append(poison, badTemplates(r.ref, c)...)
					}
				}
			}
		}
		return poison
	})
}

// frozenPods are the pods whose proxies take a policy over: their number, and the first few of them.
func frozenPods(s *mesh.Snapshot, policy mesh.Ref) []string {
	type key struct{ policy mesh.Ref }
	return mesh.Derive(s, key{policy.Object()}, func() []string { return countFrozen(s, policy) })
}

func countFrozen(s *mesh.Snapshot, policy mesh.Ref) []string {
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
	return []string{itoa(len(names)), strings.Join(names[:min(few, len(names))], ", ")}
}

func attached(s *mesh.Snapshot, pod *corev1.Pod, policy mesh.Ref) bool {
	var list []precedence.Considered
	switch policy.Kind {
	case mesh.RequestAuthentication:
		list = precedence.RequestAuthentications(s, pod).Considered
	case mesh.AuthorizationPolicy:
		list = precedence.AuthorizationPolicies(s, pod).Considered
	default:
		list = precedence.GatewayOf(s, pod).Considered
	}
	return slices.ContainsFunc(list, func(c precedence.Considered) bool { return c.Applies && c.Ref.Object() == policy })
}

// badTemplates points at paths with templates that Envoy does not understand.
func badTemplates(rule mesh.Ref, c clause) []mesh.Ref {
	var out []mesh.Ref
	for i, v := range c.Want {
		if envoy.IsTemplate(v) && envoy.ParseTemplate(v) == nil {
			out = append(out, rule.At(c.Field+"["+itoa(i)+"]"))
		}
	}
	return out
}

// frozenRoutes finds what makes Envoy refuse the whole table of routes that the request would be looked up in.
func frozenRoutes(s *mesh.Snapshot, f Flow) Result {
	if f.Table == nil || f.Unrouted {
		return Result{}
	}
	type key struct{ table *precedence.RouteTable }
	poison := mesh.Derive(s, key{f.Table}, func() []mesh.Ref { return poisonIn(f.Table.Hosts) })
	if f.Listener != nil && f.Listener.Only != nil && f.VHost != nil {
		poison = poisonIn([]*precedence.VirtualHost{f.VHost}) // a table of its own
	}
	r := f.freezes(poison)
	for _, p := range poison {
		r.Notes = append(r.Notes, Finding{Code: NoteRoutesFrozen, Resource: p, Facts: []string{itoa(f.routePort())}})
	}
	return r
}

func poisonIn(hosts []*precedence.VirtualHost) []mesh.Ref {
	var poison []mesh.Ref
	seen := map[mesh.Ref]bool{}
	for _, h := range hosts {
		for i := range h.Routes {
			if at, bad := poisonous(&h.Routes[i]); bad && !seen[at] {
				seen[at] = true
				poison = append(poison, at)
			}
		}
	}
	return poison
}

// poisonous tells whether Envoy refuses a route, and which field of it (Envoy's validation of its own API).
func poisonous(r *precedence.Route) (mesh.Ref, bool) {
	at := func(field string) (mesh.Ref, bool) { return r.HTTP.Ref.At(r.HTTP.Ref.Field + "." + field), true }
	h := r.HTTP
	if field := badExpression(r.Match); field != "" {
		return r.Ref.At(r.Ref.Field + "." + field), true
	}
	status := func(n uint32) bool { return n >= 200 && n < 600 }
	switch {
	case h.Redirect != nil:
		switch h.Redirect.RedirectCode {
		case 0, 301, 302, 303, 307, 308:
		default:
			return at("redirect.redirectCode")
		}
	case h.DirectResponse != nil:
		if !status(h.DirectResponse.Status) {
			return at("directResponse.status")
		}
	case len(h.Route) != 1 && allZero(h.Route): // none at all: a delegate's own delegate is not followed
		return at("route")
	}
	if e, ok := h.Fault.GetAbort().GetErrorType().(*networking.HTTPFaultInjection_Abort_HttpStatus); ok && !status(uint32(e.HttpStatus)) {
		return at("fault.abort.httpStatus")
	}
	if m := h.Rewrite.GetUriRegexRewrite().GetMatch(); m != "" && badRegex(m) {
		return at("rewrite.uriRegexRewrite.match")
	}
	for i, o := range h.CorsPolicy.GetAllowOrigins() {
		if badRegex(o.GetRegex()) {
			return at("corsPolicy.allowOrigins[" + strconv.Itoa(i) + "].regex")
		}
	}
	return mesh.Ref{}, false
}

func allZero(routes []*networking.HTTPRouteDestination) bool {
	for _, d := range routes {
		if d.Weight != 0 {
			return false
		}
	}
	return true
}

// badExpression names the field of a match whose regular expression does not compile.
func badExpression(m *networking.HTTPMatchRequest) string {
	if m == nil {
		return ""
	}
	for name, x := range map[string]*networking.StringMatch{"uri": m.Uri, "method": m.Method, "authority": m.Authority, "scheme": m.Scheme} {
		if badRegex(x.GetRegex()) {
			return name + ".regex"
		}
	}
	for list, fields := range map[string]map[string]*networking.StringMatch{"headers": m.Headers, "withoutHeaders": m.WithoutHeaders, "queryParams": m.QueryParams} {
		for name, x := range fields {
			if badRegex(x.GetRegex()) {
				return list + "[" + name + "].regex"
			}
			if list != "queryParams" && asksClaim(name) && x.GetMatchType() == nil {
				return list + "[" + name + "]" // a claim cannot be asked for its presence
			}
		}
	}
	return ""
}

// badRegex tells an expression that RE2 refuses; "*" stands for presence and never becomes one.
func badRegex(expr string) bool {
	if expr == "" || expr == "*" {
		return false
	}
	_, err := regexp.Compile(expr)
	return err != nil
}

// freezes is the result where something is refused.
func (f Flow) freezes(poison []mesh.Ref) Result {
	if len(poison) == 0 {
		return Result{}
	}
	r := passes(f)
	r.Effect, r.Rejects, r.Reason, r.Resource = Maybe, Unknown, Frozen, poison[0]
	r.With, r.Might = open(Frozen)
	r.With.By = by(Cause, poison...)
	for i := range r.Might {
		r.Might[i].By = r.With.By
	}
	for _, p := range poison {
		r.Candidates = append(r.Candidates, Candidate{Ref: p, Applies: true})
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: p.Kind, Namespace: p.Namespace, Cause: mesh.Rejected, Resource: p})
	}
	return r
}

// unmodelledPod is a pod whose traffic passes something that is not modelled.
func unmodelledPod(s *mesh.Snapshot, f Flow) Result {
	return unmodelled(s, mesh.PodRef(f.Pod))
}
