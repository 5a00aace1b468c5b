package waypoint

import (
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// Canary is a second waypoint that takes a part of a host's connections.
type Canary struct {
	Waypoint *Waypoint // nil where it cannot be used: then the first takes all
	Percent  int       // of the connections
	Why      precedence.LossReason
	At       mesh.Ref // the label or annotation that decides
	Gateway  mesh.Ref
	Gaps     []mesh.Gap
}

// Why a canary is not used; the words are those of the condition istio.io/WaypointBound.
const (
	CanaryInvalidWeight precedence.LossReason = "CanaryInvalidWeight"
	CanarySameAsPrimary precedence.LossReason = "CanarySameAsPrimary"
)

const (
	canaryLabel          = "istio.io/use-waypoint-canary"
	canaryNamespaceLabel = "istio.io/use-waypoint-canary-namespace"
	canaryWeight         = "istio.io/use-waypoint-canary-weight"
)

// canaryOf reads a host's canary. The namespace's labels and annotations count only where the host takes its waypoint from there too
// (ResolveUseWaypointCanary, buildWeightedWaypoints).
func canaryOf(s *mesh.Snapshot, ref mesh.Ref, meta metav1.ObjectMeta, primary *Waypoint) *Canary {
	if s.Version.Istiod.Before(release.Release{Major: 1, Minor: 31}) {
		return nil
	}
	levels := []level{{ref, meta}}
	if v, own := meta.Labels[UseLabel]; !own || v == "none" {
		if ns, found, _ := s.Namespaces.Get("", meta.Namespace); found {
			levels = append(levels, level{mesh.Ref{Kind: mesh.Namespace, Name: ns.Name}, ns.ObjectMeta})
		}
	}
	at, found := first(levels, func(l level) bool { _, ok := l.meta.Labels[canaryLabel]; return ok })
	name := at.meta.Labels[canaryLabel]
	if !found || name == "" || name == "none" {
		return nil
	}
	namespace := meta.Namespace
	if v, ok := at.meta.Labels[canaryNamespaceLabel]; ok {
		namespace = v
	}
	c := &Canary{Why: Accepted, At: at.ref.At("metadata.labels[" + canaryLabel + "]"), Gateway: gatewayRef(namespace, name)}
	if c.Gateway == primary.Ref {
		c.Why = CanarySameAsPrimary
		return c
	}
	weight, found := first(levels, func(l level) bool { _, ok := l.meta.Annotations[canaryWeight]; return ok })
	if found {
		n, err := strconv.Atoi(weight.meta.Annotations[canaryWeight])
		if err != nil || n < 0 || n > 100 {
			c.Why, c.At = CanaryInvalidWeight, weight.ref.At("metadata.annotations["+canaryWeight+"]")
			return c
		}
		c.Percent = n
	}
	c.resolve(s, meta.Namespace)
	return c
}

// level is an object that labels stand on.
type level struct {
	ref  mesh.Ref
	meta metav1.ObjectMeta
}

func first(levels []level, has func(level) bool) (level, bool) {
	for _, l := range levels {
		if has(l) {
			return l, true
		}
	}
	return level{}, false
}

// resolve asks of the canary what is asked of the first waypoint (resolveCanaryWaypoint).
func (c *Canary) resolve(s *mesh.Snapshot, namespace string) {
	w, gaps := Named(s, c.Gateway.Namespace, c.Gateway.Name)
	c.Gaps = gaps
	if w == nil || !w.reachable() {
		c.Why = NotReady
		return
	}
	ok, at, gaps := w.admits(s, namespace)
	c.Gaps = append(c.Gaps, gaps...)
	switch {
	case !ok:
		c.Why, c.At = AttachmentDenied, at
	case !w.takes(ForService):
		c.Why, c.At = UnsupportedTrafficType, w.typeField()
	default:
		c.Waypoint = w
	}
}
