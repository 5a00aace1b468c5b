package policies

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// tokensOnTCP: on a port that is not read as HTTP there are no headers, and nobody looks for a token (Istio: RequestAuthentication). It is told of a
// rule that was made for this workload, where the request was meant to be HTTP.
func tokensOnTCP(w *walk.Walk) []flow.Finding {
	if w.Request.Raw() {
		return nil
	}
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		t, _, declared := walk.Declares(h.View, h.Pod, h.Port)
		if h.Left.L7 || !declared || t.Port.Protocol.Class() != mesh.ClassTCP {
			continue
		}
		for _, p := range precedence.RequestAuthentications(h.View, h.Pod).Policies {
			if len(p.Spec.GetJwtRules()) > 0 && len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
				out = append(out, walk.Found(TokensOnTCP, walk.RequestAuthenticationRef(p).At("spec.jwtRules"), strconv.Itoa(h.Port)))
			}
		}
	}
	return out
}
