package server

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// declaredPort finds how a port is declared; ok is false where no Service declares it (pilot/pkg/networking/core/listener_inbound.go,
// getFilterChainsByServicePort).
func declaredPort(s *mesh.Snapshot, pod *corev1.Pod, port int) (d flow.Declared, ok bool) {
	if choice := precedence.Sidecar(s, pod.Namespace, pod.Labels); choice.Winner != nil && len(choice.Winner.Spec.Ingress) > 0 {
		// A Sidecar with ingress declares its own ports, and only those.
		for i, in := range choice.Winner.Spec.Ingress {
			if int(in.GetPort().GetNumber()) == port {
				return flow.Declared{Protocol: mesh.ParseProtocol(in.Port.Protocol), By: choice.Ref().At("spec.ingress[" + strconv.Itoa(i) + "]"), Endpoint: in.DefaultEndpoint}, true
			}
		}
		return flow.Declared{By: choice.Ref().At("spec.ingress")}, false
	}
	found := slices.DeleteFunc(slices.Clone(s.Targets(pod)), func(t mesh.Target) bool {
		return t.Number != port || t.Port.Protocol.Class() == mesh.ClassNone
	})
	if len(found) == 0 {
		return flow.Declared{}, false
	}
	d = flow.Declared{Protocol: found[0].Port.Protocol, By: found[0].Ref}
	pool, gaps := upstream.ServerPool(s, pod, found[0])
	d.KeepsProtocol, d.Hidden = pool.GetHttp().GetUseClientProtocol(), gaps
	for _, t := range found[1:] {
		d.Others = append(d.Others, t.Ref)
	}
	return d, true
}

// PeerAuthentication is the server's side of the transport: which filter chain takes the bytes that come in at the port, in the mode
// that PeerAuthentication sets and the protocol that the port is declared with.
func PeerAuthentication(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.NotIntercepted {
		return flow.Result{}
	}
	d, ok := declaredPort(s, f.Pod, f.Wire.Port)
	if !ok {
		d.Protocol = mesh.AutoDetect // a port that no Service declares is looked at connection by connection
	}
	mode := precedence.PeerAuthentication(s, f.Pod.Namespace, f.Pod.Labels, f.Wire.Port)
	r := flow.Pass(f)
	if f.Assumed != nil {
		mode = f.Assumed.Mode()
		r.Gaps = precedence.PeerAuthentication(s, f.Pod.Namespace, f.Pod.Labels, f.Wire.Port).Gaps
	}
	if gaps := slices.Concat(mode.Gaps, declaringGaps(s, f.Pod)); len(gaps) > 0 {
		return assumeInbound(f, s, mode, d, gaps)
	}
	r.Resource, r.Candidates = mode.From, flow.Candidates(mode.Considered)
	r.Args = []string{mode.Mode.String(), d.Protocol.Class().String(), shortIdentity(s, peer(f)), why(f)}
	if !d.By.IsZero() {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: d.By, Applies: true})
	}
	f.Declared = &d
	c := inboundChain(f, s, mode.Mode, d)
	if c.failed != nil {
		c.failed.By = append(c.failed.By, transportBlame(f, s, c.failed.Reason, mode, d)...)
		r.Reject(*c.failed)
		r.Next = nil
		if c.gap != nil {
			r.Doubt(*c.gap)
			r.Next = []flow.Branch{{Flow: c.flow, Share: 1}}
		}
		for _, o := range c.might {
			o.By = c.failed.By
			r.OrElse(o)
		}
		return r
	}
	r.Note = c.note
	r.Next[0].Flow = c.flow
	return r
}

// declaringGaps are the hidden Services and Sidecars that may declare a port of the pod.
func declaringGaps(s *mesh.Snapshot, pod *corev1.Pod) []mesh.Gap {
	return slices.Concat(s.Services.Gaps(pod.Namespace), precedence.Sidecar(s, pod.Namespace, pod.Labels).Gaps)
}

// assumeInbound goes on for each mode that a hidden PeerAuthentication may set, and each protocol with which a hidden Service or Sidecar
// may declare the port.
func assumeInbound(f flow.Flow, s *mesh.Snapshot, mode precedence.PeerMode, d flow.Declared, gaps []mesh.Gap) flow.Result {
	r := flow.Pass(f)
	r.Gaps, r.Reason, r.Next = gaps, flow.Unread, nil
	modes := []precedence.Mode{mode.Mode}
	if len(mode.Gaps) > 0 {
		modes = []precedence.Mode{precedence.Permissive, precedence.Strict, precedence.Disable}
	}
	protocols := []mesh.Protocol{d.Protocol}
	if len(declaringGaps(s, f.Pod)) > 0 {
		protocols = []mesh.Protocol{mesh.HTTP, mesh.TCP, mesh.AutoDetect}
	}
	r.Unread(precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels).Gaps...) // its ingress may lead to another port, or to none
	for _, m := range modes {
		for _, protocol := range protocols {
			d, next := d, f
			d.Protocol = protocol
			next.Declared = &d
			if next.Assumed == nil {
				next.Assumed = &flow.Assumption{Namespace: m, Workload: precedence.Unset}
			}
			c := inboundChain(next, s, m, d)
			if c.failed != nil {
				end := flow.End(*c.failed, c.might...)
				r.Next = append(r.Next, flow.Branch{Flow: next, End: &end})
				continue
			}
			r.Next = append(r.Next, flow.Branch{Flow: c.flow})
		}
	}
	return r
}

// peer is the identity of who sends: that which it shows in its certificate, or that with which the tunnel was opened.
func peer(f flow.Flow) string {
	if f.Wire.Principal == "" && f.Wire.Tunnelled() {
		return f.Wire.Tunnel.Peer
	}
	return f.Wire.Principal
}

// why is the code that tells how the bytes came to be wrapped as they are; empty where nothing chose it.
func why(f flow.Flow) string {
	if f.Wire.Why == "" {
		return ""
	}
	return flow.CodeMark + string(f.Wire.Why)
}

// shortIdentity is namespace/account for an identity of the mesh's own trust domain, else the identity itself.
func shortIdentity(s *mesh.Snapshot, principal string) string {
	short := strings.TrimPrefix(principal, "spiffe://")
	if rest, ok := strings.CutPrefix(short, s.Config.TrustDomain()+"/ns/"); ok {
		return strings.Replace(rest, "/sa/", "/", 1)
	}
	return short
}
