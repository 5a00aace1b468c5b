package upstream

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Groups puts endpoints together that cannot differ in what comes of a request: same account, labels, annotations, containers. What goes
// on from a gateway shows the gateway's own address, and depends on its node.
func Groups(s *mesh.Snapshot, f flow.Flow, eps []mesh.Endpoint) [][]mesh.Endpoint {
	byAddress := ComparesAddresses(s)
	index := map[string]int{}
	of := make([]int, len(eps)) // each endpoint's group
	var size []int
	for n, e := range eps {
		k := kindOf(s, e)
		if byAddress || e.Pod != nil && (e.Pod == f.Pod || mesh.RoleOf(e.Pod) == mesh.GatewayProxy || mesh.RoleOf(e.Pod) == mesh.WaypointProxy) {
			k += "|" + e.Address
		}
		if f.Pod != nil && f.Pod.Spec.HostNetwork {
			k += "|" + e.Node // what comes from a node's own network passes the ztunnels of other nodes alone
		}
		i, ok := index[k]
		if !ok {
			i = len(size)
			index[k] = i
			size = append(size, 0)
		}
		of[n] = i
		size[i]++
	}
	out := make([][]mesh.Endpoint, len(size))
	for i, n := range size {
		out[i] = make([]mesh.Endpoint, 0, n)
	}
	for n, e := range eps {
		out[of[n]] = append(out[of[n]], e)
	}
	return out
}

// ownLabels differ between pods that are otherwise the same.
var ownLabels = []string{"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"}

func kindOf(s *mesh.Snapshot, e mesh.Endpoint) string {
	k := strconv.Itoa(e.Port) + "|" + e.TLSMode + "|" + e.Identity
	if e.Pod == nil {
		return k + "|" + e.Address
	}
	listens, declared := agent.Listens(e.Pod, e.Port)
	return k + podKind(s, e.Pod) + strconv.FormatBool(listens) + strconv.FormatBool(len(declared) > 0)
}

func podKind(s *mesh.Snapshot, p *corev1.Pod) string {
	return mesh.Derive(s, podKindKey{p}, func() string {
		var b strings.Builder
		for _, k := range slices.Sorted(maps.Keys(p.Labels)) {
			if !slices.Contains(ownLabels, k) {
				b.WriteString("|" + k + "=" + p.Labels[k])
			}
		}
		for _, k := range slices.Sorted(maps.Keys(p.Annotations)) {
			if strings.Contains(k, "istio.io/") {
				b.WriteString("|" + k + "=" + p.Annotations[k])
			}
		}
		return b.String() + "|" + strconv.Itoa(int(mesh.RoleOf(p))) + "|" + capture.StateOf(p).String() + "|" + p.Namespace + "|"
	})
}

type podKindKey struct{ *corev1.Pod }

// ComparesAddresses reports whether any policy compares the address of the server.
func ComparesAddresses(s *mesh.Snapshot) bool {
	type key struct{}
	return mesh.Derive(s, key{}, func() bool {
		policies, _ := s.AuthorizationPolicies.All()
		for _, p := range policies {
			for _, rule := range p.Spec.Rules {
				for _, c := range rule.GetWhen() {
					if c.Key == "destination.ip" {
						return true
					}
				}
			}
		}
		return false
	})
}
