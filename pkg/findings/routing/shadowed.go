package routing

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// shadowed: of the virtual hosts that fit a request the most specific one is looked at alone. Where none of its routes takes the request, one for a
// wildcard host does not step in (Envoy: virtual host selection).
func shadowed(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range append(w.Gateways(), w.Sidecars()...) {
		v := h.Left.VHost
		if v == nil || !h.Ends(flow.RouteNotFound) || !h.View.VirtualServices.Known() {
			continue
		}
		for _, x := range routing.VirtualServices(h.View) {
			wild := slices.ContainsFunc(x.Hosts, func(n string) bool { return mesh.IsWild(n) && mesh.HostsOverlap(n, names(h)[0]) })
			bound := !h.IsGateway() || h.Left.Chain != nil && slices.ContainsFunc(h.Left.Chain.Servers, func(s *config.GatewayServer) bool {
				return slices.Contains(x.Gateways, s.Gateway)
			})
			if wild && bound && len(x.HTTP) > 0 && x.VisibleTo(h.Pod.Namespace) && !slices.Contains(v.Merged, x) && v.VS != x {
				out = append(out, walk.Found(VirtualServiceShadowed, x.Ref.At("spec.hosts"), shadowedBy(v), v.Name))
			}
		}
	}
	return out
}

func shadowedBy(v *config.VirtualHost) string {
	switch {
	case len(v.Merged) > 0:
		return v.Merged[0].Ref.Plain()
	case v.VS != nil:
		return v.VS.Ref.Plain()
	case v.Host != nil:
		return v.Host.Ref.Plain()
	}
	return v.Name
}

// gatewaysOnly: a VirtualService acts on sidecars where its gateways name mesh, or nothing. It is told where the request would get another answer by it.
func gatewaysOnly(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Sidecars() {
		if !h.View.VirtualServices.Known() || h.Host() == nil {
			continue
		}
		for _, x := range routing.VirtualServices(h.View) {
			if x.Made() || slices.Contains(x.Gateways, config.MeshGateway) || len(x.Gateways) == 0 || !slices.ContainsFunc(names(h), func(n string) bool { return slices.Contains(x.Hosts, n) }) || !x.VisibleTo(h.Pod.Namespace) {
				continue
			}
			old, ok, _ := h.View.VirtualServices.Get(x.Ref.Namespace, x.Ref.Name)
			if !ok {
				continue
			}
			n := old.DeepCopy()
			n.Spec.Gateways = append(n.Spec.Gateways, config.MeshGateway)
			if w.ChangesIn(w.Snapshot.Put(n)) {
				out = append(out, walk.Found(VirtualServiceNotForMesh, x.Ref.At("spec.gateways"), names(h)[0]))
			}
		}
	}
	return out
}

// hostHasPort: hosts of VirtualServices and Gateways are names; one with a port is the name of nothing. The port of a request's Host header is left out
// before names are compared.
func hostHasPort(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range append(w.Gateways(), w.Sidecars()...) {
		if !h.Ends(flow.RouteNotFound) && !h.Ends(flow.ServerNameUnknown) {
			continue
		}
		for _, x := range routing.VirtualServices(h.View) {
			for i, n := range x.Hosts {
				if bare := config.StripPort(n); bare != n && slices.ContainsFunc(names(h), func(own string) bool { return mesh.HostsOverlap(bare, own) }) {
					out = append(out, walk.Found(HostHasPort, x.Ref.At(config.Nth("spec.hosts", i)), n, bare))
				}
			}
		}
	}
	return out
}
