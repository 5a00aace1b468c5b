package extension

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// elsewhere: the patch's match has a port or a name that is not the one which this proxy goes by.
const elsewhere precedence.LossReason = "PatchElsewhere"

// missed adds the patches that match nothing for a port or a name.
func missed(r *flow.Result, list []envoyfilter.Miss) {
	for _, m := range list {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: m.By.Ref, Why: elsewhere})
		r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteExtensionMatchesNothing, Resource: m.By.Ref, Args: []string{m.Field, m.Is, m.Has}})
	}
}

// otherContexts are the patches of EnvoyFilters that select the pod and are for proxies of another kind. One without a selector is for
// many workloads, and means others.
func otherContexts(s *mesh.Snapshot, f flow.Flow) []envoyfilter.Miss {
	own := []envoyfilter.Context{envoyfilter.Gateway}
	if contextOf(f) != envoyfilter.Gateway {
		own = []envoyfilter.Context{envoyfilter.Inbound, envoyfilter.Outbound}
	}
	return slices.DeleteFunc(f.Extended.Patches.OtherContexts(own...), func(m envoyfilter.Miss) bool {
		x, ok, _ := s.EnvoyFilters.Get(m.By.Ref.Namespace, m.By.Ref.Name)
		return !ok || len(x.Spec.GetWorkloadSelector().GetLabels()) == 0 && f.At.Role != flow.Waypoint
	})
}

// serverMisses are those of a proxy's listener that goes by the pod's port, and of the cluster of a server.
func serverMisses(s *mesh.Snapshot, f flow.Flow) []envoyfilter.Miss {
	if f.At.Role == flow.Waypoint {
		return waypointMisses(s, f)
	}
	if contextOf(f) == envoyfilter.Outbound {
		return nil
	}
	ps, others := f.Extended.Patches, servicePorts(s, f)
	out := ps.ListenerMisses(listenerOf(s, f), f.Wire.Port, others)
	if contextOf(f) == envoyfilter.Inbound {
		out = append(out, ps.ClusterMisses(clusterOf(s, f), others)...)
	}
	return out
}

// servicePorts are those by which Services send to the pod's port, and which are no port of the pod's themselves.
func servicePorts(s *mesh.Snapshot, f flow.Flow) []int {
	var own, out []int
	for _, t := range s.Targets(f.Pod) {
		own = append(own, t.Number)
		if t.Number == f.Wire.Port && !slices.Contains(out, t.Port.Number) {
			out = append(out, t.Port.Number)
		}
	}
	return slices.DeleteFunc(out, func(n int) bool { return slices.Contains(own, n) })
}

// tableMisses are those of the proxy's table of routes.
func tableMisses(s *mesh.Snapshot, f flow.Flow) []envoyfilter.Miss {
	host, ok := hostOf(s, f)
	if !ok {
		return nil
	}
	var others []int
	if f.Chain != nil || contextOf(f) == envoyfilter.Inbound {
		others = append(servicePorts(s, f), f.Wire.Port)
	} else if p := podPort(s, f.VHost.Name, f.RoutePort()); p != 0 {
		others = []int{p}
	}
	return f.Extended.Patches.TableMisses(tableOf(f), host, others)
}

// clusterMisses are those of the cluster of a client or a gateway, and of a client's listener: both go by the Service's port.
func clusterMisses(s *mesh.Snapshot, f flow.Flow) []envoyfilter.Miss {
	c := f.Cluster
	var others []int
	if p := podPort(s, c.Host.Name, c.Port.Number); p != 0 {
		others = []int{p}
	}
	out := f.Extended.Patches.ClusterMisses(clusterOf(s, f), others)
	if contextOf(f) == envoyfilter.Outbound && f.Listener != nil {
		out = append(out, f.Extended.Patches.ListenerMisses(listenerOf(s, f), f.Listener.Port, others)...)
	}
	return out
}

type servicePortsKey struct{}

// podPort is the port of the pods behind a port of a host, where it has a number of its own that no host has for a port; 0 otherwise.
func podPort(s *mesh.Snapshot, host string, port int) int {
	all := mesh.Derive(s, servicePortsKey{}, func() map[int]bool {
		out := map[int]bool{}
		hosts, _ := s.Hosts()
		for _, h := range hosts {
			for _, p := range h.Ports {
				out[p.Number] = true
			}
		}
		return out
	})
	for _, h := range s.HostsNamed(host) {
		n := 0
		if h.Service != nil {
			for _, p := range h.Service.Spec.Ports {
				if int(p.Port) == port {
					n = int(p.TargetPort.IntVal)
				}
			}
		} else if p, ok := h.Port(port); ok {
			n = p.TargetPort
		}
		if n != 0 && n != port && !all[n] {
			return n
		}
	}
	return 0
}

// waypointMisses are the patches for a waypoint's listeners that name the listener of sidecars, or a port that none of the two has.
func waypointMisses(s *mesh.Snapshot, f flow.Flow) []envoyfilter.Miss {
	ps := f.Extended.Patches
	ports := []int{f.Dial.Port}
	if h := f.Attached.Host; h != nil {
		if p := podPort(s, h.Name, f.Dial.Port); p != 0 {
			ports = append(ports, p)
		}
	}
	ports = slices.DeleteFunc(ports, func(n int) bool { return n == tunnelPort })
	return append(ps.ListenerMisses(waypointListener(f), tunnelPort, ports), ps.NameMisses(envoyfilter.Inbound, []string{"virtualInbound", "virtualOutbound"}, internalListener+", "+tunnelListener)...)
}
