package gateway

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Role tells gateways for traffic that leaves the mesh from others by the label that Istio's charts give them.
func Role(pod *corev1.Pod) flow.Role {
	if strings.Contains(pod.Labels["istio"], "egress") || strings.Contains(pod.Labels["app"], "egress") {
		return flow.EgressGateway
	}
	return flow.IngressGateway
}

// Listener finds the server of a Gateway that takes the connection: by the pod's port, then by the server name.
func Listener(s *mesh.Snapshot, f flow.Flow) flow.Result {
	view := gateway.Of(s, f.Pod)
	f.Client = precedence.Client{Namespace: f.Pod.Namespace, Labels: f.Pod.Labels}
	f.Scope = routing.GatewayScope(s, f.Pod.Namespace)
	port := view.Ports[f.Wire.Port]
	r := flow.Pass(f)
	r.Candidates = flow.Candidates(append(slices.Clone(view.Considered), gatewayapi.NotProgrammedAt(s, f.Pod, f.Wire.Port)...))
	r.Unread(slices.Concat(view.Gaps, handedOn(s, port))...)
	if port == nil {
		o := flow.Outcome{Failure: flow.ConnectRefused, Reason: flow.NobodyListens, Args: []string{strconv.Itoa(f.Wire.Port)}, By: flow.By(flow.Cause, closedBy(f, s, view)...)}
		if closed := gatewayapi.NotProgrammedAt(s, f.Pod, f.Wire.Port); len(closed) == 1 {
			o.Args = append(o.Args, flow.CodeMark+string(closed[0].Why))
		} else if lost := lostFor(f, s, view); len(closed) == 0 && len(lost) > 0 {
			o.Args = append(append(o.Args, ""), route.WhyLost(lost[0])...)
		}
		return gatewayEnds(r, o)
	}
	chain := port.Match(f.BytesName())
	if chain == nil || chain.MeshALPN && f.Wire.Transport != flow.IstioMutual {
		return gatewayEnds(r, noChain(f, view))
	}
	f.Chain, f.Gateway = chain, chain.Server()
	r.Resource = f.Gateway.Ref
	if bad, why := refusedTLS(f, s, chain); bad != nil {
		if bad.Kind == flow.Reset && bad.CurlExit == 56 && bad.Reason == flow.CertificateRequired {
			why = append(why, flow.Outcome{Kind: flow.TLSFailure, CurlExit: 35, Reason: flow.CertificateRequired, By: bad.By})
		}
		return gatewayEnds(r, *bad, why...)
	}
	if at := strangersCertificate(f, chain); !at.IsZero() {
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.External, Resource: at})
		r.MayReject(flow.Outcome{Failure: flow.Terminated, Reason: flow.CertificateRequired, By: flow.By(flow.Cause, f.Wire.Chosen, at)})
	}
	if at := ownALPN(chain); !at.IsZero() {
		r.Gaps = append(r.Gaps, mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.Unsupported, Resource: at})
		first, others := flow.Open(flow.Unmodelled)
		r.MayReject(first, others...)
	}
	r.Presumes = slices.Concat(r.Presumes, presumedCredentials(f, s, chain), presumedTopology(f, s, chain))
	f = takeIn(f, s, chain)
	r.Note, r.Args = flow.NoteGatewayServer, []string{f.Gateway.Gateway, f.Gateway.Server.Port.GetProtocol()}
	if len(r.Next) > 0 {
		r.Next[0].Flow = f
	}
	return r
}

// handedOn are unread VirtualServices, where they decide whether a port is open and for what: not where HTTP is read anyway.
func handedOn(s *mesh.Snapshot, port *gateway.Port) []mesh.Gap {
	if port != nil && !port.HandsOn {
		return nil
	}
	_, gaps := s.VirtualServices.All()
	return gaps
}

// gatewayEnds ends the way at the gateway's listener, or may end it where Gateways could not be read.
func gatewayEnds(r flow.Result, o flow.Outcome, might ...flow.Outcome) flow.Result {
	if len(r.Gaps) > 0 {
		r.OrElse(append([]flow.Outcome{o}, might...)...)
		r.Next = nil
		return r
	}
	r.Reject(o, might...)
	r.Next = nil
	if len(o.By) > 0 {
		r.Resource = o.By[0].Ref
	}
	return r
}

// closedBy is responsible for a port that a gateway's pod does not open: Gateways that would have it and do not reach the pod.
func closedBy(f flow.Flow, s *mesh.Snapshot, view *gateway.View) []mesh.Ref {
	var out []mesh.Ref
	for _, c := range gatewayapi.NotProgrammedAt(s, f.Pod, f.Wire.Port) {
		out = append(out, c.Ref)
	}
	if len(out) > 0 {
		return out // listeners that are meant for the port say why they do not open it
	}
	for _, c := range lostFor(f, s, view) {
		out = append(out, c.Ref, c.By)
	}
	if len(out) > 0 {
		return out
	}
	for _, c := range view.Considered {
		if !c.Applies && c.Ref.Kind != mesh.KubeGateway {
			out = append(out, c.Ref)
		}
	}
	if len(out) == 0 {
		for _, c := range view.Considered {
			if c.Applies || c.Why != precedence.NotSelected { // a Gateway of other pods is no cause
				out = append(out, c.Ref)
			}
		}
	}
	if len(out) == 0 {
		out = []mesh.Ref{mesh.PodRef(f.Pod)}
	}
	return out
}

// lostFor lists routes of the Gateway API for the name that is asked for, which no listener of the pod takes. A port at which bytes are handed on is
// opened for routes alone (pilot/pkg/networking/core/gateway.go, createGatewayTCPFilterChains).
func lostFor(f flow.Flow, s *mesh.Snapshot, view *gateway.View) []precedence.Considered {
	host := f.BytesName()
	if host == "" && f.Payload() == flow.PlainHTTP {
		host = config.StripPort(f.Message.Authority) // no name is read before the port is found closed; the client means this one
	}
	return slices.DeleteFunc(route.Lost(f, s, host), func(c precedence.Considered) bool {
		return c.Ref.Kind == mesh.HTTPRoute || c.Ref.Kind == mesh.GRPCRoute || !c.By.IsZero() &&
			!slices.ContainsFunc(view.Considered, func(x precedence.Considered) bool { return x.Ref.Object() == c.By.Object() })
	})
}

// noChain: the port is open, but not for these bytes.
func noChain(f flow.Flow, view *gateway.View) flow.Outcome {
	why := flow.ServerNameUnknown
	var refs []mesh.Ref
	for _, c := range view.Ports[f.Wire.Port].Chains {
		if at := c.Server().Ref; !slices.Contains(refs, at) {
			refs = append(refs, at)
		}
	}
	o := flow.Outcome{Failure: flow.Terminated, Reason: why, By: flow.By(flow.Cause, refs...)}
	if f.Wire.Transport != flow.Plaintext {
		o.Failure, o.TLS = flow.HandshakeFailed, upstream.ResetInFlight
		return o
	}
	if f.Payload() == flow.AppTLS {
		return f.Closed(o)
	}
	return o
}
