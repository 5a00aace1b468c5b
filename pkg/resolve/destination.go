package resolve

import (
	"math"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// target is a destination as a route names it.
type target struct {
	host, subset string
	port         int
	share        float64
	at           mesh.Ref
	headers      *networking.Headers
	invalid      bool // a backend of the Gateway API that does not exist or may not be used
}

// destination picks the cluster that a request is sent to, one branch for each share of a weighted route, and fails where the proxy has
// no such cluster: the host or its port is unknown to it, or the subset is not defined in the DestinationRule that it uses.
func destination(s *mesh.Snapshot, f Flow) Result {
	if f.Unrouted {
		return Result{}
	}
	targets := f.targets()
	if len(targets) == 0 {
		return f.noTargets()
	}
	r := passes(f)
	r.Effect = Routes
	r.Next = nil
	for _, t := range targets {
		next := f.leaves()
		if f.L7 {
			next = next.rewrite(t.headers.GetRequest())
		}
		cluster, failed := f.cluster(s, t)
		next.Cluster, next.NoCluster = cluster, failed
		r.Facts = append(r.Facts, describe(t))
		r.Candidates = append(r.Candidates, Candidate{Ref: t.at, Applies: true})
		if cluster != nil && !cluster.Host.Ref.IsZero() {
			r.Candidates = append(r.Candidates, Candidate{Ref: cluster.Host.Ref, Applies: true})
		}
		r.Next = append(r.Next, Branch{next, t.share})
	}
	r.Resource, r.Note = targets[0].at, NoteDestination
	if len(targets) > 1 {
		r.Note = NoteDestinations
	}
	r.Facts = []string{strings.Join(r.Facts, ", ")}
	return r
}

// leaves is the request as it goes out of a gateway: a new connection, from the gateway's own address.
func (f Flow) leaves() Flow {
	f.RoutedBy = nil
	if f.Chain == nil {
		return f
	}
	w := Wire{Proxied: true, L7: f.L7, Source: f.address()}
	if f.Sealed {
		w.Transport, w.Principal, w.SNI, w.Accepts, w.Verifies, w.CA = f.Wire.Transport, f.Wire.Principal, f.Wire.SNI, f.Wire.Accepts, f.Wire.Verifies, f.Wire.CA
		w.Chosen, w.Why = f.Wire.Chosen, f.Wire.Why
	}
	f.Wire = w
	return f
}

func describe(t target) string {
	s := t.host + ":" + strconv.Itoa(t.port)
	if t.subset != "" {
		s += " subset " + t.subset
	}
	if t.share < 1 {
		s += " (" + strconv.FormatFloat(math.Round(1e4*t.share)/100, 'f', -1, 64) + "%)"
	}
	return s
}

// targets lists the destinations with their shares. A single destination ignores its weight, of several those of weight 0 are left
// out (applyHTTPRouteDestination).
func (f Flow) targets() []target {
	switch {
	case f.L4 != nil:
		var out []target
		sum := 0
		for _, t := range f.L4.To {
			sum += int(t.Weight)
		}
		for _, t := range f.L4.To {
			x := target{host: t.Host, subset: t.Subset, port: t.Port, share: 1, at: f.L4.From}
			if len(f.L4.To) > 1 {
				if t.Weight == 0 {
					continue
				}
				x.share = float64(t.Weight) / float64(sum)
			}
			out = append(out, x)
		}
		return out
	case f.Route != nil && f.Route.Route != nil:
		return f.httpTargets()
	case f.VHost != nil && f.VHost.Host != nil:
		// The default route has the host in small letters, the cluster as it is written: a ServiceEntry's host with a capital letter has
		// no cluster there (pilot/pkg/networking/core/httproute.go).
		return []target{{host: strings.ToLower(f.VHost.Host.Name), port: f.Dial.Port, share: 1, at: f.VHost.Host.Ref}}
	}
	return nil
}

func (f Flow) httpTargets() []target {
	routes := f.Route.Route.HTTP.Route
	sum := 0
	for _, d := range routes {
		sum += int(d.Weight)
	}
	var out []target
	for i, d := range routes {
		t := target{host: d.GetDestination().GetHost(), subset: d.GetDestination().GetSubset(), port: int(d.GetDestination().GetPort().GetNumber()), share: 1,
			at: f.Route.Route.HTTP.Part("route[" + strconv.Itoa(i) + "].destination"), headers: d.Headers}
		t.invalid = t.host == ""
		if d.GetDestination().GetPort() == nil {
			t.port = f.inferPort(t.host)
		}
		if len(routes) > 1 {
			switch {
			case sum == 0 && !f.Route.Route.VS.GatewayAPI:
				t.share = 1 / float64(len(routes)) // refused by the proxy, see frozenRoutes: as if it were mended
			case d.Weight == 0:
				continue
			default:
				t.share = float64(d.Weight) / float64(sum)
			}
		}
		out = append(out, t)
	}
	return out
}

// inferPort is the port of a destination that names none: the host's only one, else the one that the request came in at. A sidecar
// looks only among hosts that have the port of the listener, a gateway among all that it sees (GetDestinationCluster).
func (f Flow) inferPort(host string) int {
	h := f.Scope.Host(host)
	if h == nil || len(h.Ports) != 1 {
		return f.routePort()
	}
	if f.At.Role == ClientSidecar {
		if _, ok := h.Port(f.Dial.Port); !ok {
			return f.Dial.Port
		}
	}
	return h.Ports[0].Number
}

// noTargets: a route without destinations answers 500 where it comes from the Gateway API. Otherwise the proxy has refused it.
func (f Flow) noTargets() Result {
	if f.Route == nil || f.Route.Route == nil {
		o := f.closed(Outcome{Reason: DestinationUnknown, Facts: []string{f.dialled()}})
		return ends(o)
	}
	o := f.replies(500, BackendInvalid, "direct_response")
	o.By = by(Cause, f.Route.Ref)
	r := ends(o)
	r.Resource = f.Route.Ref
	r.Candidates = []Candidate{{Ref: f.Route.Ref, Applies: true}}
	return r
}
