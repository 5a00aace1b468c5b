package routing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// missingGateway: a VirtualService for the request's host is bound to a Gateway that does not exist. A bare name is one of the
// VirtualService's own namespace (pilot/pkg/model/virtualservice.go, resolveGatewayName).
func missingGateway(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Gateways() {
		all, gaps := h.View.Gateways.All()
		if len(gaps) > 0 {
			continue
		}
		for _, v := range forHost(h) {
			for i, g := range v.Gateways {
				ns, name, _ := strings.Cut(g, "/")
				if _, ok, _ := h.View.Gateways.Get(ns, name); ok || g == config.MeshGateway {
					continue
				}
				var others []string
				for _, x := range all {
					if x.Name == name {
						others = append(others, x.Namespace+"/"+x.Name)
					}
				}
				out = append(out, walk.Found(GatewayMissing, v.Ref.At("spec.gateways["+strconv.Itoa(i)+"]"), g, strings.Join(others, ", ")))
			}
		}
	}
	return out
}

// forHost lists the VirtualServices that have the host of a request at a gateway.
func forHost(h *walk.Hop) []*config.VirtualService {
	return slices.DeleteFunc(slices.Clone(routing.VirtualServices(h.View)), func(v *config.VirtualService) bool {
		return v.Made() || !overlaps(v.Hosts, names(h)[0])
	})
}
