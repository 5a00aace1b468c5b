package findings

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// rewritten: the proxy before rewrites path or host as the route says, and the policy behind it compares what comes out. A rule that has
// them as the client sent them does not match any more: an ALLOW refuses, a DENY lets in.
func rewritten(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.guards() {
		if h.from == nil || !h.left.L7 || !h.from.left.L7 || h.from.left.Route == nil || h.from.left.Route.Route == nil {
			continue
		}
		rewrite := h.from.left.Route.Route.HTTP.Rewrite
		if rewrite == nil {
			continue
		}
		by := h.from.left.Route.Ref
		sent, got := envoy.TrimPath(h.from.in.Message.Path), envoy.TrimPath(h.in.Message.Path)
		h.compared(func(c flow.Candidate, x evidence.Check) {
			if sent != got && slices.ContainsFunc(x.Want, func(v string) bool { return matchesPath(v, sent) }) {
				out = append(out, found(PathRewritten, c.Ref.At(x.Field), sent, got, by.ID()))
			}
		}, "paths")
		h.compared(func(c flow.Candidate, x evidence.Check) {
			sent := h.from.in.Message.Authority
			if sent != x.Got && slices.ContainsFunc(x.Want, func(v string) bool { return envoy.ParsePattern(v).MatchFold(sent) }) {
				out = append(out, found(HostRewritten, c.Ref.At(x.Field), sent, x.Got, by.ID()))
			}
		}, "hosts")
	}
	return out
}

func matchesPath(value, path string) bool {
	if envoy.IsTemplate(value) {
		return envoy.ParseTemplate(value).Match(path)
	}
	return envoy.ParsePattern(value).Match(path)
}

// compared calls f with the comparisons of a field because of which an ALLOW rule does not let the request in, or a DENY rule does not
// refuse it.
func (h *hop) compared(f func(flow.Candidate, evidence.Check), name string) {
	if h.refused() {
		fails(h.candidates(security.AuthorizationPolicy_ALLOW), name, f)
	}
	fails(h.candidates(security.AuthorizationPolicy_DENY), name, f)
}

// hostWithoutPort: the host of a request carries the port wherever that is not the usual one, and a policy compares it whole. The rule
// would match if it had the port, or a star in its place.
func hostWithoutPort(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.guards() {
		h.compared(func(c flow.Candidate, x evidence.Check) {
			bare := config.StripPort(x.Got)
			if bare != x.Got && slices.ContainsFunc(x.Want, func(v string) bool { return envoy.ParsePattern(v).MatchFold(bare) }) {
				out = append(out, found(HostWithoutPort, c.Ref.At(x.Field), x.Got, bare+":*"))
			}
		}, "hosts")
	}
	return out
}

// lostOnTCP: on a port that is not read as HTTP, what only HTTP has cannot be compared. An ALLOW rule with such a field is lost as a whole,
// of a DENY rule the field is, which then denies more (pilot/pkg/security/authz/model/model.go).
func lostOnTCP(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.guards() {
		if h.left.L7 {
			continue
		}
		facts := []string{itoa(h.port)}
		if t, _, ok := declares(h.view, h.pod, h.port); ok && t.Port.Protocol.Class() == mesh.ClassTCP {
			facts = append(facts, t.Host.Ref.ID(), string(t.Port.Protocol))
		}
		tell := func(code flow.Note, c flow.Candidate) {
			if at, ok := h.httpField(c.Ref); ok {
				out = append(out, found(code, at, facts...))
			}
		}
		for _, c := range h.candidates(security.AuthorizationPolicy_ALLOW) {
			if h.refused() && c.Why == "HTTPFieldOnTCP" {
				tell(AllowLostOnTCP, c)
			}
		}
		for _, c := range h.candidates(security.AuthorizationPolicy_DENY) {
			if c.Applies && c.Matches != evidence.False {
				tell(DenyWidenedOnTCP, c)
			}
		}
	}
	return out
}

// httpField is the first field of a rule that only HTTP has.
func (h *hop) httpField(rule mesh.Ref) (mesh.Ref, bool) {
	p, ok, _ := h.view.AuthorizationPolicies.Get(rule.Namespace, rule.Name)
	if !ok {
		return mesh.Ref{}, false
	}
	for _, f := range fields(p) {
		http := slices.Contains([]string{"hosts", "methods", "paths", "requestPrincipals"}, f.name) || strings.HasPrefix(f.name, "request.")
		if http && strings.HasPrefix(f.path, rule.Field+".") {
			return rule.At(f.path), true
		}
	}
	return mesh.Ref{}, false
}
