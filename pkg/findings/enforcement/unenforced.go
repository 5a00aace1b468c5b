package enforcement

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// unenforced: a policy that names the pod which is called, or its Service, and that is enforced by nobody, or by a proxy that this request does
// not pass, or otherwise than it is written. It is told where ztunnel or a waypoint is concerned: who enforces what is plain elsewhere.
func unenforced(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	var seen []mesh.Ref
	for _, h := range w.Hops {
		about, table := concerned(w, h)
		if about.IsZero() || slices.Contains(seen, about) {
			continue
		}
		seen = append(seen, about)
		t := table()
		if len(t.Gaps) > 0 || !ambient(t) {
			continue
		}
		x := request{to: about.ID(), way: wayOf(w), host: w.Dialled(), port: h.In.Dial.Port, table: t, around: around(w, about)}
		for _, p := range t.Policies {
			out = append(out, x.judge(p)...)
		}
	}
	return out
}

// concerned is whose table the hop is about: the pod that is called, or a ServiceEntry that leads to none; zero where the hop is neither's.
func concerned(w *walk.Walk, h *walk.Hop) (mesh.Ref, func() enforcement.Table) {
	if pod := called(w, h); pod != nil {
		return mesh.PodRef(pod), func() enforcement.Table { return enforcement.Of(w.Snapshot, pod) }
	}
	host := h.In.Addressee.Host
	if host == nil && h.From != nil {
		host = sentTo(h.From)
	}
	if host == nil || host.Entry == nil || h.Pod != nil && h.Role != flow.Waypoint {
		return mesh.Ref{}, nil
	}
	return host.Ref, func() enforcement.Table { return enforcement.OfHost(w.Snapshot, host) }
}

// called is the pod that takes the request at a hop: the server's; or, at a waypoint, which may not let it that far, one that it is for.
func called(w *walk.Walk, h *walk.Hop) *corev1.Pod {
	switch {
	case h.Role == flow.Application, h.Role == flow.ServerSidecar, h.Role == flow.Ztunnel && h.In.In == flow.ToServerZtunnel:
		return h.Pod
	case h.Role != flow.Waypoint:
		return nil
	case h.In.Addressee.Pod != nil:
		return h.In.Addressee.Pod
	}
	host := h.In.Addressee.Host
	if host == nil {
		return nil
	}
	p, ok := host.Port(h.In.Dial.Port)
	if !ok {
		return nil
	}
	all, _ := w.Snapshot.Endpoints(host, p)
	i := slices.IndexFunc(all, func(e mesh.Endpoint) bool { return e.Pod != nil })
	if i < 0 {
		return nil
	}
	return all[i].Pod
}

// ambient reports whether a ztunnel or a waypoint enforces policies of the pod, or is asked to. Those of a host without pods can be meant for no
// other proxy.
func ambient(t enforcement.Table) bool {
	return t.Pod.IsZero() || t.Capture.State == capture.Captured || slices.ContainsFunc(t.Services, func(x enforcement.Service) bool { return !x.Binding.Label.IsZero() })
}

// wayOf is how the request comes to the pod: by the proxy that opens the connection.
func wayOf(w *walk.Walk) enforcement.Way {
	way := enforcement.Plaintext
	for _, h := range w.Hops {
		switch {
		case h.IsGateway():
			return enforcement.ByGateway
		case h.Role == flow.ClientSidecar:
			return enforcement.BySidecar
		case h.Role == flow.Ztunnel && h.In.In == flow.ToClientZtunnel && h.Left.Addressee.Host != nil:
			way = enforcement.ByService
		case h.Role == flow.Ztunnel && h.In.In == flow.ToClientZtunnel:
			way = enforcement.ByAddress
		}
	}
	return way
}

// sentTo is the host that a party sends to, or that its ztunnel takes the address for; nil where it is none.
func sentTo(h *walk.Hop) *mesh.Host {
	if host := h.Left.Addressee.Host; host != nil {
		return host
	}
	return h.Host()
}

// around is why the connection passes by the pod's ztunnel; empty where it does not, or does not get that far.
func around(w *walk.Walk, pod mesh.Ref) precedence.LossReason {
	for _, h := range w.Hops {
		if h.Role != flow.Ztunnel || h.In.In != flow.ToServerZtunnel || !h.Left.NotIntercepted || mesh.PodRef(h.Pod) != pod {
			continue
		}
		sender := w.Request.Source
		if h.From != nil {
			sender = h.From.Pod
		}
		return capture.Inbound(capture.Of(w.Snapshot, h.Pod), h.Pod, sender, false).Why
	}
	return ""
}

// request is what of a request decides on which proxies it passes.
type request struct {
	to   string // the pod, or the ServiceEntry
	way  enforcement.Way
	host mesh.Ref
	port int

	table  enforcement.Table
	around precedence.LossReason // why it passes by the pod's ztunnel; empty where it does not
}

// silent are the reasons that other findings tell of, or that are no more than the order of things.
var silent = []precedence.LossReason{precedence.NarrowerWins, precedence.OlderWins,
	enforcement.PortOfService, capture.SidecarPresent, capture.OptedOut, capture.NotAmbient, capture.NotEnrolled, capture.HostNetwork, capture.ExcludedByCNI}

// ofSidecars are the reasons of which other findings tell where a pod has a proxy of its own.
var ofSidecars = []precedence.LossReason{precedence.DryRun, precedence.OtherRevision}

// ways are the codes of why a request passes by a waypoint.
var ways = map[enforcement.Way]string{enforcement.ByService: "WayByService", enforcement.ByAddress: "WayByAddress", enforcement.BySidecar: "WayBySidecar",
	enforcement.ByGateway: "WayByGateway", enforcement.Plaintext: "WayPlaintext"}

func (x request) judge(p enforcement.Policy) []flow.Finding {
	if p.Nobody() {
		if slices.Contains(silent, p.Why) || slices.Contains(ofSidecars, p.Why) && x.table.Capture.State != capture.Captured && !x.table.Pod.IsZero() {
			return nil
		}
		at := ""
		if p.At.Object() != p.Ref {
			at = p.At.String()
		}
		return []flow.Finding{walk.Found(EnforcedByNobody, p.Ref, x.to, flow.CodeMark+string(p.Why), at)}
	}
	var out []flow.Finding
	passed := false
	for _, at := range p.Places {
		if !slices.Contains(at.Ways, x.way) || !at.For.IsZero() && at.For != x.host || at.Point == enforcement.Ztunnel && x.around != "" {
			continue
		}
		passed = true
		for _, r := range at.Rules {
			if x.concerns(p, at, r) {
				out = append(out, walk.Found(fates[r.Fate], r.Ref, placeName(at), flow.CodeMark+string(r.Why)))
			}
		}
	}
	if !passed && p.Ref.Kind != mesh.PeerAuthentication { // those are about plaintext alone
		out = append(out, walk.Found(EnforcedElsewhere, p.Ref, placeName(p.Places[0]), flow.CodeMark+x.past(p.Places[0])))
	}
	return out
}

// past is the code of why the request does not pass a place.
func (x request) past(at enforcement.Place) string {
	switch {
	case at.Point != enforcement.Waypoint && x.around != "":
		return string(x.around)
	case !at.For.IsZero() && at.For != x.host && slices.Contains(at.Ways, x.way):
		return "WayByOther"
	case x.way == enforcement.ByGateway && slices.ContainsFunc(x.table.Services, func(s enforcement.Service) bool { return s.Host.Ref == at.For && s.Ingress.Off }):
		return "WayByGatewayOff"
	}
	return ways[x.way]
}

// concerns reports whether what has become of a rule is worth telling for the request.
func (x request) concerns(p enforcement.Policy, at enforcement.Place, r enforcement.Rule) bool {
	switch {
	case r.Behind && (!slices.Contains(at.Behind, x.way) || x.way == enforcement.ByGateway || p.Action == "ALLOW"):
		return false // of an ALLOW policy that refuses the waypoint another finding tells
	case slices.Contains(silent, r.Why):
		return false
	}
	return len(r.Ports) == 0 || slices.Contains(r.Ports, x.port)
}

func placeName(at enforcement.Place) string {
	if at.Point == enforcement.Waypoint {
		return "waypoint " + at.At.ID()
	}
	return string(at.Point)
}

// fates are the findings about what has become of a rule.
var fates = map[string]flow.Note{"wider": RuleMatchesMore, "narrower": RuleMatchesLess, "changed": RuleMatchesOther, "inert": RuleNeverMatches, "dropped": RuleLeftOut}
