package legacy

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
)

// refusals are the rules of a DENY policy that stand for what a policy refused for the sake of tokens.
func (t *translation) refusals(u use, at place, w *workload, alone bool, r *Resource) []*security.Rule {
	demands := u.policy.demands()
	// Where the mesh's RequestAuthentication verifies tokens too, those are of no use here. The mesh's own rules reach namespaces with
	// other issuers; there any token must do.
	alone = u.policy == t.old.mesh || alone && len(demands) == 1 && len(t.old.mesh.tokens()) == 0
	var out []*security.Rule
	for _, d := range demands {
		rules := d.rules(alone, r)
		if d.optional || len(rules) == 0 {
			continue
		}
		note(&r.NotSame, missingToken, tokenWithoutSubject)
		if d.preflight {
			note(&r.Notes, threeRules)
			rules = butPreflights(rules)
		}
		out = append(out, rules...)
	}
	if u.policy.impossible() {
		note(&r.Notes, originsMissing)
		out = append(out, &security.Rule{})
	}
	if len(out) == 0 {
		return nil
	}
	ports, all := t.onlyPorts(u, w, r)
	if !all {
		onPorts(out, numbers(ports), nil)
		if len(ports) == 0 {
			return nil // 1.4 looked for tokens on HTTP ports alone
		}
		return out
	}
	onPorts(out, nil, numbers(t.exempt(at, w, r)))
	return out
}

// onlyPorts are the HTTP ports of the pods that a policy is meant for, if it is not for all of them. Where a number is not known the
// rules have to hit all.
func (t *translation) onlyPorts(u use, w *workload, r *Resource) (ports []int, all bool) {
	if len(u.ports) == 0 {
		return nil, true
	}
	for _, p := range u.ports {
		switch {
		case !p.http && !t.gateway(w):
		case len(p.targets) == 0:
			note(&r.NotSame, tokenPortUnknown(p))
			all = true
		default:
			ports = append(ports, p.targets...)
		}
	}
	return sorted(ports), all
}

// exempt are the TCP ports that a DENY must be kept away from: on TCP nothing of its rules would be left but the ports, and it would
// refuse every connection. A gateway's ports are not told by its Service, so none of them is exempt.
func (t *translation) exempt(at place, w *workload, r *Resource) []int {
	reached := []*workload{w}
	if w == nil {
		reached = t.reach(at.namespace)
	}
	var http, tcp []int
	for _, w := range reached {
		ports, _ := t.ports(w)
		for _, p := range ports {
			switch {
			case p.http:
				http = append(http, p.targets...)
			case t.gateway(w):
				note(&r.NotSame, gatewayPorts(w.name()))
			case len(p.targets) == 0:
				note(&r.NotSame, tcpPortUnknown(p))
			default:
				tcp = append(tcp, p.targets...)
			}
		}
	}
	var out []int
	for _, port := range sorted(tcp) {
		if slices.Contains(http, port) {
			note(&r.NotSame, tcpPortShared(port))
			continue
		}
		out = append(out, port)
	}
	if len(out) > 0 {
		note(&r.Notes, tcpExempt)
	}
	return out
}

// reach lists the known workloads of a namespace, or of all of them for the root namespace.
func (t *translation) reach(namespace string) []*workload {
	if namespace != t.RootNamespace {
		return t.workloads(namespace)
	}
	var namespaces []string
	for _, s := range t.Services {
		namespaces = append(namespaces, s.Namespace)
	}
	var out []*workload
	for _, ns := range sorted(namespaces) {
		out = append(out, t.workloads(ns)...)
	}
	return out
}

func numbers(ports []int) []string {
	var out []string
	for _, p := range ports {
		out = append(out, strconv.Itoa(p))
	}
	return out
}

func sorted[T int | string](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
