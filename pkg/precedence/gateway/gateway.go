package gateway

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
	"github.com/mesh-why/mesh-why/pkg/precedence/ingress"
)

type gatewaySourcesKey struct{}

// gatewaySources lists all Gateways, oldest first (pilot/pkg/model/push_context.go, initGateways).
func gatewaySources(s *mesh.Snapshot) []*config.GatewaySource {
	return mesh.Derive(s, gatewaySourcesKey{}, func() []*config.GatewaySource {
		var out []*config.GatewaySource
		list, _ := s.Gateways.All()
		for _, g := range list {
			src := &config.GatewaySource{Ref: mesh.Ref{Kind: mesh.Gateway, Namespace: g.Namespace, Name: g.Name}, Name: g.Namespace + "/" + g.Name,
				Namespace: g.Namespace, Created: g.CreationTimestamp.Time, Selector: g.Spec.Selector, Servers: g.Spec.Servers}
			for i := range g.Spec.Servers {
				src.Refs = append(src.Refs, src.Ref.At("spec.servers["+strconv.Itoa(i)+"]"))
			}
			out = append(out, src)
		}
		out = append(out, gatewayapi.ListenersOfGatewayAPI(s)...)
		out = append(out, ingress.Gateways(s)...)
		slices.SortStableFunc(out, func(a, b *config.GatewaySource) int {
			return cmp.Or(a.Created.Compare(b.Created), strings.Compare(hostOf(a.Name), hostOf(b.Name)), strings.Compare(a.Namespace, b.Namespace))
		})
		return out
	})
}

// View is what a gateway's pods serve.
type View struct {
	Ports      map[int]*Port           // by the pod's port
	Considered []precedence.Considered // every server of every Gateway
	Gaps       []mesh.Gap
}

type gatewayViewKey struct{ pod, labels string }

// Of finds what a gateway's pod serves (pilot/pkg/model/push_context.go, mergeGateways; pilot/pkg/model/gateway.go).
func Of(s *mesh.Snapshot, pod *corev1.Pod) *View {
	return mesh.Derive(s, gatewayViewKey{pod.Namespace + "/" + pod.Name, precedence.LabelsKey(pod.Labels)}, func() *View {
		v := &View{Ports: map[int]*Port{}}
		_, v.Gaps = s.Gateways.All()
		v.Gaps = slices.Concat(v.Gaps, s.Services.Gaps(pod.Namespace), gatewayapi.Gaps(s))
		if mesh.Selects(s.Config.IngressSelector(), pod.Labels) {
			v.Gaps = append(v.Gaps, ingress.Gaps(s)...)
		}
		m := newGatewayMerge(v)
		for _, src := range chosen(s, pod, v) {
			for i, server := range src.Servers {
				if server.GetPort() == nil {
					continue
				}
				for _, port := range ports(src, s, pod, int(server.Port.Number)) {
					m.add(s, pod, &config.GatewayServer{Server: server, Ref: src.Refs[i], Gateway: src.Name, Namespace: src.Namespace,
						Hosts: config.Lowered(serverHosts(server.Hosts, src.Namespace)), Written: serverHosts(server.Hosts, src.Namespace), Port: port, Bind: server.Bind, API: src.Services != nil, Resolved: src.Resolved})
				}
			}
		}
		m.finish(s, pod)
		return v
	})
}

// chosen lists the Gateways that a pod serves: those whose selector fits its labels, or, for the Gateway API, whose Service has it
// among its pods. A pod that Istio made for a Gateway of the Gateway API takes Istio's own Gateways from that namespace only.
func chosen(s *mesh.Snapshot, pod *corev1.Pod, v *View) []*config.GatewaySource {
	var out []*config.GatewaySource
	managed := map[string]bool{}
	for _, src := range gatewaySources(s) {
		switch {
		case src.Services != nil && !slices.ContainsFunc(s.Targets(pod), func(t mesh.Target) bool { return slices.Contains(src.Services, t.Host.Name) }):
			v.lose(src, precedence.NotSelected, "spec.addresses")
		case src.Services == nil && !mesh.Selects(src.Selector, pod.Labels):
			v.lose(src, precedence.NotSelected, "spec.selector")
		default:
			out = append(out, src)
			managed[src.Namespace] = managed[src.Namespace] || src.Managed
		}
	}
	any := slices.ContainsFunc(out, func(src *config.GatewaySource) bool { return src.Managed })
	return slices.DeleteFunc(out, func(src *config.GatewaySource) bool {
		foreign := any && s.Follows(release.StrictGatewayMerging, "PILOT_ENABLE_STRICT_GATEWAY_MERGING") && src.Services == nil && !managed[src.Namespace]
		if foreign {
			v.lose(src, precedence.OtherNamespace, "metadata.namespace")
		}
		return foreign
	})
}

func (v *View) lose(src *config.GatewaySource, why precedence.LossReason, field string) {
	if src.Ref.Kind == mesh.Ingress {
		field = "" // it is the mesh config that says which gateway serves it
	}
	v.Considered = append(v.Considered, precedence.Loses(src.Ref.At(field), why))
}

// ports translates a server's port, which is meant as a port of the gateway's Service, to the pod's. By a selector the first Service
// that has the port decides, and without any the number itself counts; the Gateway API knows its Service, and what that lacks is not
// served (pilot/pkg/model/gateway.go, resolvePorts).
func ports(src *config.GatewaySource, s *mesh.Snapshot, pod *corev1.Pod, number int) []int {
	var out []int
	for _, t := range s.Targets(pod) {
		if t.Port.Number != number {
			continue
		}
		if src.Services == nil {
			if _, off := serviceLabels(t.Host)["experimental.istio.io/disable-gateway-port-translation"]; !off {
				return []int{t.Number}
			}
		} else if slices.Contains(src.Services, t.Host.Name) && !slices.Contains(out, t.Number) {
			out = append(out, t.Number)
		}
	}
	if src.Services == nil {
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

// hostOf drops the namespace of a server's host.
func hostOf(h string) string {
	if _, name, ok := strings.Cut(h, "/"); ok {
		return name
	}
	return h
}
