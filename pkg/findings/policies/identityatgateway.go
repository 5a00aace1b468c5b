package policies

import (
	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// identityAtGateway: an ALLOW rule of a gateway asks who the client is, and the server that takes the request never asks for the mesh's certificate:
// callers have no identity there, with or without a sidecar (Istio: Gateway, ServerTLSSettings.mode ISTIO_MUTUAL).
func identityAtGateway(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Guards() {
		if !h.IsGateway() || !h.Refused() || h.Left.Gateway == nil || h.Left.Principal != "" {
			continue
		}
		if mode := h.Left.Gateway.Server.GetTls().GetMode(); mode == networking.ServerTLSSettings_ISTIO_MUTUAL || mode == networking.ServerTLSSettings_MUTUAL {
			continue
		}
		for _, p := range h.Policies() {
			for _, f := range walk.Fields(p) {
				if a := f.Attribute(); a != nil && !f.Not && a.Sender&rbac.Identity != 0 {
					out = append(out, walk.Found(IdentityAtGateway, walk.PolicyRef(p).At(f.Path), mesh.PodRef(h.Pod).ID(), h.Left.Gateway.Ref.Object().ID()))
				}
			}
		}
	}
	return out
}
