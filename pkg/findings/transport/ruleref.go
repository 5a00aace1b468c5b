package transport

import (
	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func ruleRef(d *networkingapi.DestinationRule) mesh.Ref {
	return mesh.Ref{Kind: mesh.DestinationRule, Namespace: d.Namespace, Name: d.Name}
}

func portEntry(p *networking.TrafficPolicy, port int) (*networking.TrafficPolicy_PortTrafficPolicy, bool) {
	for _, e := range p.GetPortLevelSettings() {
		if int(e.GetPort().GetNumber()) == port {
			return e, true
		}
	}
	return nil, false
}
