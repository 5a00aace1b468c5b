package extension

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// contextOf is the part of the proxy's configuration that the request passes.
func contextOf(f flow.Flow) envoyfilter.Context {
	switch f.At.Role {
	case flow.ServerSidecar, flow.Waypoint:
		return envoyfilter.Inbound
	case flow.ClientSidecar:
		return envoyfilter.Outbound
	}
	return envoyfilter.Gateway
}

// The ports of a sidecar's own listeners.
const inboundPort, outboundPort = 15006, 15001

// listenerOf describes the listener that takes the request, and its chain where that has been found.
func listenerOf(s *mesh.Snapshot, f flow.Flow) envoyfilter.Listener {
	if f.At.Role == flow.Waypoint {
		return waypointListener(f)
	}
	switch contextOf(f) {
	case envoyfilter.Inbound:
		return envoyfilter.Listener{Context: envoyfilter.Inbound, Name: "virtualInbound", Port: inboundPort, Chain: inboundChain(s, f)}
	case envoyfilter.Outbound:
		if f.Listener == nil || f.Passthrough && !f.L7 {
			return envoyfilter.Listener{Context: envoyfilter.Outbound, Name: "virtualOutbound", Port: outboundPort, Chain: envoyfilter.Chain{Name: "virtualOutbound-catchall-tcp"}}
		}
		c := envoyfilter.Chain{}
		if !f.L7 && f.L4 != nil {
			c.ServerNames = f.L4.SNI
		}
		return envoyfilter.Listener{Context: envoyfilter.Outbound, Name: f.Listener.Bind + "_" + strconv.Itoa(f.Listener.Port), Port: f.Listener.Port, Chain: c}
	}
	bind := "0.0.0.0"
	l := envoyfilter.Listener{Context: envoyfilter.Gateway, Port: f.Wire.Port}
	if f.Chain != nil {
		if f.Gateway != nil && f.Gateway.Bind != "" {
			bind = f.Gateway.Bind
		}
		l.Chain.ServerNames = f.Chain.SNI
	}
	l.Name = bind + "_" + strconv.Itoa(f.Wire.Port)
	return l
}

// The application protocols that chains of the server's listener match (pilot/pkg/networking/core/listener.go).
var (
	mutualHTTP = []string{"istio-http/1.0", "istio-http/1.1", "istio-h2"}
	mutualTCP  = []string{"istio-peer-exchange", "istio"}
	plainHTTP  = []string{"http/1.0", "http/1.1", "h2c"}
)

// inboundChain describes the chain of the server's listener that takes the request: by the pod's port, where any Service has it, by how the
// bytes come, and by whether they are read as HTTP (filterchain_options.go).
func inboundChain(s *mesh.Snapshot, f flow.Flow) envoyfilter.Chain {
	c := envoyfilter.Chain{TransportProtocol: "raw_buffer"}
	if f.Wire.Transport != flow.Plaintext || f.Payload() == flow.AppTLS && !f.Wire.L7 {
		c.TransportProtocol = "tls"
	}
	if f.Declared == nil || f.Declared.By.IsZero() {
		c.Name = "virtualInbound"
		if f.L7 {
			c.Name = "virtualInbound-catchall-http"
		}
	} else {
		bind := "0.0.0.0"
		if a := mesh.Addresses(f.Pod); len(a) > 0 && !slices.ContainsFunc(mesh.Addresses(f.Pod), func(x netip.Addr) bool { return x.Is4() }) {
			bind = "::"
		}
		c.Name, c.DestinationPort = bind+"_"+strconv.Itoa(f.Wire.Port), f.Wire.Port
	}
	auto := f.Declared == nil || f.Declared.Protocol.Class() == mesh.ClassAuto
	mode := precedence.PeerAuthentication(s, f.Pod.Namespace, f.Pod.Labels, f.Wire.Port).Mode
	switch tls := f.Wire.Transport == flow.IstioMutual; {
	case tls && f.L7 && auto:
		c.ApplicationProtocols = mutualHTTP
	case tls && mode != precedence.Strict && auto:
		c.ApplicationProtocols = mutualTCP
	case tls && mode != precedence.Strict:
		c.ApplicationProtocols = slices.Concat(mutualTCP, mutualHTTP)
	case !tls && f.L7 && auto:
		c.ApplicationProtocols = plainHTTP
	}
	return c
}

// tableOf describes the table of routes that the request is looked up in.
func tableOf(f flow.Flow) envoyfilter.Table {
	if f.At.Role == flow.Waypoint {
		return waypointTable(f)
	}
	t := envoyfilter.Table{Context: contextOf(f)}
	switch t.Context {
	case envoyfilter.Inbound:
		if f.Declared == nil || f.Declared.By.IsZero() {
			t.Name = "InboundPassthroughCluster"
			return t
		}
		t.Name, t.Port = "inbound|"+strconv.Itoa(f.Wire.Port)+"||", f.Wire.Port
	case envoyfilter.Outbound:
		if f.Listener != nil && f.Listener.Only != nil {
			t.Name = f.Listener.Only.Name + ":" + strconv.Itoa(f.Dial.Port)
			return t
		}
		t.Name, t.Port = strconv.Itoa(f.Dial.Port), f.Dial.Port
	default:
		if f.Chain == nil {
			return t
		}
		x := f.Chain.Server()
		if !f.Chain.Secure {
			t.Name, t.Port = "http."+strconv.Itoa(f.Wire.Port), f.Wire.Port
			for _, y := range f.Chain.Servers {
				t.ServerPorts = append(t.ServerPorts, y.Number())
			}
			return t
		}
		namespace, name, _ := strings.Cut(x.Gateway, "/")
		t.ServerPorts, t.PortName, t.Gateway = []int{x.Number()}, x.Server.GetPort().GetName(), x.Gateway
		t.Name = "https." + strconv.Itoa(x.Number()) + "." + t.PortName + "." + name + "." + namespace
	}
	return t
}

// hostOf describes the virtual host that answers for the request; of a client or a gateway it may be none.
func hostOf(s *mesh.Snapshot, f flow.Flow) (envoyfilter.Host, bool) {
	if f.At.Role == flow.Waypoint {
		return waypointHost(f), true
	}
	if contextOf(f) == envoyfilter.Inbound {
		return envoyfilter.Host{Name: "inbound|http|" + strconv.Itoa(servicePort(s, f)), Domains: []string{"*"}}, true
	}
	if f.VHost == nil {
		return envoyfilter.Host{}, false
	}
	return envoyfilter.Host{Name: f.VHost.Name + ":" + strconv.Itoa(f.RoutePort()), Domains: f.VHost.Domains}, true
}

// servicePort is the port of the oldest Service that sends to the pod's port; a Sidecar's ingress has its own.
func servicePort(s *mesh.Snapshot, f flow.Flow) int {
	if f.Declared == nil || f.Declared.By.IsZero() {
		return 0
	}
	if f.Declared.By.Kind == mesh.Sidecar {
		return f.Wire.Port
	}
	for _, t := range s.Targets(f.Pod) {
		if t.Number == f.Wire.Port && t.Ref == f.Declared.By {
			return t.Port.Number
		}
	}
	return 0
}

// routesOf describes the routes that istiod has written for the virtual host.
func routesOf(f flow.Flow) []envoyfilter.Route {
	if contextOf(f) == envoyfilter.Inbound || f.VHost != nil && f.VHost.VS == nil && len(f.VHost.Routes) == 0 {
		return []envoyfilter.Route{{Name: "default", Action: networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_ROUTE}}
	}
	if f.VHost == nil {
		return nil
	}
	var out []envoyfilter.Route
	for i := range f.VHost.Routes {
		out = append(out, routeOf(&f.VHost.Routes[i]))
	}
	return out
}

// routeOf: a match with a name adds it to the route's (pilot/pkg/networking/core/route/route.go, translateRoute).
func routeOf(r *config.Route) envoyfilter.Route {
	out := envoyfilter.Route{Name: r.HTTP.Name, Action: networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_ROUTE}
	if name := r.Match.GetName(); name != "" {
		out.Name += "." + name
	}
	switch {
	case r.HTTP.Redirect != nil:
		out.Action = networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_REDIRECT
	case r.HTTP.DirectResponse != nil:
		out.Action = networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_DIRECT_RESPONSE
	}
	return out
}

// clusterOf describes the cluster that the request is sent to.
func clusterOf(s *mesh.Snapshot, f flow.Flow) envoyfilter.Cluster {
	if contextOf(f) != envoyfilter.Inbound || f.At.Role == flow.Waypoint {
		c, at := f.Cluster, contextOf(f)
		if f.At.Role == flow.Waypoint {
			at = envoyfilter.Outbound // of Services that other waypoints or none have
		}
		return envoyfilter.Cluster{Context: at, Name: "outbound|" + strconv.Itoa(c.Port.Number) + "|" + c.Subset + "|" + c.Host.Name}
	}
	out := envoyfilter.Cluster{Context: envoyfilter.Inbound, Name: "inbound|" + strconv.Itoa(f.Wire.Port) + "||"}
	if f.Declared == nil || f.Declared.By.IsZero() {
		out.Name = "InboundPassthroughCluster"
		return out
	}
	for _, t := range s.Targets(f.Pod) {
		if t.Number == f.Wire.Port {
			out.Services = append(out.Services, t.Host.Name)
		}
	}
	return out
}
