package routing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// droppedServer: a server with the request's host that the gateway does not take over, as another one came first
// (pilot/pkg/model/gateway.go, mergeGateways).
func droppedServer(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Gateways() {
		if !h.View.Gateways.Known() {
			continue
		}
		v := gateway.Of(h.View, h.Pod)
		for _, c := range v.Considered {
			if c.Ref.Kind != mesh.Gateway || c.Why != precedence.PortConflict && c.Why != precedence.HostConflict {
				continue
			}
			g, ok, _ := h.View.Gateways.Get(c.Ref.Namespace, c.Ref.Name)
			if !ok {
				continue
			}
			for i, s := range g.Spec.Servers {
				mine := slices.ContainsFunc(s.GetHosts(), func(x string) bool { return mesh.HostsOverlap(bare(x), names(h)[0]) })
				if c.Ref.Field == "spec.servers["+strconv.Itoa(i)+"]" && mine && opens(h, int(s.GetPort().GetNumber())) {
					out = append(out, walk.Found(GatewayServerDropped, c.Ref, holder(h, v, c, s.GetHosts()), strconv.Itoa(int(s.GetPort().GetNumber()))))
				}
			}
		}
	}
	return out
}

// opens reports whether a server's port, which is meant as one of the gateway's Service, is the one that the request comes in at.
func opens(h *walk.Hop, number int) bool {
	for _, t := range h.View.Targets(h.Pod) {
		if t.Port.Number == number {
			return t.Number == h.Port
		}
	}
	return number == h.Port
}

// holder is the server that has what a dropped one wanted; empty where it is not known.
func holder(h *walk.Hop, v *gateway.View, c precedence.Considered, hosts []string) string {
	if !c.By.IsZero() {
		return c.By.ID() + " " + c.By.Field
	}
	port := v.Ports[h.Port]
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
