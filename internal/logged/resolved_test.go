package logged

import (
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// resolved is the address that a request's client dials; empty where its name resolves outside.
func resolved(s *mesh.Snapshot, r *flow.Request, port int) string {
	targets, found, _ := dns.Lookup(s, r.Namespace(), false, r.Host, port)
	if !found || !targets[0].IP.IsValid() {
		return ""
	}
	return withPort(targets[0].IP.String(), targets[0].Port)
}
