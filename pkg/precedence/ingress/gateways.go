package ingress

import (
	"strconv"

	networking "istio.io/api/networking/v1alpha3"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

type gatewaysKey struct{}

// Gateways returns a Gateway of each Ingress that istiod serves: port 80 for every host, and port 443 for those of each entry of spec.tls, with the
// Secret of the gateway's own namespace (gateways.go, convertIngressV1alpha3). They bear no creation time, and so count as the oldest.
func Gateways(s *mesh.Snapshot) []*config.GatewaySource {
	return mesh.Derive(s, gatewaysKey{}, func() []*config.GatewaySource {
		var out []*config.GatewaySource
		list, _ := supported(s)
		for _, x := range list {
			out = append(out, gateway(s, x))
		}
		return out
	})
}

// Gaps returns what is not known of the Ingresses, as far as it could matter.
func Gaps(s *mesh.Snapshot) []mesh.Gap {
	_, gaps := supported(s)
	return gaps
}

func gateway(s *mesh.Snapshot, x *networkingv1.Ingress) *config.GatewaySource {
	at := mesh.Ref{Kind: mesh.Ingress, Namespace: x.Namespace, Name: x.Name}
	out := &config.GatewaySource{Ref: at, Name: nameOf(x), Namespace: namespace, Selector: s.Config.IngressSelector()}
	for i, tls := range x.Spec.TLS {
		if tls.SecretName == "" {
			continue
		}
		hosts := tls.Hosts
		if len(hosts) == 0 {
			hosts = []string{"*"}
		}
		out.Refs = append(out.Refs, at.At(config.Nth("spec.tls", i)))
		out.Servers = append(out.Servers, &networking.Server{Hosts: hosts,
			Port: &networking.Port{Number: 443, Protocol: "HTTPS", Name: "https-443-ingress-" + x.Name + "-" + x.Namespace + "-" + strconv.Itoa(i)},
			Tls:  &networking.ServerTLSSettings{Mode: networking.ServerTLSSettings_SIMPLE, CredentialName: tls.SecretName}})
	}
	out.Refs = append(out.Refs, at.At("spec.rules"))
	out.Servers = append(out.Servers, &networking.Server{Hosts: []string{"*"},
		Port: &networking.Port{Number: 80, Protocol: "HTTP", Name: "http-80-ingress-" + x.Name + "-" + x.Namespace}})
	return out
}

// nameOf is the name of the Gateway that is made of an Ingress, as VirtualServices are bound to it.
func nameOf(x *networkingv1.Ingress) string {
	return namespace + "/" + x.Name + suffix + "-" + x.Namespace
}
