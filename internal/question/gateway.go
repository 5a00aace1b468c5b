package question

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// onlyGateway finds the gateway that serves the host for a client outside that names none.
func (q Question) onlyGateway(s *mesh.Snapshot, r *flow.Request) error {
	if _, err := netip.ParseAddr(r.Host); err == nil {
		return nil
	}
	var found []*mesh.Host
	host := strings.ToLower(config.StripPort(r.Authority))
	for _, h := range gatewayServices(s) {
		if serves(s, h, host, r.Port) {
			found = append(found, h)
		}
	}
	switch len(found) {
	case 1:
		r.Via = &flow.Via{Name: found[0].Name}
		return nil
	case 0:
		return fmt.Errorf("no gateway serves host %q on port %d; name the one that the client dials: --via NAME.NAMESPACE[:PORT]", host, r.Port)
	}
	var names []string
	for _, h := range found {
		names = append(names, h.Ref.Name+"."+h.Namespace)
	}
	return fmt.Errorf("several gateways serve host %q: %s; say which one with --via", host, strings.Join(names, ", "))
}

// gatewayServices lists the Services that some gateway's pod is behind.
func gatewayServices(s *mesh.Snapshot) []*mesh.Host {
	var out []*mesh.Host
	seen := map[*mesh.Host]bool{}
	pods, _ := s.Pods.All()
	for _, p := range pods {
		if mesh.RoleOf(p) != mesh.GatewayProxy {
			continue
		}
		for _, t := range s.Targets(p) {
			if !seen[t.Host] && t.Host.Kube && len(t.Host.Addresses) > 0 {
				seen[t.Host] = true
				out = append(out, t.Host)
			}
		}
	}
	return out
}

// serves reports whether a gateway behind a Service has a server for the host on the port.
func serves(s *mesh.Snapshot, h *mesh.Host, host string, port int) bool {
	pods, _ := s.Pods.In(h.Namespace)
	for _, p := range pods {
		if mesh.RoleOf(p) != mesh.GatewayProxy {
			continue
		}
		view := gateway.Of(s.For(p), p)
		for _, t := range s.Targets(p) {
			if t.Host == h && t.Port.Number == port && view.Ports[t.Number] != nil && view.Ports[t.Number].Serves(host) {
				return true
			}
		}
	}
	return false
}
