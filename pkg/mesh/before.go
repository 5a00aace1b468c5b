package mesh

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// listenerKinds are the kinds of objects that istiod writes a listener's filters of.
var listenerKinds = []Kind{AuthorizationPolicy, RequestAuthentication, PeerAuthentication, EnvoyFilter, WasmPlugin, TrafficExtension}

type beforeKey struct{ at time.Time }

// Before returns the snapshot without the policies and extensions that came at a time or later: what a proxy knows that refused its
// listener then. What was deleted since nobody can tell.
func (s *Snapshot) Before(at time.Time) *Snapshot {
	return Derive(s, beforeKey{at}, func() *Snapshot {
		c := s.copy()
		for _, l := range c.lists() {
			if slices.Contains(listenerKinds, l.Kind()) {
				l.keep(func(o metav1.Object) bool { return o.GetCreationTimestamp().Time.Before(at) })
			}
		}
		return c.renew(listenerKinds...)
	})
}

// Unchanged reports whether the policies and extensions that were there at a time are, so far as their generations tell, what they were
// then.
func (s *Snapshot) Unchanged(at time.Time) bool { return s.unchanged(at, listenerKinds) }

// RoutesUnchanged reports the same of what routes are written of, and that none of it came later.
func (s *Snapshot) RoutesUnchanged(at time.Time) bool {
	return s.older(at, VirtualService, DestinationRule, Gateway, Sidecar, HTTPRoute, GRPCRoute)
}

// GatewaysUnchanged reports the same of what the listeners of gateways are written of.
func (s *Snapshot) GatewaysUnchanged(at time.Time) bool { return s.older(at, Gateway, KubeGateway) }

// older reports whether all objects of some kinds are older than a time and have not been changed.
func (s *Snapshot) older(at time.Time, kinds ...Kind) bool {
	for _, l := range s.lists() {
		later := false
		if slices.Contains(kinds, l.Kind()) {
			l.each(func(o metav1.Object) { later = later || !o.GetCreationTimestamp().Time.Before(at) })
		}
		if later {
			return false
		}
	}
	return s.unchanged(at, kinds)
}

func (s *Snapshot) unchanged(at time.Time, kinds []Kind) bool {
	same := true
	for _, l := range s.lists() {
		if slices.Contains(kinds, l.Kind()) {
			l.each(func(o metav1.Object) {
				t := o.GetCreationTimestamp()
				same = same && !t.IsZero() && (o.GetGeneration() <= 1 || !t.Time.Before(at))
			})
		}
	}
	return same
}
