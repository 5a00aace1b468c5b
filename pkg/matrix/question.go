package matrix

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Question is a request that every source sends to every destination.
type Question struct {
	Sources      []*corev1.Pod
	Outside      bool // a client that is no pod asks too
	Destinations []Destination
	Request      flow.Request // method, headers, authority where it is not the Service's, time and keys; the rest is filled in

	// Said is told how many destinations are done, from one goroutine or another. It may be nil.
	Said func(done, total int)
}

// Destination is a path at a port of a Service.
type Destination struct {
	Namespace string        `json:"namespace"`
	Name      string        `json:"name"`
	Port      int           `json:"port"`
	Protocol  mesh.Protocol `json:"protocol,omitempty"`
	Path      string        `json:"path,omitempty"` // none where the port does not speak HTTP
}

// Host is the name that clients dial.
func (d Destination) Host() string { return d.Name + "." + d.Namespace }

func (d Destination) String() string { return d.Host() + ":" + strconv.Itoa(d.Port) + d.Path }

// Services lists the ports of Services as destinations, UDP left out: in the order of their names, each with every path. Keep decides by
// the Service which ones are listed.
func Services(s *mesh.Snapshot, paths []string, keep func(namespace, name string) bool) []Destination {
	var out []Destination
	for _, svc := range byName(s) {
		if !keep(svc.Namespace, svc.Name) {
			continue
		}
		for _, p := range svc.Spec.Ports {
			protocol := mesh.PortProtocol(p.Port, p.Name, string(p.Protocol), p.AppProtocol)
			d := Destination{Namespace: svc.Namespace, Name: svc.Name, Port: int(p.Port), Protocol: protocol}
			switch {
			case protocol.Class() == mesh.ClassNone:
			case scheme(protocol) == "tcp":
				out = append(out, d)
			default:
				for _, path := range paths {
					d.Path = path
					out = append(out, d)
				}
			}
		}
	}
	return out
}

// scheme is what a client of a port speaks: bytes that are no HTTP where the port is declared so.
func scheme(p mesh.Protocol) string {
	switch {
	case p.IsTLS():
		return "https"
	case p.Class() == mesh.ClassTCP:
		return "tcp"
	}
	return "http"
}

// request is the question of one source and one destination.
func (q *Question) request(d Destination, source *corev1.Pod) *flow.Request {
	r := q.Request
	r.Source, r.Host, r.Port, r.Path = source, d.Host(), d.Port, d.Path
	if r.Scheme != "tcp" {
		r.Scheme = scheme(d.Protocol)
	}
	if r.Path == "" {
		r.Path = "/"
	}
	if r.Authority == "" {
		r.Authority = r.Host
		if !(r.Scheme == "http" && r.Port == 80 || r.Scheme == "https" && r.Port == 443) {
			r.Authority += ":" + strconv.Itoa(r.Port)
		}
	}
	return &r
}
