package policies

import (
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// lostOnTCP: on a port that is not read as HTTP, what only HTTP has cannot be compared. An ALLOW rule with such a field is lost as a whole,
// of a DENY rule the field is, which then denies more (pilot/pkg/security/authz/model/model.go).
func lostOnTCP(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Guards() {
		if h.Left.L7 {
			continue
		}
		args := []string{strconv.Itoa(h.Port)}
		if t, _, ok := walk.Declares(h.View, h.Pod, h.Port); ok && t.Port.Protocol.Class() == mesh.ClassTCP {
			args = append(args, t.Host.Ref.ID(), string(t.Port.Protocol))
		}
		tell := func(code flow.Note, c flow.Candidate) {
			if at, ok := httpField(h, c.Ref); ok {
				out = append(out, walk.Found(code, at, args...))
			}
		}
		for _, c := range h.Candidates(security.AuthorizationPolicy_ALLOW) {
			if h.Refused() && c.Why == "HTTPFieldOnTCP" {
				tell(AllowLostOnTCP, c)
			}
		}
		for _, c := range h.Candidates(security.AuthorizationPolicy_DENY) {
			if c.Applies && c.Matches != evidence.False {
				tell(DenyWidenedOnTCP, c)
			}
		}
	}
	return out
}

// httpField is the first field of a rule that only HTTP has.
func httpField(h *walk.Hop, rule mesh.Ref) (mesh.Ref, bool) {
	p, ok, _ := h.View.AuthorizationPolicies.Get(rule.Namespace, rule.Name)
	if !ok {
		return mesh.Ref{}, false
	}
	for _, f := range walk.Fields(p) {
		if a := f.Attribute(); a != nil && a.HTTP && strings.HasPrefix(f.Path, rule.Field+".") {
			return rule.At(f.Path), true
		}
	}
	return mesh.Ref{}, false
}
