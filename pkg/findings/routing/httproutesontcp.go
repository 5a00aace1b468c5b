package routing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// httpRoutesOnTCP: routes for HTTP have no effect on a host of which no port is read as HTTP.
func httpRoutesOnTCP(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Sidecars() {
		host := h.Host()
		if h.Left.L7 || host == nil || slices.ContainsFunc(host.Ports, func(p mesh.Port) bool { return p.Protocol.Class() != mesh.ClassTCP }) {
			continue
		}
		port, ok := host.Port(h.Left.Dial.Port)
		if !ok {
			continue
		}
		for _, v := range routing.VirtualServices(h.View) {
			only := len(v.HTTP) > 0 && len(v.TLS) == 0 && len(v.TCP) == 0
			if only && !v.Made() && slices.Contains(v.Gateways, config.MeshGateway) && v.VisibleTo(h.Pod.Namespace) && h.Near(v.Namespace) &&
				slices.Contains(v.Hosts, strings.ToLower(host.Name)) {
				out = append(out, walk.Found(HTTPRoutesOnTCPPort, v.Ref.At("spec.http"), host.Ref.ID(), strconv.Itoa(port.Number), string(port.Protocol)))
			}
		}
	}
	return out
}
