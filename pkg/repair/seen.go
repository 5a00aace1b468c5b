package repair

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// otherPort is the code of changes that write the port which is compared in place of the one that leads there: at a pod's own proxy the pod's in
// place of the Service's, at a waypoint the Service's in place of the pod's.
const otherPort = "NextOtherPort"

// portOf is the port that policies compare where the request stands: at a waypoint the one that was dialled, else the proxy's own.
func portOf(f flow.Flow) int {
	if f.At.Role == flow.Waypoint && f.Dial.Port != 0 {
		return f.Dial.Port
	}
	return f.Wire.Port
}

// ofClients has policies of a waypoint that deny compare the client's address, where they compare that of their peer: a tunnel's end is in no range,
// so that what excludes ranges denies everybody.
func (i *incident) ofClients() []Change {
	f, ok := i.at()
	if !ok || i.o.At == nil || f.At.Role != flow.Waypoint {
		return nil
	}
	var out []Change
	for _, d := range i.denying() {
		if c := d.policy.DeepCopy(); ofClient(c) {
			out = append(out, Change{Code: "NextClientAddress", Args: []string{mesh.RefTo(c).String()}, Objects: []metav1.Object{c}})
		}
	}
	return out
}

// sameConnection reports whether a port that a rule names and the one that was compared with it are those of one connection, on the two sides of a
// Service.
func (i *incident) sameConnection(c evidence.Check, named string) bool {
	pod := i.addressed()
	if pod == nil || !strings.HasSuffix(c.Field, ".ports") {
		return false
	}
	return slices.ContainsFunc(i.s.Targets(pod), func(t mesh.Target) bool {
		outer, inner := strconv.Itoa(t.Port.Number), strconv.Itoa(t.Number)
		return outer != inner && (named == outer && c.Got == inner || named == inner && c.Got == outer)
	})
}

// addressed is the pod that the request is for, whether it gets that far or not; nil where that is none of the mesh.
func (i *incident) addressed() *corev1.Pod {
	if pod := i.receiver(); pod != nil {
		return pod
	}
	f, ok := i.at()
	switch host := f.Addressee.Host; {
	case !ok:
		return nil
	case host == nil || f.At.Role == flow.Ztunnel || f.At.Role == flow.ServerSidecar:
		return f.Pod
	default:
		for _, p := range host.Ports {
			all, _ := i.s.Endpoints(host, p)
			if n := slices.IndexFunc(all, func(e mesh.Endpoint) bool { return e.Pod != nil }); n >= 0 {
				return all[n].Pod
			}
		}
	}
	return nil
}

// misports reports whether a rule would let the request in but for the side of the Service that its port is of.
func (i *incident) misports(r nearRule) bool {
	return len(r.failing) == 1 && slices.ContainsFunc(r.failing[0].Want, func(w string) bool { return i.sameConnection(r.failing[0], w) })
}

// asSeen writes what a policy compares as the proxy sees it that has the policy: the port of its side of the Service, and at a waypoint the client's
// address in place of the peer's. One whose selector is empty gets none, which selects all pods at ztunnel too.
func (i *incident) asSeen(policy mesh.Ref, pod *corev1.Pod) []Change {
	p, ok, _ := i.s.AuthorizationPolicies.Get(policy.Namespace, policy.Name)
	if !ok || pod == nil || policy.Kind != mesh.AuthorizationPolicy {
		return nil
	}
	c := p.DeepCopy()
	for _, x := range enforcement.Of(i.s, pod).Policies {
		if x.Ref != policy {
			continue
		}
		if x.Why == ztunnel.EmptySelector {
			c.Spec.Selector = nil
			return []Change{{Code: "NextNoSelector", Args: []string{policy.String()}, Objects: []metav1.Object{c}}}
		}
		for _, at := range x.Places {
			if change, ok := i.rewritten(c, pod, at); ok {
				return []Change{change}
			}
		}
	}
	return nil
}

// rewritten writes the rules of a policy as a place sees what they compare.
func (i *incident) rewritten(c *securityapi.AuthorizationPolicy, pod *corev1.Pod, at enforcement.Place) (Change, bool) {
	has := func(why ...precedence.LossReason) bool {
		return slices.ContainsFunc(at.Rules, func(r enforcement.Rule) bool { return slices.Contains(why, r.Why) })
	}
	ref := mesh.RefTo(c)
	switch {
	case has(enforcement.PortOfService, enforcement.PortOfPod):
		var from, to string
		for _, r := range c.Spec.Rules {
			if was, is := swapped(r, i.s.Targets(pod), at.Point == enforcement.Waypoint); was != "" {
				from, to = was, is
			}
		}
		return Change{Code: otherPort, Args: []string{to, from, ref.String()}, Objects: []metav1.Object{c}}, from != ""
	case has(waypoint.PeerIsNoAddress):
		return Change{Code: "NextClientAddress", Args: []string{ref.String()}, Objects: []metav1.Object{c}}, ofClient(c)
	}
	return Change{}, false
}

// ofClient compares the client's address wherever a policy compares the peer's; it reports whether there was anything to change.
func ofClient(p *securityapi.AuthorizationPolicy) bool {
	changed := false
	for _, r := range p.Spec.Rules {
		for _, f := range r.GetFrom() {
			if x := f.GetSource(); len(x.GetIpBlocks())+len(x.GetNotIpBlocks()) > 0 {
				x.RemoteIpBlocks, x.NotRemoteIpBlocks = append(x.RemoteIpBlocks, x.IpBlocks...), append(x.NotRemoteIpBlocks, x.NotIpBlocks...)
				x.IpBlocks, x.NotIpBlocks, changed = nil, nil, true
			}
		}
		for _, w := range r.GetWhen() {
			if w.Key == "source.ip" {
				w.Key, changed = "remote.ip", true
			}
		}
	}
	return changed
}

// swapped puts the other side's ports into the operations of a rule; it returns one pair of them.
func swapped(r *security.Rule, targets []mesh.Target, atWaypoint bool) (was, is string) {
	swap := func(list []string) {
		for n, v := range list {
			for _, t := range targets {
				outer, inner := strconv.Itoa(t.Port.Number), strconv.Itoa(t.Number)
				if atWaypoint {
					outer, inner = inner, outer
				}
				if v == outer && inner != outer && !t.Host.Headless() {
					list[n], was, is = inner, outer, inner
					break
				}
			}
		}
	}
	for _, to := range r.GetTo() {
		swap(to.GetOperation().GetPorts())
		swap(to.GetOperation().GetNotPorts())
	}
	return was, is
}
