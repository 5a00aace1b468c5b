package policies

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// tokenNotRequired: a RequestAuthentication refuses bad tokens, and lets in who brings none. Requiring one takes an AuthorizationPolicy; where
// no policy on the way looks at the token at all, everybody passes. Routes that go by claims, headers that carry them and external
// authorizers count as a look. It is told of a request that came through without a token, where no policy asks who sends it either: who
// is let in by identity needs no token. A RequestAuthentication for a whole namespace or mesh verifies tokens where they come along; one
// with a selector was made for this workload.
func tokenNotRequired(w *walk.Walk) []flow.Finding {
	if !w.Reaches() || slices.ContainsFunc(w.Guards(), func(h *walk.Hop) bool { return looksAtToken(h) || asksWho(h) }) {
		return nil
	}
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		verified := h.Stage("requestAuthentication")
		if !h.Left.L7 || !h.Known() || verified == nil || verified.Note != flow.NoteTokenAbsent {
			continue
		}
		for _, p := range precedence.RequestAuthentications(h.View, h.Pod).Policies {
			if len(p.Spec.GetJwtRules()) > 0 && len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
				out = append(out, walk.Found(TokenNotRequired, walk.RequestAuthenticationRef(p).At("spec.jwtRules"), mesh.PodRef(h.Pod).ID()))
			}
		}
	}
	return out
}

// asksWho reports whether an ALLOW policy lets in some callers only.
func asksWho(h *walk.Hop) bool {
	return slices.ContainsFunc(h.Policies(), func(p *securityapi.AuthorizationPolicy) bool {
		from := func(f walk.Field) bool {
			a := f.Attribute()
			return strings.Contains(f.Path, ".from[") || a != nil && a.Sender != 0
		}
		return p.Spec.Action == security.AuthorizationPolicy_ALLOW && slices.ContainsFunc(walk.Fields(p), from)
	})
}

func looksAtToken(h *walk.Hop) bool {
	var headers []string
	for _, r := range tokenRules(h) {
		headers = append(headers, strings.ToLower(r.GetOutputPayloadToHeader()))
		for _, c := range r.GetOutputClaimToHeaders() {
			headers = append(headers, strings.ToLower(c.GetHeader()))
		}
	}
	carries := func(f walk.Field) bool {
		name, ok := strings.CutPrefix(f.Name, "request.headers[")
		return ok && slices.Contains(headers, strings.ToLower(strings.TrimSuffix(name, "]")))
	}
	for _, p := range h.Policies() {
		looks := func(f walk.Field) bool { return isToken(f) || carries(f) }
		if p.Spec.Action == security.AuthorizationPolicy_CUSTOM || slices.ContainsFunc(walk.Fields(p), looks) {
			return true
		}
	}
	return h.Left.VHost != nil && slices.ContainsFunc(h.Left.VHost.Routes, func(r config.Route) bool {
		for name := range r.Match.GetHeaders() {
			if strings.HasPrefix(strings.ToLower(name), "@request.auth.claims") {
				return true
			}
		}
		return false
	})
}
