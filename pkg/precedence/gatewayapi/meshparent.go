package gatewayapi

import (
	"strconv"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// attachToMesh binds a route to the clients of a Service or ServiceEntry. Its sectionName has no effect
// (pilot/pkg/config/kube/gateway/conversion.go, referenceAllowed).
func (g *gatewayAPI) attachToMesh(p parentEntry, kind precedence.GroupKind) (attachment, bool) {
	name, namespace := string(p.Name), p.namespace
	a := attachment{port: uint32(ptr.Deref(p.Port, 0))}
	labels := map[string]string{}
	var found, unread bool
	if kind == precedence.ServiceKind {
		svc, ok, gaps := g.Snapshot.Services.Get(namespace, name)
		if found, unread = ok, len(gaps) > 0; ok {
			labels = svc.Labels
		}
		a.hosts = []string{mesh.ServiceHost(name, namespace)}
	} else {
		e, ok, gaps := g.Snapshot.ServiceEntries.Get(namespace, name)
		if found, unread = ok, len(gaps) > 0; ok {
			labels = e.Labels
			for _, h := range e.Spec.Hosts {
				a.hosts = append(a.hosts, strings.ToLower(h))
			}
		}
	}
	switch {
	case !found && !unread:
		g.Lose(a.hosts, p.at, precedence.NoMatchingParent)
		return attachment{}, false
	case g.ForeignWaypoint(namespace, labels):
		return attachment{}, false
	}
	a.key = kind.Group + "/" + kind.Kind + "/" + name + "/" + string(ptr.Deref(p.SectionName, "")) + "/" + strconv.Itoa(int(a.port)) + "." + namespace
	return a, true
}
