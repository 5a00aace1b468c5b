package precedence

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// GatewayServer is a server of a Gateway, as the pods of a gateway take it over.
type GatewayServer struct {
	*networking.Server
	Ref       mesh.Ref
	Gateway   string   // namespace/name, as VirtualServices name it
	Namespace string   // of the Gateway
	Hosts     []string // in lower case: namespace/host for VirtualServices of one namespace, else the host
	Port      int      // the pod's port that it listens on
	Bind      string
	API       bool     // a listener of the Gateway API
	written   []string // Hosts with the letters that they are written in
}

// Protocol of the server's port.
func (s *GatewayServer) Protocol() mesh.Protocol {
	return mesh.ParseProtocol(s.Server.GetPort().GetProtocol())
}

// Number is the port's number as the Gateway gives it.
func (s *GatewayServer) Number() int { return int(s.Server.GetPort().GetNumber()) }

// Redirects tells whether the server sends plaintext requests to https.
func (s *GatewayServer) Redirects() bool { return s.Server.GetTls().GetHttpsRedirect() }

func (s *GatewayServer) http() bool { return s.Protocol().Class() == mesh.ClassHTTP }

func (s *GatewayServer) passthrough() bool {
	m := s.Server.GetTls().GetMode()
	return s.Server.Tls != nil && (m == networking.ServerTLSSettings_PASSTHROUGH || m == networking.ServerTLSSettings_AUTO_PASSTHROUGH)
}

// secure tells a server that expects TLS; on a port for HTTP tls holds nothing but the redirect.
func (s *GatewayServer) secure() bool { return s.Server.Tls != nil && !s.http() }

// gatewaySource is a Gateway, or a listener of one of the Gateway API.
type gatewaySource struct {
	ref       mesh.Ref
	name      string // namespace/name, as routes are bound to it
	namespace string
	created   time.Time
	selector  map[string]string
	services  []string // the Services that it serves, for the Gateway API; nil where a selector decides
	managed   bool     // its pods are made by Istio
	servers   []*networking.Server
	refs      []mesh.Ref // of the servers
}

type gatewaySourcesKey struct{}

// gatewaySources lists all Gateways, oldest first (pilot/pkg/model/push_context.go, initGateways).
func gatewaySources(s *mesh.Snapshot) []*gatewaySource {
	return mesh.Derive(s, gatewaySourcesKey{}, func() []*gatewaySource {
		var out []*gatewaySource
		list, _ := s.Gateways.All()
		for _, g := range list {
			src := &gatewaySource{ref: mesh.Ref{Kind: mesh.Gateway, Namespace: g.Namespace, Name: g.Name}, name: g.Namespace + "/" + g.Name,
				namespace: g.Namespace, created: g.CreationTimestamp.Time, selector: g.Spec.Selector, servers: g.Spec.Servers}
			for i := range g.Spec.Servers {
				src.refs = append(src.refs, src.ref.At("spec.servers["+strconv.Itoa(i)+"]"))
			}
			out = append(out, src)
		}
		out = append(out, listenersOfGatewayAPI(s)...)
		slices.SortStableFunc(out, func(a, b *gatewaySource) int {
			return cmp.Or(a.created.Compare(b.created), strings.Compare(hostOf(a.name), hostOf(b.name)), strings.Compare(a.namespace, b.namespace))
		})
		return out
	})
}

// GatewayView is what a gateway's pods serve.
type GatewayView struct {
	Ports      map[int]*GatewayPort // by the pod's port
	Considered []Considered         // every server of every Gateway
	Gaps       []mesh.Gap
}

type gatewayViewKey struct{ pod, labels string }

// GatewayOf finds what a gateway's pod serves (pilot/pkg/model/push_context.go, mergeGateways; pilot/pkg/model/gateway.go).
func GatewayOf(s *mesh.Snapshot, pod *corev1.Pod) *GatewayView {
	return mesh.Derive(s, gatewayViewKey{pod.Namespace + "/" + pod.Name, labelsKey(pod.Labels)}, func() *GatewayView {
		v := &GatewayView{Ports: map[int]*GatewayPort{}}
		_, v.Gaps = s.Gateways.All()
		v.Gaps = slices.Concat(v.Gaps, s.Services.Gaps(pod.Namespace), gatewayAPIGaps(s))
		m := newGatewayMerge(v)
		for _, src := range chosen(s, pod, v) {
			for i, server := range src.servers {
				if server.GetPort() == nil {
					continue
				}
				for _, port := range src.ports(s, pod, int(server.Port.Number)) {
					m.add(s, pod, &GatewayServer{Server: server, Ref: src.refs[i], Gateway: src.name, Namespace: src.namespace,
						Hosts: lowered(serverHosts(server.Hosts, src.namespace)), written: serverHosts(server.Hosts, src.namespace), Port: port, Bind: server.Bind, API: src.services != nil})
				}
			}
		}
		m.finish(s, pod)
		return v
	})
}

// chosen lists the Gateways that a pod serves: those whose selector fits its labels, or, for the Gateway API, whose Service has it
// among its pods. A pod that Istio made for a Gateway of the Gateway API takes Istio's own Gateways from that namespace only.
func chosen(s *mesh.Snapshot, pod *corev1.Pod, v *GatewayView) []*gatewaySource {
	var out []*gatewaySource
	managed := map[string]bool{}
	for _, src := range gatewaySources(s) {
		switch {
		case src.services != nil && !slices.ContainsFunc(s.Targets(pod), func(t mesh.Target) bool { return slices.Contains(src.services, t.Host.Name) }):
			v.lose(src, NotSelected, "spec.addresses")
		case src.services == nil && !mesh.Selects(src.selector, pod.Labels):
			v.lose(src, NotSelected, "spec.selector")
		default:
			out = append(out, src)
			managed[src.namespace] = managed[src.namespace] || src.managed
		}
	}
	any := slices.ContainsFunc(out, func(src *gatewaySource) bool { return src.managed })
	return slices.DeleteFunc(out, func(src *gatewaySource) bool {
		foreign := any && src.services == nil && !managed[src.namespace]
		if foreign {
			v.lose(src, OtherNamespace, "metadata.namespace")
		}
		return foreign
	})
}

func (v *GatewayView) lose(src *gatewaySource, why Why, field string) {
	v.Considered = append(v.Considered, loses(src.ref.At(field), why))
}

// ports translates a server's port, which is meant as a port of the gateway's Service, to the pod's. By a selector the first Service
// that has the port decides, and without any the number itself counts; the Gateway API knows its Service, and what that lacks is not
// served (pilot/pkg/model/gateway.go, resolvePorts).
func (src *gatewaySource) ports(s *mesh.Snapshot, pod *corev1.Pod, number int) []int {
	var out []int
	for _, t := range s.Targets(pod) {
		if t.Port.Number != number {
			continue
		}
		if src.services == nil {
			if _, off := serviceLabels(t.Host)["experimental.istio.io/disable-gateway-port-translation"]; !off {
				return []int{t.Number}
			}
		} else if slices.Contains(src.services, t.Host.Name) && !slices.Contains(out, t.Number) {
			out = append(out, t.Number)
		}
	}
	if src.services == nil {
		return []int{number}
	}
	return out
}

func serviceLabels(h *mesh.Host) map[string]string {
	if h.Service == nil {
		return nil
	}
	return h.Service.Labels
}

// serverHosts makes ./host a host of the Gateway's own namespace and */host one of any (sanitizeServerHostNamespace).
func serverHosts(hosts []string, namespace string) []string {
	var out []string
	for _, h := range hosts {
		ns, name, slash := strings.Cut(h, "/")
		switch {
		case !slash:
		case ns == ".":
			h = namespace + "/" + name
		case ns == "*" && name == "*":
			return []string{"*"}
		case ns == "*":
			h = name
		}
		out = append(out, h)
	}
	return out
}

func lowered(hosts []string) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = strings.ToLower(h)
	}
	return out
}

// hostOf drops the namespace of a server's host.
func hostOf(h string) string {
	if _, name, ok := strings.Cut(h, "/"); ok {
		return name
	}
	return h
}
