package findings

import (
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// plaintextEvades: whoever comes in plaintext has no identity. No positive condition on it ever holds then, and every negated one does: a
// DENY by identity does not refuse plaintext, an ALLOW by notNamespaces lets it in. Under STRICT nobody comes in plaintext.
func plaintextEvades(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.servers() {
		mode := precedence.PeerAuthentication(h.view, h.pod.Namespace, h.pod.Labels, h.port)
		if !h.known() || len(mode.Gaps) > 0 || mode.Mode == precedence.Strict {
			continue
		}
		port, m := itoa(h.port), mode.Mode.String()
		closed := h.refusesPlaintext()
		for _, p := range h.policies() {
			for i, r := range p.Spec.GetRules() {
				at := policyRef(p).At("spec.rules[" + itoa(i) + "]")
				switch p.Spec.Action {
				case security.AuthorizationPolicy_DENY:
					if f, ok := asks(r, i); ok && !closed && !slices.Contains(f.values, "*") {
						out = append(out, found(DenyMissesPlaintext, at.At(f.path), m, port))
					}
					if f, ok := excludes(r, i); ok && h.left.Principal == "" && h.denies(at) {
						out = append(out, found(DeniedWithoutIdentity, at.At(f.path), m))
					}
				case security.AuthorizationPolicy_ALLOW:
					if f, ok := excludes(r, i); ok && !closed {
						out = append(out, found(AllowTakesPlaintext, at.At(f.path), m, port))
					}
				}
			}
		}
	}
	return out
}

var identityFields = []string{"principals", "namespaces", "serviceAccounts", "trustDomains"}

func isIdentity(f field) bool { return slices.Contains(identityFields, f.name) }

// asks finds the positive condition on identity without which a rule never matches; it is not ok where some entry has none.
func asks(r *security.Rule, rule int) (field, bool) {
	var first *field
	for j, f := range r.GetFrom() {
		list := source(rule, "spec.rules["+itoa(rule)+"].from["+itoa(j)+"].source", f.GetSource())
		i := slices.IndexFunc(list, func(f field) bool { return isIdentity(f) && !f.not && len(f.values) > 0 })
		if i < 0 {
			first = nil
			break
		}
		if first == nil {
			first = &list[i]
		}
	}
	if first != nil {
		return *first, true
	}
	for j, c := range r.GetWhen() {
		if name := sameAs[c.GetKey()]; slices.Contains(identityFields, name) && len(c.GetValues()) > 0 {
			return field{rule, "spec.rules[" + itoa(rule) + "].when[" + itoa(j) + "].values", name, false, c.GetValues()}, true
		}
	}
	return field{}, false
}

// excludes finds the negated condition on identity that makes an entry match whoever has none. notPrincipals ["*"] is the usual way to
// mean just them, and with a positive condition beside it plaintext never matches.
func excludes(r *security.Rule, rule int) (field, bool) {
	if slices.ContainsFunc(r.GetWhen(), func(c *security.Condition) bool {
		return slices.Contains(identityFields, sameAs[c.GetKey()]) && len(c.GetValues()) > 0
	}) {
		return field{}, false
	}
	for j, f := range r.GetFrom() {
		list := source(rule, "spec.rules["+itoa(rule)+"].from["+itoa(j)+"].source", f.GetSource())
		if slices.ContainsFunc(list, func(f field) bool {
			return isIdentity(f) && len(f.values) > 0 && (!f.not || slices.Contains(f.values, "*"))
		}) {
			continue
		}
		if i := slices.IndexFunc(list, func(f field) bool { return isIdentity(f) && f.not && len(f.values) > 0 }); i >= 0 {
			return list[i], true
		}
	}
	return field{}, false
}

// refusesPlaintext tells whether policies keep plaintext out as a whole: every ALLOW rule asks for an identity, or a DENY rule refuses all
// that have none.
func (h *hop) refusesPlaintext() bool {
	allows, open := 0, false
	for _, p := range h.policies() {
		for i, r := range p.Spec.GetRules() {
			switch p.Spec.Action {
			case security.AuthorizationPolicy_ALLOW:
				_, identity := asks(r, i)
				open = open || !identity
			case security.AuthorizationPolicy_DENY:
				if len(r.GetTo()) == 0 && len(r.GetWhen()) == 0 && slices.ContainsFunc(r.GetFrom(), onlyExcludes) {
					return true
				}
			}
		}
		if p.Spec.Action == security.AuthorizationPolicy_ALLOW {
			allows++
		}
	}
	return allows > 0 && !open
}

// onlyExcludes tells an entry that asks for nothing but that the identity is none of some.
func onlyExcludes(f *security.Rule_From) bool {
	list := slices.DeleteFunc(source(0, "", f.GetSource()), func(x field) bool { return len(x.values) == 0 })
	return len(list) > 0 && !slices.ContainsFunc(list, func(x field) bool { return !isIdentity(x) || !x.not })
}

// denies tells whether a DENY rule refuses the request.
func (h *hop) denies(rule mesh.Ref) bool {
	return slices.ContainsFunc(h.candidates(security.AuthorizationPolicy_DENY), func(c flow.Candidate) bool {
		return c.Ref == rule && c.Matches == evidence.True
	})
}
