package precedence

import (
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// attachToMesh binds a route to the clients of a Service or ServiceEntry. Its sectionName has no effect
// (pilot/pkg/config/kube/gateway/conversion.go, referenceAllowed).
func (g *gatewayAPI) attachToMesh(p parentEntry, kind groupKind) (attachment, bool) {
	name, namespace := string(p.Name), p.namespace
	a := attachment{port: uint32(or(p.Port, 0))}
	labels := map[string]string{}
	var found, unread bool
	if kind == serviceKind {
		svc, ok, gaps := g.s.Services.Get(namespace, name)
		if found, unread = ok, len(gaps) > 0; ok {
			labels = svc.Labels
		}
		a.hosts = []string{mesh.ServiceHost(name, namespace)}
	} else {
		e, ok, gaps := g.s.ServiceEntries.Get(namespace, name)
		if found, unread = ok, len(gaps) > 0; ok {
			labels = e.Labels
			for _, h := range e.Spec.Hosts {
				a.hosts = append(a.hosts, strings.ToLower(h))
			}
		}
	}
	switch {
	case !found && !unread:
		g.lose(a.hosts, p.at, NoMatchingParent)
		return attachment{}, false
	case g.foreignWaypoint(namespace, labels):
		return attachment{}, false
	}
	a.key = kind.group + "/" + kind.kind + "/" + name + "/" + string(or(p.SectionName, "")) + "/" + strconv.Itoa(int(a.port)) + "." + namespace
	return a, true
}
