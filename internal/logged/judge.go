package logged

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
	"github.com/mesh-why/mesh-why/pkg/explain/symptom"
	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// caseOf is a line beside what the resources say.
type caseOf struct {
	s    *mesh.Snapshot
	x    *Sighting
	seen *Seen
	line *accesslog.Entry
	e    *explain.Explanation // without notes
	full func() *explain.Explanation
}

// unsettling are the findings that leave it open whether the resources explain a line: what it would take is not in them, or in no log.
var unsettling = []string{"LoggedTokenRule", "LoggedRuleUnseen", "LoggedUnseen", "LoggedExtension"}

// explained compares a line with the answer, and tells what explains it or their difference.
func (c *caseOf) explained() (meaning.Agreement, []explain.Note) {
	a := c.judge()
	notes := c.because(a)
	if a == meaning.Differs && slices.ContainsFunc(notes, func(n explain.Note) bool { return slices.Contains(unsettling, n.Reason) }) {
		a = meaning.NotSettled
	}
	return a, notes
}

// momentary are the flags that tell of a moment and not of a configuration.
var momentary = []string{"UC", "UH", "UR", "LR", "UO", "UT", "DC", "DR", "SI", "DT", "UMSDR", "OM", "DF", "LH", "DO", "UDO"}

// judge compares a line with the answer.
func (c *caseOf) judge() meaning.Agreement {
	fits := slices.ContainsFunc(c.e.Verdict.Outcomes, c.fits)
	switch {
	case !c.e.Verdict.Settled:
		return meaning.NotSettled
	case fits:
		return meaning.Agrees
	case c.momentary() && c.e.Reaches(), slices.Contains(c.line.Flags, "DC"), slices.Contains(c.line.Flags, "DR"):
		return meaning.NotSettled // how long a client waits, and what was ready then, is in no resource
	}
	return meaning.Differs
}

// momentary reports whether the line tells of something that no resource shows: a failure of the moment, and not one of TLS.
func (c *caseOf) momentary() bool {
	if c.line.TransportFailure != "" || strings.Contains(c.line.Details, "TLS_error") {
		return false
	}
	return slices.ContainsFunc(c.line.Flags, func(f string) bool { return slices.Contains(momentary, f) }) ||
		slices.Contains(c.line.Flags, "UF") && !c.line.HTTP()
}

// fits reports whether an outcome leaves the line that was logged.
func (c *caseOf) fits(o explain.Outcome) bool {
	switch {
	case c.line.Connection != nil:
		return c.fitsConnection(o)
	case c.line.Code == 0:
		return c.fitsNoAnswer(o)
	case c.line.Details == "":
		return o.Result == explain.KindReaches && len(c.line.Flags) == 0 || o.Status == c.line.Code // a format without details
	case c.line.Local():
		return c.byProxy(o) && c.sameStatus(o) && sameFlags(o.ResponseFlags, c.line.Flags) && brief(o.ResponseCodeDetails) == brief(c.line.Details)
	}
	// The next hop gave the status: the application, or a proxy behind this one.
	return o.Result == explain.KindReaches && c.onTheWay() || o.Status == c.line.Code && !c.byProxy(o) && c.behind(o)
}

// sameStatus compares the status; a gRPC request is refused with 200 and a grpc-status.
func (c *caseOf) sameStatus(o explain.Outcome) bool {
	return o.Status == c.line.Code || c.line.Code == 200 && o.GRPCStatus != 0 || c.line.Code == 200 && o.Status >= 400 && c.line.Local()
}

// fitsNoAnswer is for lines without a status: connections that are no HTTP, that fitted no filter chain, or whose client left.
func (c *caseOf) fitsNoAnswer(o explain.Outcome) bool {
	switch {
	case c.line.Termination != "":
		return o.Result != explain.KindReaches && c.rejectedHere(func(st explain.Stage) bool { return samePolicy(c.line.Termination, st) })
	case c.line.Details == "filter_chain_not_found", slices.Contains(c.line.Flags, "NR"):
		return o.Result != explain.KindReaches && c.rejectedHere(func(st explain.Stage) bool { return !behindChain[st.Stage] })
	case len(c.line.Flags) > 0:
		return o.Result != explain.KindReaches && c.line.Method == "" && (c.byProxy(o) || c.rejectedHere(func(explain.Stage) bool { return true }) || c.onTheWay())
	}
	// A TCP connection that ended like any other: who is behind this proxy may have closed it.
	return o.Result == explain.KindReaches && c.onTheWay() || c.line.Method == "" && c.onTheWay() && !c.byProxy(o) && !c.rejectedHere(func(explain.Stage) bool { return true })
}

// behindChain are the stages that a connection comes to once it has a filter chain.
var behindChain = map[string]bool{"custom": true, "requestAuthentication": true, "audit": true, "deny": true, "allow": true, "forward": true, "route": true, "fault": true,
	"abort": true, "cors": true, "respond": true, "destination": true, "cluster": true, "endpoints": true, "clientTLS": true}

func (c *caseOf) fitsConnection(o explain.Outcome) bool {
	fault := c.line.Connection.Error
	if fault == "" {
		return o.Result == explain.KindReaches || o.Result == explain.KindAnswered || c.waypoint() != nil || c.passedOn(o)
	}
	return o.Result != explain.KindReaches && (o.ResponseCodeDetails == "" || strings.EqualFold(underscored(fault), underscored(o.ResponseCodeDetails)) || c.refusedHere(fault, o))
}

// passedOn reports whether the client's ztunnel, which wrote the line, handed the bytes to a pod whose own proxy refuses them: ztunnel sees a connection
// that ends, and no fault.
func (c *caseOf) passedOn(o explain.Outcome) bool {
	return !c.line.Connection.Inbound && c.onTheWay() && !c.byProxy(o)
}

// underscored is a text as formats write it that leave no blanks in a field.
func underscored(text string) string { return strings.ReplaceAll(text, " ", "_") }

// refusedHere reports whether the server's ztunnel, which wrote the line, refuses the connection as it says. The outcome then holds what the
// proxy logs that opened the tunnel.
func (c *caseOf) refusedHere(fault string, o explain.Outcome) bool {
	if !c.line.Connection.Inbound {
		return false
	}
	_, id, denied := strings.Cut(fault, "explicitly denied by: ")
	switch {
	case denied:
		return c.rejectedHere(func(st explain.Stage) bool {
			if converted(id) {
				return st.Stage == "peerAuthentication"
			}
			return st.Stage == "deny" && st.Resource != nil && st.Resource.Namespace+"/"+st.Resource.Name == id
		})
	case strings.HasSuffix(fault, "allow policies exist, but none allowed"):
		return c.rejectedHere(func(st explain.Stage) bool { return st.Stage == "allow" })
	}
	return strings.HasPrefix(fault, "connection failed: Connection refused") && o.Reason == flow.NobodyListens && c.onTheWay()
}

// converted tells the name of a policy that istiod makes of PeerAuthentications.
func converted(id string) bool {
	_, name, _ := strings.Cut(id, "/")
	return name == staticStrict || strings.HasPrefix(name, convertedPrefix)
}

// The names of policies that istiod makes of PeerAuthentications (pilot/pkg/serviceregistry/ambient/authorization.go).
const (
	staticStrict    = "istio_converted_static_strict"
	convertedPrefix = "converted_peer_authentication_"
)

// waypoint is the hop that the client's ztunnel, which wrote the line, hands its connection to: what the waypoint answers is HTTP, and ztunnel
// logs none of it. It is nil where the resources lead to no waypoint, or the line is none of a client's.
func (c *caseOf) waypoint() *explain.Hop {
	at := slices.IndexFunc(c.e.Hops, func(h explain.Hop) bool { return h.Role == explain.RoleWaypoint })
	if at < 0 || c.line.Connection.Inbound {
		return nil
	}
	return &c.e.Hops[at]
}

// byProxy reports whether the proxy that wrote the line gives the outcome.
func (c *caseOf) byProxy(o explain.Outcome) bool {
	for _, p := range o.AnsweredBy {
		if c.plays(p.Role) && c.here(p.Namespace, p.Name) {
			return true
		}
	}
	return false
}

// plays reports whether a role is the one in which the proxy wrote the line: a pod can be client and server of the same request.
func (c *caseOf) plays(r explain.Role) bool {
	gateway := func(r explain.Role) bool { return r == explain.RoleIngress || r == explain.RoleEgress }
	return r == c.x.Role || gateway(r) && gateway(c.x.Role)
}

// here reports whether a pod is the one whose proxy wrote the line, or one of its workload: an answer names one of several that are alike.
func (c *caseOf) here(namespace, name string) bool {
	p := c.x.Proxy
	if p == nil || p.Namespace != namespace {
		return false
	}
	if p.Name == name {
		return true
	}
	other, ok, _ := c.s.Pods.Get(namespace, name)
	return ok && sameWorkload(p, other)
}

// alike reports whether two pods of a namespace are of one workload.
func (c *caseOf) alike(namespace, a, b string) bool {
	p, has, _ := c.s.Pods.Get(namespace, a)
	o, too, _ := c.s.Pods.Get(namespace, b)
	return has && too && sameWorkload(p, o)
}

func sameWorkload(a, b *corev1.Pod) bool {
	return len(a.OwnerReferences)+len(b.OwnerReferences) > 0 && a.Namespace == b.Namespace && matrix.Workload(a) == matrix.Workload(b)
}

// hops are those of the proxy that wrote the line.
func (c *caseOf) hops() []explain.Hop {
	var out []explain.Hop
	for _, h := range c.e.Hops {
		if c.plays(h.Role) && c.here(h.Proxy.Namespace, h.Proxy.Name) {
			out = append(out, h)
		}
	}
	return out
}

// onTheWay reports whether the resources lead the request through the proxy that wrote the line.
func (c *caseOf) onTheWay() bool { return len(c.hops()) > 0 }

// behind reports whether an outcome comes from a proxy behind the one that wrote the line.
func (c *caseOf) behind(o explain.Outcome) bool {
	at := slices.IndexFunc(c.e.Hops, func(h explain.Hop) bool {
		return c.plays(h.Role) && c.here(h.Proxy.Namespace, h.Proxy.Name)
	})
	if at < 0 {
		return false
	}
	for _, p := range o.AnsweredBy {
		for _, h := range c.e.Hops[at+1:] {
			if h.Role == p.Role && h.Proxy.Namespace == p.Namespace && (h.Proxy.Name == p.Name || c.alike(h.Proxy.Namespace, h.Proxy.Name, p.Name)) {
				return true
			}
		}
	}
	return false
}

// rejectedHere reports whether a stage of the proxy that wrote the line rejects the request.
func (c *caseOf) rejectedHere(is func(explain.Stage) bool) bool {
	for _, h := range c.hops() {
		for _, st := range h.Stages {
			if st.Effect == explain.EffectRejects && is(st) {
				return true
			}
		}
	}
	return false
}

// samePolicy reports whether a stage rejects by the policy that a line names; "none" is any stage of ALLOW policies.
func samePolicy(details string, st explain.Stage) bool {
	r, named := symptom.DeniedBy(details)
	if !named {
		return st.Stage == "allow"
	}
	return st.Resource != nil && st.Resource.Namespace == r.Namespace && st.Resource.Name == r.Policy
}

func sameFlags(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// brief leaves out what the TLS library says of a failure: it names certificates, and releases word it otherwise.
func brief(details string) string {
	details, _, _ = strings.Cut(details, "|")
	details, _, _ = strings.Cut(details, ",TLS")
	details, _, _ = strings.Cut(details, ",delayed")
	return strings.TrimRight(details, "}")
}
