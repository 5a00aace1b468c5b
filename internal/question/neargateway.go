package question

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
)

// nearGateways names what comes near where no gateway serves a host on a port: the gateways that serve it on another port, else hosts that
// are spelled alike, with the gateway of each. It is empty where nothing does.
func nearGateways(s *mesh.Snapshot, host string) string {
	var elsewhere []string
	hosts := map[string]string{} // host name to its gateway
	for _, h := range gatewayServices(s) {
		name := h.Ref.Name + "." + h.Namespace
		for _, p := range h.Ports {
			if serves(s, h, host, p.Number) {
				elsewhere = append(elsewhere, name+":"+strconv.Itoa(p.Number))
			}
		}
		for _, served := range servedHosts(s, h) {
			if hosts[served] == "" {
				hosts[served] = name
			}
		}
	}
	if len(elsewhere) > 0 {
		return fmt.Sprintf(" (it is served at %s)", strings.Join(elsewhere[:min(len(elsewhere), 3)], ", "))
	}
	var names, near []string
	for name := range hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range suggest.Names(host, names, 3) {
		near = append(near, fmt.Sprintf("%s at %s", name, hosts[name]))
	}
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", strings.Join(near, ", "))
}

// servedHosts are the host names of the servers that the gateways behind a Service open.
func servedHosts(s *mesh.Snapshot, h *mesh.Host) []string {
	pods, _ := s.Pods.In(h.Namespace)
	var out []string
	for _, p := range pods {
		if mesh.RoleOf(p) == mesh.GatewayProxy && slices.ContainsFunc(s.Targets(p), func(t mesh.Target) bool { return t.Host == h }) {
			out = append(out, hostsOf(gateway.Of(s.For(p), p))...)
		}
	}
	return out
}

// hostsOf are the host names of servers, without the namespaces that may stand before them and without those that stand for any host.
func hostsOf(view *gateway.View) []string {
	var out []string
	for _, port := range view.Ports {
		for _, c := range port.Chains {
			for _, x := range c.Servers {
				for _, host := range x.Hosts {
					if name := host[strings.LastIndexByte(host, '/')+1:]; name != "*" {
						out = append(out, name)
					}
				}
			}
		}
	}
	return out
}
