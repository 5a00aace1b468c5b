package findings

import (
	"slices"
	"strings"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// missingGateway: a VirtualService for the request's host is bound to a Gateway that does not exist. A bare name is one of the
// VirtualService's own namespace (pilot/pkg/model/virtualservice.go, resolveGatewayName).
func missingGateway(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.gateways() {
		all, gaps := h.view.Gateways.All()
		if len(gaps) > 0 {
			continue
		}
		for _, v := range h.forHost() {
			for i, g := range v.Gateways {
				ns, name, _ := strings.Cut(g, "/")
				if _, ok, _ := h.view.Gateways.Get(ns, name); ok || g == config.MeshGateway {
					continue
				}
				var others []string
				for _, x := range all {
					if x.Name == name {
						others = append(others, x.Namespace+"/"+x.Name)
					}
				}
				out = append(out, found(GatewayMissing, v.Ref.At("spec.gateways["+itoa(i)+"]"), g, strings.Join(others, ", ")))
			}
		}
	}
	return out
}

// forHost lists the VirtualServices that have the host of a request at a gateway.
func (h *hop) forHost() []*config.VirtualService {
	return slices.DeleteFunc(slices.Clone(routing.VirtualServices(h.view)), func(v *config.VirtualService) bool {
		return v.GatewayAPI || !overlaps(v.Hosts, h.names()[0])
	})
}

// gatewayLacksHost: a VirtualService is bound to a Gateway, none of whose servers has its host, so that nobody is ever routed by it there.
func gatewayLacksHost(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.gateways() {
		if h.left.VHost != nil || !h.view.Gateways.Known() {
			continue
		}
		for _, v := range h.forHost() {
			var served, bound []string
			lacks := false
			for _, g := range v.Gateways {
				ns, name, _ := strings.Cut(g, "/")
				gw, ok, _ := h.view.Gateways.Get(ns, name)
				if !ok {
					continue
				}
				hosts := serverHosts(gw)
				served, bound = append(served, hosts...), append(bound, g)
				lacks = true
				if slices.ContainsFunc(hosts, func(x string) bool { return serves(x, ns, v, h.names()[0]) }) {
					lacks = false
					break
				}
			}
			if lacks {
				i := slices.IndexFunc(v.Hosts, func(x string) bool { return mesh.HostsOverlap(x, h.names()[0]) })
				out = append(out, found(GatewayLacksHost, v.Ref.At("spec.hosts["+itoa(i)+"]"), v.Hosts[i], strings.Join(bound, ", "), strings.Join(served, ", ")))
			}
		}
	}
	return out
}

func serverHosts(g *networkingapi.Gateway) []string {
	var out []string
	for _, s := range g.Spec.Servers {
		out = append(out, s.GetHosts()...)
	}
	return out
}

// serves tells whether a server's host, perhaps for VirtualServices of one namespace only, has the request's host for a VirtualService.
func serves(host, namespace string, v *config.VirtualService, name string) bool {
	if ns, rest, slash := strings.Cut(host, "/"); slash {
		if ns == "." {
			ns = namespace
		}
		if ns != "*" && ns != v.Namespace {
			return false
		}
		host = rest
	}
	return mesh.HostsOverlap(strings.ToLower(host), name)
}

// droppedServer: a server with the request's host that the gateway does not take over, as another one came first
// (pilot/pkg/model/gateway.go, mergeGateways).
func droppedServer(w *walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.gateways() {
		if !h.view.Gateways.Known() {
			continue
		}
		v := gateway.GatewayOf(h.view, h.pod)
		for _, c := range v.Considered {
			if c.Ref.Kind != mesh.Gateway || c.Why != precedence.PortConflict && c.Why != precedence.HostConflict {
				continue
			}
			g, ok, _ := h.view.Gateways.Get(c.Ref.Namespace, c.Ref.Name)
			if !ok {
				continue
			}
			for i, s := range g.Spec.Servers {
				mine := slices.ContainsFunc(s.GetHosts(), func(x string) bool { return mesh.HostsOverlap(bare(x), h.names()[0]) })
				if c.Ref.Field == "spec.servers["+itoa(i)+"]" && mine && h.opens(int(s.GetPort().GetNumber())) {
					out = append(out, found(GatewayServerDropped, c.Ref, h.holder(v, c, s.GetHosts()), itoa(int(s.GetPort().GetNumber()))))
				}
			}
		}
	}
	return out
}

// opens tells whether a server's port, which is meant as one of the gateway's Service, is the one that the request comes in at.
func (h *hop) opens(number int) bool {
	for _, t := range h.view.Targets(h.pod) {
		if t.Port.Number == number {
			return t.Number == h.port
		}
	}
	return number == h.port
}

// holder is the server that has what a dropped one wanted; empty where it is not known.
func (h *hop) holder(v *gateway.GatewayView, c precedence.Considered, hosts []string) string {
	if !c.By.IsZero() {
		return c.By.ID() + " " + c.By.Field
	}
	port := v.Ports[h.port]
	if port == nil {
		return ""
	}
	for _, chain := range port.Chains {
		for _, x := range chain.Servers {
			if slices.ContainsFunc(hosts, func(n string) bool { return slices.Contains(x.Hosts, strings.ToLower(n)) }) && x.Ref != c.Ref {
				return x.Ref.ID() + " " + x.Ref.Field
			}
		}
	}
	return ""
}

// bare is a server's host without its namespace.
func bare(host string) string {
	if _, rest, ok := strings.Cut(host, "/"); ok {
		host = rest
	}
	return strings.ToLower(host)
}
