package policies

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// gatewayAddress: behind a gateway the peer is the gateway, so that ipBlocks can only ever be the gateway's own address; what the client's
// address is compared by is remoteIpBlocks. It is told of ranges in which no pod and no node of the mesh is, which were meant for clients
// outside.
func gatewayAddress(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Servers() {
		if h.From == nil || !h.From.IsGateway() || !w.Snapshot.Pods.Known() || !w.Snapshot.Nodes.Known() {
			continue
		}
		gateway := mesh.Addresses(h.From.Pod)
		for _, p := range h.Policies() {
			for _, f := range walk.Fields(p) {
				if f.Name != "ipBlocks" || len(gateway) == 0 {
					continue
				}
				ranges := prefixes(f.Values)
				outside := len(ranges) > 0 && !slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return holds(w, r) })
				if outside {
					meant := strings.Replace(f.Path[strings.LastIndex(f.Path, ".")+1:], "ipBlocks", "remoteIpBlocks", 1)
					meant = strings.Replace(meant, "notIpBlocks", "notRemoteIpBlocks", 1)
					if strings.Contains(f.Path, ".when[") {
						meant = "remote.ip"
					}
					out = append(out, walk.Found(AddressOfGateway, walk.PolicyRef(p).At(f.Path), mesh.PodRef(h.From.Pod).ID(), gateway[0].String(), meant))
				}
			}
		}
	}
	return out
}

// prefixes are the ranges that values stand for; those that cannot be used are left out.
func prefixes(values []string) []netip.Prefix {
	var out []netip.Prefix
	for _, v := range values {
		if p, err := netip.ParsePrefix(v); err == nil {
			out = append(out, p)
		} else if a, err := netip.ParseAddr(v); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return out
}

// holds reports whether a pod or a node of the mesh has an address in a range.
func holds(w *walk.Walk, r netip.Prefix) bool {
	pods, _ := w.Snapshot.Pods.All()
	for _, p := range pods {
		if slices.ContainsFunc(mesh.Addresses(p), r.Contains) {
			return true
		}
	}
	nodes, _ := w.Snapshot.Nodes.All()
	for _, n := range nodes {
		for _, a := range n.Status.Addresses {
			if ip, err := netip.ParseAddr(a.Address); err == nil && r.Contains(ip) {
				return true
			}
		}
	}
	return false
}
