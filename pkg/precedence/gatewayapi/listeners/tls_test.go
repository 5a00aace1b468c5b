package listeners

import (
	"testing"

	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// TestAutoPassthrough: a listener joins networks by its own option, or by the port of a Gateway that is labelled with a network.
func TestAutoPassthrough(t *testing.T) {
	passthrough := gatewayv1.TLSModePassthrough
	network := map[string]string{"topology.istio.io/network": "n1"}
	for _, c := range []struct {
		name   string
		labels map[string]string
		port   gatewayv1.PortNumber
		option gatewayv1.AnnotationValue
		want   networking.ServerTLSSettings_TLSmode
	}{
		{"neither", nil, 15443, "", networking.ServerTLSSettings_PASSTHROUGH},
		{"option", nil, 443, "auto-passthrough", networking.ServerTLSSettings_AUTO_PASSTHROUGH},
		{"other option", nil, 443, "passthrough", networking.ServerTLSSettings_PASSTHROUGH},
		{"network and usual port", network, 15443, "", networking.ServerTLSSettings_AUTO_PASSTHROUGH},
		{"network and other port", network, 443, "", networking.ServerTLSSettings_PASSTHROUGH},
		{"network and labelled port", map[string]string{"topology.istio.io/network": "n1", "networking.istio.io/gatewayPort": "443"}, 443, "",
			networking.ServerTLSSettings_AUTO_PASSTHROUGH},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &Listener{labels: c.labels, Listener: gatewayv1.Listener{Port: c.port, TLS: &gatewayv1.ListenerTLSConfig{Mode: &passthrough,
				Options: map[gatewayv1.AnnotationKey]gatewayv1.AnnotationValue{"gateway.istio.io/listener-protocol": c.option}}}}
			got, fault := (&listening{}).serverTLS(l)
			if fault != nil || got.Mode != c.want {
				t.Errorf("got %v %v, want %v", got.GetMode(), fault, c.want)
			}
		})
	}
}
