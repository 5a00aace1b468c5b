package routing

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// sharedCertificate: a browser sends requests for any host that a certificate covers over the HTTP/2 connection that it has. Where two Gateways have
// hosts of one certificate, the connection stays with the server of the first host, which has no routes for the other (Istio: "Traffic Management
// Problems", 404 errors occur when multiple gateways configured with same TLS certificate).
func sharedCertificate(w *walk.Walk) []flow.Finding {
	if !w.Request.TLS() {
		return nil
	}
	var out []flow.Finding
	for _, h := range w.Gateways() {
		view := gateway.Of(h.View, h.Pod)
		port := view.Ports[h.Port]
		own := h.Left.Gateway
		if port == nil || own == nil || certificateOf(own) == "" {
			continue
		}
		for i := range port.Chains {
			for _, x := range port.Chains[i].Servers {
				if x.Gateway != own.Gateway && certificateOf(x) == certificateOf(own) && !sameHosts(x, own) {
					out = append(out, walk.Found(CertificateShared, own.Ref, certificateOf(own), x.Ref.Object().Plain(), strings.Join(x.Server.Hosts, ", ")))
					return out
				}
			}
		}
	}
	return out
}

func certificateOf(x *config.GatewayServer) string { return x.Server.GetTls().GetCredentialName() }

func sameHosts(a, b *config.GatewayServer) bool {
	return slices.Equal(a.Server.Hosts, b.Server.Hosts)
}
