package upstream

import (
	"math"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
)

// Target is a destination as a route names it.
type Target struct {
	Host, subset string
	Port         int
	Share        float64
	At           mesh.Ref
	headers      *networking.Headers
	invalid      bool // a backend of the Gateway API that does not exist or may not be used
}

// Destination picks the cluster that a request is sent to, one branch for each share of a weighted route, and fails where the proxy has
// no such cluster: the host or its port is unknown to it, or the subset is not defined in the DestinationRule that it uses.
func Destination(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.Passthrough || f.To != flow.Nowhere {
		return flow.Result{}
	}
	targets := targets(f)
	if len(targets) == 0 {
		return noTargets(f)
	}
	r := flow.Routing(f)
	r.Next = nil
	for _, t := range targets {
		next := leaves(f)
		if f.L7 {
			next = route.Rewrite(next, t.headers.GetRequest())
		}
		cluster, failed := FindCluster(f, s, t)
		next.Cluster = cluster
		way := flow.Branch{Flow: next, Share: t.Share}
		if failed != nil {
			way.End = NoCluster(next, s, *failed)
		}
		r.Args = append(r.Args, describe(t))
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: t.At, Applies: true})
		if cluster != nil && !cluster.Host.Ref.IsZero() {
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: cluster.Host.Ref, Applies: true})
		}
		r.Next = append(r.Next, way)
	}
	r.Resource, r.Note = targets[0].At, flow.NoteDestination
	if len(targets) > 1 {
		r.Note = flow.NoteDestinations
	}
	r.Args = []string{strings.Join(r.Args, ", ")}
	return r
}

// leaves is the request as it goes out of a gateway: a new connection, from the gateway's own address.
func leaves(f flow.Flow) flow.Flow {
	f.RoutedBy = nil
	if f.Chain == nil {
		return f
	}
	w := flow.Wire{Proxied: true, L7: f.L7, Source: f.Address()}
	if f.Gateway.Passthrough() {
		w.PassedOn = f.Gateway.Ref
	}
	if f.TLSPassthrough {
		w.Transport, w.Principal, w.SNI, w.Accepts, w.Verifies, w.CA = f.Wire.Transport, f.Wire.Principal, f.Wire.SNI, f.Wire.Accepts, f.Wire.Verifies, f.Wire.CA
		w.Chosen, w.Why = f.Wire.Chosen, f.Wire.Why
	}
	f.Wire = w
	return f
}

func describe(t Target) string {
	s := t.Host + ":" + strconv.Itoa(t.Port)
	if t.subset != "" {
		s += " subset " + t.subset
	}
	if t.Share < 1 {
		s += " (" + strconv.FormatFloat(math.Round(1e4*t.Share)/100, 'f', -1, 64) + "%)"
	}
	return s
}

// targets lists the destinations with their shares. A single destination ignores its weight, of several those of weight 0 are left
// out (applyHTTPRouteDestination).
func targets(f flow.Flow) []Target {
	switch {
	case f.Patched != nil && f.Patched.Cluster != "":
		part := strings.Split(f.Patched.Cluster, "|")
		port, _ := strconv.Atoi(part[1])
		return []Target{{Host: part[3], subset: part[2], Port: port, Share: 1, At: f.Patched.By[0]}}
	case f.L4 != nil:
		var out []Target
		sum := 0
		for _, t := range f.L4.To {
			sum += int(t.Weight)
		}
		for _, t := range f.L4.To {
			x := Target{Host: t.Host, subset: t.Subset, Port: t.Port, Share: 1, At: f.L4.From, invalid: t.Host == ""}
			if len(f.L4.To) > 1 {
				if t.Weight == 0 {
					continue
				}
				x.Share = float64(t.Weight) / float64(sum)
			}
			out = append(out, x)
		}
		return out
	case f.Route != nil && f.Route.Route != nil:
		return httpTargets(f)
	case f.VHost != nil && f.VHost.Host != nil:
		// A sidecar's default route has the host in small letters, the cluster as it is written: a ServiceEntry's host with a capital letter
		// has no cluster there (pilot/pkg/networking/core/httproute.go).
		name := f.VHost.Host.Name
		if f.At.Role == flow.ClientSidecar {
			name = strings.ToLower(name)
		}
		return []Target{{Host: name, Port: f.Dial.Port, Share: 1, At: f.VHost.Host.Ref}}
	}
	return nil
}

func httpTargets(f flow.Flow) []Target {
	routes := f.Route.Route.HTTP.Route
	sum := 0
	for _, d := range routes {
		sum += int(d.Weight)
	}
	var out []Target
	for i, d := range routes {
		t := Target{Host: d.GetDestination().GetHost(), subset: d.GetDestination().GetSubset(), Port: int(d.GetDestination().GetPort().GetNumber()), Share: 1,
			At: f.Route.Route.HTTP.Part("route[" + strconv.Itoa(i) + "].destination"), headers: d.Headers}
		t.invalid = t.Host == ""
		if d.GetDestination().GetPort() == nil {
			t.Port = inferPort(f, t.Host)
		}
		if len(routes) > 1 {
			switch {
			case sum == 0 && !f.Route.Route.VS.GatewayAPI:
				t.Share = 1 / float64(len(routes)) // refused by the proxy, see frozenRoutes: as if it were mended
			case d.Weight == 0:
				continue
			default:
				t.Share = float64(d.Weight) / float64(sum)
			}
		}
		out = append(out, t)
	}
	return out
}

// inferPort is the port of a destination that names none: the host's only one, else the one that the request came in at. A sidecar
// looks only among hosts that have the port of the listener, a gateway among all that it sees (GetDestinationCluster).
func inferPort(f flow.Flow, host string) int {
	h := f.Scope.Host(host)
	if h == nil || len(h.Ports) != 1 {
		return f.RoutePort()
	}
	if f.At.Role == flow.ClientSidecar {
		if _, ok := h.Port(f.Dial.Port); !ok {
			return f.Dial.Port
		}
	}
	return h.Ports[0].Number
}

// noTargets: a route without destinations answers 500 where it comes from the Gateway API. Otherwise the proxy has refused it.
func noTargets(f flow.Flow) flow.Result {
	if f.Route == nil || f.Route.Route == nil {
		o := f.Closed(flow.Outcome{Reason: flow.DestinationUnknown, Args: []string{f.Dial.String()}})
		return flow.End(o)
	}
	o := f.Replies(500, flow.BackendInvalid, "direct_response")
	o.By = flow.By(flow.Cause, f.Route.Ref)
	r := flow.End(o)
	r.Resource = f.Route.Ref
	r.Candidates = []flow.Candidate{{Ref: f.Route.Ref, Applies: true}}
	return r
}
