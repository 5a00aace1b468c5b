package application

import (
	"slices"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// externalApp is a destination outside of the mesh. It is presumed to answer on the port that a ServiceEntry or the URL names.
func externalApp(f flow.Flow, s *mesh.Snapshot) *app {
	name := f.Dial.Name
	if f.Endpoint != nil {
		name = f.Endpoint.Address
	}
	if name == "" {
		name = f.Request.Host
	}
	a := &app{backends: []flow.Backend{{Host: name, Port: f.Wire.Port}}, is: program{listens: true}}
	if f.Endpoint != nil {
		a.ref = f.Endpoint.Ref
		a.candidates = []flow.Candidate{{Ref: a.ref, Applies: true}}
	}
	if a.ref.Kind == mesh.EndpointSlice {
		a.apiServer = flow.IsAPIServer(f.Endpoint.Host) // a ready endpoint of a Service listens
	} else {
		a.presumed = append(a.presumed, supposition{listens, [2]flow.Presumption{1: {Code: flow.PresumesOutside, Resource: a.ref, Args: []string{name, strconv.Itoa(f.Wire.Port)}}}})
	}
	var w word
	for _, h := range listing(f, s) {
		for i, p := range h.Ports {
			if servedAt(f, s, h, p) {
				w.ruled(s, h, p)
				if p.TargetPort == 0 || p.TargetPort == p.Number {
					a.declared(&w, p.Protocol, h.Ref.At("spec.ports["+strconv.Itoa(i)+"]")) // else it says no more than what the client's proxy reads
				}
			}
		}
	}
	if !w.owners && (f.Wire.Transport == flow.OneWayTLS || f.Wire.Transport == flow.MutualTLS) {
		w.rule, w.owners = f.Wire.Chosen, true // whoever calls a host outside is the one who has rules for it
	}
	a.spoken(f, w)
	a.certified(f, s)
	return a
}

// listing are the hosts whose endpoint the request goes to.
func listing(f flow.Flow, s *mesh.Snapshot) []*mesh.Host {
	if f.Endpoint == nil {
		return nil
	}
	all, _ := s.Hosts()
	var out []*mesh.Host
	for _, h := range all {
		if h.Ref.Object() == f.Endpoint.Host.Object() && !slices.ContainsFunc(out, func(x *mesh.Host) bool { return x.Ref == h.Ref }) {
			out = append(out, h)
		}
	}
	return out
}

// servedAt reports whether a port of a host is served at the endpoint.
func servedAt(f flow.Flow, s *mesh.Snapshot, h *mesh.Host, p mesh.Port) bool {
	eps, _ := s.Endpoints(h, p)
	return slices.ContainsFunc(eps, func(e mesh.Endpoint) bool { return e.Address == f.Endpoint.Address && e.Port == f.Wire.Port })
}
