package policies

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// alternatives: entries of a list, and rules of a policy, are alternatives, of which one is enough. What was meant to hold together and got
// a dash too many allows, or denies, far more. All three forms have good uses as well, so each is told only where it cannot be one: an
// account beside its whole namespace; one thing asked for in each entry, and one entry alone deciding on this request; a rule for
// everybody, behind one for somebody.
func alternatives(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Guards() {
		for _, p := range h.Policies() {
			for i, r := range p.Spec.GetRules() {
				at := walk.PolicyRef(p).At("spec.rules[" + strconv.Itoa(i) + "]")
				if names, ok := accountBesideNamespace(h, p.Namespace, r); ok {
					out = append(out, walk.Found(EntriesAreAlternatives, walk.Under(at, "from"), names, "namespaces"))
				}
				if names, alone, ok := oneDecides(h, at, r); ok {
					out = append(out, walk.Found(EntriesAreAlternatives, walk.Under(at, "to"), names, alone))
				}
			}
			out = append(out, ruleForAll(h, p)...)
		}
	}
	return out
}

// single is the one field that an entry has, and its values; it is not ok for an entry with none, with several, or with a negated one.
func single(list []walk.Field) (name string, values []string, ok bool) {
	list = slices.DeleteFunc(list, func(f walk.Field) bool { return len(f.Values) == 0 })
	if len(list) != 1 || list[0].Not {
		return "", nil, false
	}
	return list[0].Name, list[0].Values, true
}

// accountBesideNamespace tells two entries of from, of which one names a namespace and the other accounts of it, which adds nothing.
func accountBesideNamespace(h *walk.Hop, namespace string, r *security.Rule) (names string, ok bool) {
	if len(r.GetFrom()) != 2 {
		return "", false
	}
	values := map[string][]string{}
	var order []string
	for _, f := range r.From {
		name, v, is := single(walk.Source(0, "", f.GetSource()))
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
func oneDecides(h *walk.Hop, at mesh.Ref, r *security.Rule) (names, alone string, ok bool) {
	if len(r.GetTo()) < 2 {
		return "", "", false
	}
	var order []string
	for _, t := range r.To {
		name, _, is := single(walk.Operation(0, "", t.GetOperation()))
		if !is || name == "ports" || slices.Contains(order, name) {
			return "", "", false
		}
		order = append(order, name)
	}
	deciding := deciding(h)
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
func deciding(h *walk.Hop) []flow.Candidate {
	for _, a := range []security.AuthorizationPolicy_Action{security.AuthorizationPolicy_DENY, security.AuthorizationPolicy_ALLOW} {
		list := slices.DeleteFunc(slices.Clone(h.Candidates(a)), func(c flow.Candidate) bool { return c.Matches != evidence.True })
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// ruleForAll tells an ALLOW policy of two rules, one with nothing but from and one with nothing but to, of which the latter lets the
// request in and the former does not. A rule with paths may well be for everybody: the public ones.
func ruleForAll(h *walk.Hop, p *securityapi.AuthorizationPolicy) []flow.Finding {
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
		case len(r.GetFrom()) == 0 && len(r.GetTo()) > 0 && !slices.ContainsFunc(walk.Fields(p), func(f walk.Field) bool { return f.Rule == i && f.Name == "paths" }):
			what = i
		}
	}
	if who < 0 || what < 0 {
		return nil
	}
	at := func(i int) mesh.Ref { return walk.PolicyRef(p).At("spec.rules[" + strconv.Itoa(i) + "]") }
	if d := deciding(h); len(d) != 1 || d[0].Ref != at(what) {
		return nil
	}
	return []flow.Finding{walk.Found(RulesAreAlternatives, at(what), at(who).Field)}
}
