package findings

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// alternatives: entries of a list, and rules of a policy, are alternatives, of which one is enough. What was meant to hold together and got
// a dash too many allows, or denies, far more. All three forms have good uses as well, so each is told only where it cannot be one: an
// account beside its whole namespace; one thing asked for in each entry, and one entry alone deciding on this request; a rule for
// everybody, behind one for somebody.
func alternatives(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.guards() {
		for _, p := range h.policies() {
			for i, r := range p.Spec.GetRules() {
				at := policyRef(p).At("spec.rules[" + itoa(i) + "]")
				if names, ok := accountBesideNamespace(h, p.Namespace, r); ok {
					out = append(out, found(EntriesAreAlternatives, under(at, "from"), names, "namespaces"))
				}
				if names, alone, ok := h.oneDecides(at, r); ok {
					out = append(out, found(EntriesAreAlternatives, under(at, "to"), names, alone))
				}
			}
			out = append(out, h.ruleForAll(p)...)
		}
	}
	return out
}

// single is the one field that an entry has, and its values; it is not ok for an entry with none, with several, or with a negated one.
func single(list []field) (name string, values []string, ok bool) {
	list = slices.DeleteFunc(list, func(f field) bool { return len(f.values) == 0 })
	if len(list) != 1 || list[0].not {
		return "", nil, false
	}
	return list[0].name, list[0].values, true
}

// accountBesideNamespace tells two entries of from, of which one names a namespace and the other accounts of it, which adds nothing.
func accountBesideNamespace(h *hop, namespace string, r *security.Rule) (names string, ok bool) {
	if len(r.GetFrom()) != 2 {
		return "", false
	}
	values := map[string][]string{}
	var order []string
	for _, f := range r.From {
		name, v, is := single(source(0, "", f.GetSource()))
		if !is {
			return "", false
		}
		values[name] = v
		order = append(order, name)
	}
	spaces := values["namespaces"]
	accounts := slices.Concat(values["principals"], values["serviceAccounts"])
	within := func(v string) bool {
		for _, name := range order {
			if ns, account, is := named(h, name, namespace, v); is && account != "" && slices.Contains(spaces, ns) {
				return true
			}
		}
		return false
	}
	covered := len(spaces) > 0 && len(accounts) > 0 && !slices.ContainsFunc(accounts, func(v string) bool { return !within(v) })
	return strings.Join(order, ", "), covered
}

// oneDecides tells entries of to, each with one other of hosts, methods and paths, of which one matches the request and another does not,
// where no other rule would have decided the same.
func (h *hop) oneDecides(at mesh.Ref, r *security.Rule) (names, alone string, ok bool) {
	if len(r.GetTo()) < 2 {
		return "", "", false
	}
	var order []string
	for _, t := range r.To {
		name, _, is := single(operation(0, "", t.GetOperation()))
		if !is || name == "ports" || slices.Contains(order, name) {
			return "", "", false
		}
		order = append(order, name)
	}
	deciding := h.deciding()
	if len(deciding) != 1 || deciding[0].Ref != at {
		return "", "", false
	}
	others := false
	for _, c := range deciding[0].Checks {
		if name := c.Field[strings.LastIndex(c.Field, ".")+1:]; strings.Contains(c.Field, ".to[") {
			others = others || c.Is == evidence.False
			if c.Is == evidence.True {
				alone = name
			}
		}
	}
	return strings.Join(order, ", "), alone, others && alone != ""
}

// deciding are the rules that match: of DENY policies if any does, else of ALLOW policies.
func (h *hop) deciding() []flow.Candidate {
	for _, a := range []security.AuthorizationPolicy_Action{security.AuthorizationPolicy_DENY, security.AuthorizationPolicy_ALLOW} {
		list := slices.DeleteFunc(slices.Clone(h.candidates(a)), func(c flow.Candidate) bool { return c.Matches != evidence.True })
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// ruleForAll tells an ALLOW policy of two rules, one with nothing but from and one with nothing but to, of which the latter lets the
// request in and the former does not. A rule with paths may well be for everybody: the public ones.
func (h *hop) ruleForAll(p *securityapi.AuthorizationPolicy) []flow.Finding {
	rules := p.Spec.GetRules()
	if p.Spec.Action != security.AuthorizationPolicy_ALLOW || len(rules) != 2 {
		return nil
	}
	who, what := -1, -1
	for i, r := range rules {
		switch {
		case len(r.GetWhen()) > 0:
		case len(r.GetFrom()) > 0 && len(r.GetTo()) == 0:
			who = i
		case len(r.GetFrom()) == 0 && len(r.GetTo()) > 0 && !slices.ContainsFunc(fields(p), func(f field) bool { return f.rule == i && f.name == "paths" }):
			what = i
		}
	}
	if who < 0 || what < 0 {
		return nil
	}
	at := func(i int) mesh.Ref { return policyRef(p).At("spec.rules[" + itoa(i) + "]") }
	if d := h.deciding(); len(d) != 1 || d[0].Ref != at(what) {
		return nil
	}
	return []flow.Finding{found(RulesAreAlternatives, at(what), at(who).Field)}
}
