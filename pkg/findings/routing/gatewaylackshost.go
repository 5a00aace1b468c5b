package routing

import (
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// gatewayLacksHost: a VirtualService is bound to a Gateway, none of whose servers has its host, so that nobody is ever routed by it there.
func gatewayLacksHost(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Gateways() {
		if h.Left.VHost != nil || !h.View.Gateways.Known() {
			continue
		}
		for _, v := range forHost(h) {
			var served, bound []string
			lacks := false
			for _, g := range v.Gateways {
				ns, name, _ := strings.Cut(g, "/")
				gw, ok, _ := h.View.Gateways.Get(ns, name)
				if !ok {
					continue
				}
				hosts := serverHosts(gw)
				served, bound = append(served, hosts...), append(bound, g)
				lacks = true
				if slices.ContainsFunc(hosts, func(x string) bool { return serves(x, ns, v, names(h)[0]) }) {
					lacks = false
					break
				}
			}
			if lacks {
				i := slices.IndexFunc(v.Hosts, func(x string) bool { return mesh.HostsOverlap(x, names(h)[0]) })
				out = append(out, walk.Found(GatewayLacksHost, v.Ref.At("spec.hosts["+strconv.Itoa(i)+"]"), v.Hosts[i], strings.Join(bound, ", "), strings.Join(served, ", ")))
			}
		}
	}
	return out
}

func serverHosts(g *networkingapi.Gateway) []string {
	var out []string
	for _, s := range g.Spec.Servers {
		out = append(out, s.GetHosts()...)
	}
	return out
}

// serves reports whether a server's host, perhaps for VirtualServices of one namespace only, has the request's host for a VirtualService.
func serves(host, namespace string, v *config.VirtualService, name string) bool {
	if ns, rest, slash := strings.Cut(host, "/"); slash {
		if ns == "." {
			ns = namespace
		}
		if ns != "*" && ns != v.Namespace {
			return false
		}
		host = rest
	}
	return mesh.HostsOverlap(strings.ToLower(host), name)
}
