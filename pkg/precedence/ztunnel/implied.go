package ztunnel

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
)

const autoAllowWaypoint = "PILOT_AUTO_ALLOW_WAYPOINT_POLICY"

// implied are the ALLOW policies that istiod makes itself where PILOT_AUTO_ALLOW_WAYPOINT_POLICY says so: one for each waypoint of the pod, or
// of a Service of it, that lets the waypoint's service accounts in. They are ALLOW policies like any other, so that whoever does not come
// through the waypoint needs one more (implicitWaypointPolicies, implicitWaypointPolicy). The field that decides is the flag.
func implied(s *mesh.Snapshot, pod *corev1.Pod) ([]*Policy, []mesh.Gap) {
	flag := s.Flag(autoAllowWaypoint)
	if flag.Name == "" {
		return nil, nil
	}
	if !flag.Known {
		return nil, []mesh.Gap{{Kind: mesh.Pod, Namespace: flag.At.Namespace, Cause: mesh.Unsupported, Resource: flag.At}}
	}
	own := waypoint.OfPod(s, pod)
	bindings := []waypoint.Binding{own}
	for _, t := range s.Targets(pod) {
		bindings = append(bindings, waypoint.OfHost(s, t.Host))
	}
	var out []*Policy
	var gaps []mesh.Gap
	for _, b := range bindings {
		gaps = append(gaps, b.Gaps...)
		if b.Waypoint == nil || slices.ContainsFunc(out, func(p *Policy) bool { return p.Name == impliedName(b.Waypoint.Ref) }) {
			continue
		}
		accounts, unread := waypoint.Accounts(s, b.Waypoint)
		if gaps = append(gaps, unread...); len(accounts) > 0 {
			out = append(out, letIn(s, b.Waypoint.Ref, accounts, flag.At))
		}
	}
	return out, gaps
}

func impliedName(gateway mesh.Ref) string {
	return "istio_allow_waypoint_" + gateway.Namespace + "_" + gateway.Name
}

func letIn(s *mesh.Snapshot, gateway mesh.Ref, accounts []string, at mesh.Ref) *Policy {
	var principals []string
	for _, a := range accounts {
		principals = append(principals, strings.TrimPrefix(mesh.Identity(s.Config.TrustDomain(), gateway.Namespace, a), "spiffe://"))
	}
	p := &securityapi.AuthorizationPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: gateway.Namespace, Name: impliedName(gateway)}}
	p.Spec.Rules = []*security.Rule{{From: []*security.Rule_From{{Source: &security.Source{Principals: principals}}}}}
	is := Condition{Field: at.Field, Key: "source.principal", Of: Principal, Values: principals}
	return &Policy{AuthorizationPolicy: p, Ref: at, Implied: true, Rules: []Rule{{Ref: at, From: Clause{{Field: at.Field, Conditions: []Condition{is}}}}}}
}
