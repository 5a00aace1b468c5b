package routing

import (
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// shortVirtualService: a VirtualService that looks as if it were for the destination, and whose host is completed to another name, or not
// at all, so that it is for nobody.
func shortVirtualService(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Sidecars() {
		host := h.Host()
		if host == nil || !host.Kube || !h.View.Services.Known() {
			continue
		}
		for _, v := range routing.VirtualServices(h.View) {
			acts := h.Left.VHost != nil && h.Left.VHost.VS == v
			if v.Made() || acts || !h.Near(v.Namespace) || !slices.Contains(v.Gateways, config.MeshGateway) || overlaps(v.Hosts, host.Name) {
				continue
			}
			out = append(out, shortHosts(h, v, host)...)
		}
	}
	return out
}

// shortHosts finds the hosts of a VirtualService that mean a Service's host, and are completed to one that does not exist.
func shortHosts(h *walk.Hop, v *config.VirtualService, host *mesh.Host) []flow.Finding {
	raw, ok, _ := h.View.VirtualServices.Get(v.Ref.Namespace, v.Ref.Name)
	if !ok {
		return nil
	}
	var out []flow.Finding
	for i, name := range raw.Spec.Hosts {
		full := mesh.ResolveHost(name, v.Namespace)
		meant := name == host.Ref.Name || completed(h.View, name) == host.Name
		if !meant || len(h.View.HostsNamed(full)) > 0 {
			continue
		}
		if full == name {
			full = ""
		}
		out = append(out, walk.Found(VirtualServiceShortHost, v.Ref.At("spec.hosts["+strconv.Itoa(i)+"]"), name, full, host.Name))
	}
	return out
}
