package policies

import (
	"slices"
	"strconv"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// plaintextEvades: whoever comes in plaintext has no identity. No positive condition on it ever holds then, and every negated one does: a
// DENY by identity does not refuse plaintext, an ALLOW by notNamespaces lets it in. Under STRICT nobody comes in plaintext.
func plaintextEvades(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Servers() {
		mode := precedence.PeerAuthentication(h.View, h.Pod.Namespace, h.Pod.Labels, h.Port)
		if !h.Known() || len(mode.Gaps) > 0 || mode.Mode == precedence.Strict {
			continue
		}
		closed := refusesPlaintext(h)
		for _, p := range h.Policies() {
			for i := range p.Spec.GetRules() {
				out = append(out, evadedBy(h, p, i, mode.Mode.String(), closed)...)
			}
		}
	}
	return out
}

// evadedBy finds what a rule does to plaintext; closed is a proxy whose policies keep plaintext out as a whole.
func evadedBy(h *walk.Hop, p *securityapi.AuthorizationPolicy, i int, mode string, closed bool) []flow.Finding {
	r, at, port := p.Spec.Rules[i], walk.PolicyRef(p).At("spec.rules["+strconv.Itoa(i)+"]"), strconv.Itoa(h.Port)
	var out []flow.Finding
	switch p.Spec.Action {
	case security.AuthorizationPolicy_DENY:
		if f, ok := asks(r, i); ok && !closed && !slices.Contains(f.Values, "*") {
			out = append(out, walk.Found(DenyMissesPlaintext, at.At(f.Path), mode, port))
		}
		if f, ok := excludes(r, i); ok && h.Left.Principal == "" && denies(h, at) {
			out = append(out, walk.Found(DeniedWithoutIdentity, at.At(f.Path), mode))
		}
	case security.AuthorizationPolicy_ALLOW:
		if f, ok := excludes(r, i); ok && !closed {
			out = append(out, walk.Found(AllowTakesPlaintext, at.At(f.Path), mode, port))
		}
	}
	return out
}

func isIdentity(f walk.Field) bool {
	a := f.Attribute()
	return a != nil && a.Sender == rbac.Identity
}

// asks finds the positive condition on identity without which a rule never matches; it is not ok where some entry has none.
func asks(r *security.Rule, rule int) (walk.Field, bool) {
	var first *walk.Field
	for j, f := range r.GetFrom() {
		list := walk.Source(rule, "spec.rules["+strconv.Itoa(rule)+"].from["+strconv.Itoa(j)+"].source", f.GetSource())
		i := slices.IndexFunc(list, func(f walk.Field) bool { return isIdentity(f) && !f.Not && len(f.Values) > 0 })
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
		when := walk.Field{Rule: rule, Path: "spec.rules[" + strconv.Itoa(rule) + "].when[" + strconv.Itoa(j) + "].values", Name: rbac.SameField(c.GetKey()), Values: c.GetValues()}
		if isIdentity(when) && len(when.Values) > 0 {
			return when, true
		}
	}
	return walk.Field{}, false
}

// excludes finds the negated condition on identity that makes an entry match whoever has none. notPrincipals ["*"] is the usual way to
// mean just them, and with a positive condition beside it plaintext never matches.
func excludes(r *security.Rule, rule int) (walk.Field, bool) {
	if slices.ContainsFunc(r.GetWhen(), func(c *security.Condition) bool {
		return isIdentity(walk.Field{Name: rbac.SameField(c.GetKey())}) && len(c.GetValues()) > 0
	}) {
		return walk.Field{}, false
	}
	for j, f := range r.GetFrom() {
		list := walk.Source(rule, "spec.rules["+strconv.Itoa(rule)+"].from["+strconv.Itoa(j)+"].source", f.GetSource())
		if slices.ContainsFunc(list, func(f walk.Field) bool {
			return isIdentity(f) && len(f.Values) > 0 && (!f.Not || slices.Contains(f.Values, "*"))
		}) {
			continue
		}
		if i := slices.IndexFunc(list, func(f walk.Field) bool { return isIdentity(f) && f.Not && len(f.Values) > 0 }); i >= 0 {
			return list[i], true
		}
	}
	return walk.Field{}, false
}

// refusesPlaintext reports whether policies keep plaintext out as a whole: every ALLOW rule asks for an identity, or a DENY rule refuses all
// that have none.
func refusesPlaintext(h *walk.Hop) bool {
	allows, open := 0, false
	for _, p := range h.Policies() {
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
	list := slices.DeleteFunc(walk.Source(0, "", f.GetSource()), func(x walk.Field) bool { return len(x.Values) == 0 })
	return len(list) > 0 && !slices.ContainsFunc(list, func(x walk.Field) bool { return !isIdentity(x) || !x.Not })
}

// denies reports whether a DENY rule refuses the request.
func denies(h *walk.Hop, rule mesh.Ref) bool {
	return slices.ContainsFunc(h.Candidates(security.AuthorizationPolicy_DENY), func(c flow.Candidate) bool {
		return c.Ref == rule && c.Matches == evidence.True
	})
}
