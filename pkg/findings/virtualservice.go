package findings

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// shortVirtualService: a VirtualService that looks as if it were for the destination, and whose host is completed to another name, or not
// at all, so that it is for nobody.
func shortVirtualService(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.sidecars() {
		host := h.host()
		if host == nil || !host.Kube || !h.view.Services.Known() {
			continue
		}
		for _, v := range routing.VirtualServices(h.view) {
			acts := h.left.VHost != nil && h.left.VHost.VS == v
			if v.GatewayAPI || acts || !h.near(v.Namespace) || !slices.Contains(v.Gateways, config.MeshGateway) || overlaps(v.Hosts, host.Name) {
				continue
			}
			raw, ok, _ := h.view.VirtualServices.Get(v.Ref.Namespace, v.Ref.Name)
			if !ok {
				continue
			}
			for i, name := range raw.Spec.Hosts {
				full := mesh.ResolveHost(name, v.Namespace)
				meant := name == host.Ref.Name || completed(h.view, name) == host.Name
				if meant && len(h.view.HostsNamed(full)) == 0 {
					if full == name {
						full = ""
					}
					out = append(out, found(VirtualServiceShortHost, v.Ref.At("spec.hosts["+itoa(i)+"]"), name, full, host.Name))
				}
			}
		}
	}
	return out
}

func overlaps(hosts []string, name string) bool {
	return slices.ContainsFunc(hosts, func(h string) bool { return mesh.HostsOverlap(h, name) })
}

// hiddenVirtualService: a VirtualService for the host that this proxy does not get to see. What a namespace keeps to itself may well be
// meant so; it is told of only where a gateway's own VirtualService is hidden from the gateway, or where the answer would be another one.
func hiddenVirtualService(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.senders() {
		r := h.stage("virtualHost")
		if r == nil || len(h.view.VirtualServices.Gaps(h.pod.Namespace)) > 0 {
			continue
		}
		for _, c := range r.Candidates {
			switch {
			case c.Applies || c.Ref.Kind != mesh.VirtualService:
			case c.Why == precedence.NotExported && (h.gateway() || h.near(c.Ref.Namespace) && w.changesIfExported(c.Ref)):
				out = append(out, found(VirtualServiceNotExported, c.Ref, h.pod.Namespace))
			case c.Why == precedence.NotImported && h.near(c.Ref.Namespace) && !c.By.IsZero():
				out = append(out, found(VirtualServiceNotImported, c.Ref, c.By.ID()))
			}
		}
	}
	return out
}

// changesIfExported tells whether the request gets another answer where everybody sees the VirtualService.
func (w *walk) changesIfExported(at mesh.Ref) bool {
	v, ok, _ := w.snap.VirtualServices.Get(at.Namespace, at.Name)
	if !ok {
		return false
	}
	public := v.DeepCopy()
	public.Spec.ExportTo = []string{"*"}
	return w.changesIn(w.snap.Put(public))
}

// hostTaken: of two VirtualServices with one host the sidecars take the older one, and nothing of the other
// (pilot/pkg/networking/core/httproute.go). One that the client's namespace keeps to itself displaces a public one by design.
func hostTaken(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.sidecars() {
		if h.left.Table == nil || h.left.VHost == nil || !h.view.VirtualServices.Known() {
			continue
		}
		for _, c := range h.left.Table.Losers[h.left.VHost.Name] {
			winner, loser := virtualService(h.view, c.By), virtualService(h.view, c.Ref)
			if c.Why != precedence.HostTaken || winner == nil || loser == nil || winner.GatewayAPI || public(loser) && !public(winner) {
				continue
			}
			out = append(out, found(VirtualServiceIgnored, c.Ref, winner.Ref.ID(), h.left.VHost.Name, w.routeWithout(winner.Ref, loser)))
		}
	}
	return out
}

func virtualService(s *mesh.Snapshot, r mesh.Ref) *config.VirtualService {
	for _, v := range routing.VirtualServices(s) {
		if v.Ref == r.Object() {
			return v
		}
	}
	return nil
}

// public tells a VirtualService that is exported to all namespaces: also to one without a name.
func public(v *config.VirtualService) bool { return v.VisibleTo("") }

// routeWithout is the field of the VirtualService's route that would take the request if the other one were not there; empty for none.
func (w *walk) routeWithout(winner mesh.Ref, v *config.VirtualService) string {
	less, ok := w.snap.Drop(winner)
	if !ok {
		return ""
	}
	for _, h := range w.again(less).sidecars() {
		if r := h.left.Route; r != nil && r.Route != nil && r.Route.VS.Ref == v.Ref && r.Ref.Object() == v.Ref {
			return r.Ref.Field
		}
	}
	return ""
}
