package policies

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// rewritten: the proxy before rewrites path or host as the route says, and the policy behind it compares what comes out. A rule that has
// them as the client sent them does not match any more: an ALLOW refuses, a DENY lets in.
func rewritten(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Guards() {
		if h.From == nil || !h.Left.L7 || !h.From.Left.L7 || h.From.Left.Route == nil || h.From.Left.Route.Route == nil {
			continue
		}
		rewrite := h.From.Left.Route.Route.HTTP.Rewrite
		if rewrite == nil {
			continue
		}
		by := h.From.Left.Route.Ref
		sent, got := envoy.TrimPath(h.From.In.Message.Path), envoy.TrimPath(h.In.Message.Path)
		compared(h, func(c flow.Candidate, x evidence.Check) {
			if sent != got && slices.ContainsFunc(x.Want, func(v string) bool { return matchesPath(v, sent) }) {
				out = append(out, walk.Found(PathRewritten, c.Ref.At(x.Field), sent, got, by.ID()))
			}
		}, "paths")
		excepted(h, func(c flow.Candidate, x evidence.Check) {
			if sent != got && slices.ContainsFunc(x.Want, func(v string) bool { return matchesPath(v, sent) }) {
				out = append(out, walk.Found(PathRewritten, c.Ref.At(x.Field), sent, got, by.ID()))
			}
		})
		compared(h, func(c flow.Candidate, x evidence.Check) {
			sent := h.From.In.Message.Authority
			if sent != x.Got && slices.ContainsFunc(x.Want, func(v string) bool { return envoy.ParsePattern(v).MatchFold(sent) }) {
				out = append(out, walk.Found(HostRewritten, c.Ref.At(x.Field), sent, x.Got, by.ID()))
			}
		}, "hosts")
	}
	return out
}

// excepted calls f with the paths that a DENY rule which refuses the request makes exceptions for, none of which is the request's.
func excepted(h *walk.Hop, f func(flow.Candidate, evidence.Check)) {
	for _, c := range h.Candidates(security.AuthorizationPolicy_DENY) {
		if c.Matches != evidence.True {
			continue
		}
		for _, x := range c.Checks {
			if strings.HasSuffix(x.Field, ".notPaths") {
				f(c, x)
			}
		}
	}
}

func matchesPath(value, path string) bool {
	if envoy.IsTemplate(value) {
		return envoy.ParseTemplate(value).Match(path)
	}
	return envoy.ParsePattern(value).Match(path)
}

// compared calls f with the comparisons of a field because of which an ALLOW rule does not let the request in, or a DENY rule does not
// refuse it.
func compared(h *walk.Hop, f func(flow.Candidate, evidence.Check), name string) {
	if h.Refused() {
		walk.Failing(h.Candidates(security.AuthorizationPolicy_ALLOW), name, f)
	}
	walk.Failing(h.Candidates(security.AuthorizationPolicy_DENY), name, f)
}
