package findings

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

func requestAuthenticationRef(p *securityapi.RequestAuthentication) mesh.Ref {
	return mesh.Ref{Kind: mesh.RequestAuthentication, Namespace: p.Namespace, Name: p.Name}
}

// tokenRules are the rules by which a proxy verifies tokens.
func (h *hop) tokenRules() []*security.JWTRule {
	var out []*security.JWTRule
	for _, p := range precedence.RequestAuthentications(h.view, h.pod).Policies {
		out = append(out, p.Spec.GetJwtRules()...)
	}
	return out
}

func isToken(f field) bool {
	return f.name == "requestPrincipals" || strings.HasPrefix(f.name, "request.auth.")
}

// tokenNeverVerified: policies compare what a RequestAuthentication has verified. Where none is attached to the workload, there are no claims
// and no request principal, whatever token comes.
func tokenNeverVerified(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.guards() {
		if !h.left.L7 || !h.known() || len(h.tokenRules()) > 0 {
			continue
		}
		for _, p := range h.policies() {
			list := fields(p)
			if i := slices.IndexFunc(list, isToken); i >= 0 && p.Spec.Action != security.AuthorizationPolicy_CUSTOM {
				out = append(out, found(TokenNeverVerified, policyRef(p).At(list[i].path), mesh.PodRef(h.pod).ID()))
			}
		}
	}
	return out
}

// unknownIssuer: a request principal of an issuer that no RequestAuthentication of the workload takes tokens of. Policies of many workloads
// name the issuers of all of them; where one of a list is known, the others do no harm.
func unknownIssuer(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range byPod(w.guards()) {
		var issuers []string
		for _, r := range h.tokenRules() {
			issuers = append(issuers, r.GetIssuer())
		}
		slices.Sort(issuers)
		issuers = slices.Compact(issuers)
		if len(issuers) == 0 || slices.Contains(issuers, "") || !h.known() {
			continue
		}
		for _, p := range h.policies() {
			for _, f := range fields(p) {
				knows := func(v string) bool { iss, ok := issuerOf(v); return ok && slices.Contains(issuers, iss) }
				if f.name != "requestPrincipals" || slices.ContainsFunc(f.values, knows) {
					continue
				}
				for i, v := range f.values {
					iss, ok := issuerOf(v)
					if ok && !slices.Contains(issuers, iss) {
						out = append(out, found(IssuerUnknown, policyRef(p).At(f.path+"["+itoa(i)+"]"), iss, strings.Join(issuers, ", ")))
					}
				}
			}
		}
	}
	return out
}

// issuerOf is the issuer that a request principal asks for; it is not ok where any will do, or where none can match.
func issuerOf(v string) (string, bool) {
	i := strings.LastIndex(v, "/")
	if i < 0 || strings.HasPrefix(v, "*") || misreadRequestPrincipal(v) != "" {
		return "", false
	}
	return v[:i], true
}

// tokenNotRequired: a RequestAuthentication refuses bad tokens, and lets in who brings none. Requiring one takes an AuthorizationPolicy; where
// no policy on the way looks at the token at all, everybody passes. Routes that go by claims, headers that carry them and external
// authorizers count as a look. It is told of a request that came through without a token, where no policy asks who sends it either: who
// is let in by identity needs no token. A RequestAuthentication for a whole namespace or mesh verifies tokens where they come along; one
// with a selector was made for this workload.
func tokenNotRequired(w *walk) []flow.Finding {
	if !w.reaches() || slices.ContainsFunc(w.guards(), func(h *hop) bool { return h.looksAtToken() || h.asksWho() }) {
		return nil
	}
	var out []flow.Finding
	for _, h := range byPod(w.guards()) {
		verified := h.stage("requestAuthentication")
		if !h.left.L7 || !h.known() || verified == nil || verified.Note != flow.NoteTokenAbsent {
			continue
		}
		for _, p := range precedence.RequestAuthentications(h.view, h.pod).Policies {
			if len(p.Spec.GetJwtRules()) > 0 && len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
				out = append(out, found(TokenNotRequired, requestAuthenticationRef(p).At("spec.jwtRules"), mesh.PodRef(h.pod).ID()))
			}
		}
	}
	return out
}

// asksWho tells whether an ALLOW policy lets in some callers only.
func (h *hop) asksWho() bool {
	return slices.ContainsFunc(h.policies(), func(p *securityapi.AuthorizationPolicy) bool {
		from := func(f field) bool {
			return strings.Contains(f.path, ".from[") || isIdentity(f) || f.name == "ipBlocks" || f.name == "remoteIpBlocks"
		}
		return p.Spec.Action == security.AuthorizationPolicy_ALLOW && slices.ContainsFunc(fields(p), from)
	})
}

func (h *hop) looksAtToken() bool {
	var headers []string
	for _, r := range h.tokenRules() {
		headers = append(headers, strings.ToLower(r.GetOutputPayloadToHeader()))
		for _, c := range r.GetOutputClaimToHeaders() {
			headers = append(headers, strings.ToLower(c.GetHeader()))
		}
	}
	carries := func(f field) bool {
		name, ok := strings.CutPrefix(f.name, "request.headers[")
		return ok && slices.Contains(headers, strings.ToLower(strings.TrimSuffix(name, "]")))
	}
	for _, p := range h.policies() {
		looks := func(f field) bool { return isToken(f) || carries(f) }
		if p.Spec.Action == security.AuthorizationPolicy_CUSTOM || slices.ContainsFunc(fields(p), looks) {
			return true
		}
	}
	return h.left.VHost != nil && slices.ContainsFunc(h.left.VHost.Routes, func(r config.Route) bool {
		for name := range r.Match.GetHeaders() {
			if strings.HasPrefix(strings.ToLower(name), "@request.auth.claims") {
				return true
			}
		}
		return false
	})
}
