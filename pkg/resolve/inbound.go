package resolve

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// inboundCapture decides whether the server's proxy is on the way: the redirection takes what comes in at the port.
func inboundCapture(_ *mesh.Snapshot, f Flow) Result {
	r := passes(f)
	captured, at := mesh.CapturesInbound(f.Pod, f.Wire.Port)
	if intercepted, _ := mesh.Intercepted(f.Pod); f.Wire.Self && intercepted {
		// What a proxy sends to its own pod is caught by a redirection that knows no excluded ports.
		captured, at = true, mesh.Ref{}
	}
	if captured {
		r.Effect = Idle
		return r
	}
	r.Resource, r.Note = at, NoteServerNotCaptured
	if !at.IsZero() {
		r.Candidates = []Candidate{{Ref: at, Applies: true}}
	}
	f.Bypassed = true
	r.Next[0].Flow = f
	return r
}

// declared is how a server's proxy knows a port of its pod: the first, that is the oldest, Service that sends to it fixes the protocol.
type declared struct {
	protocol mesh.Protocol
	by       mesh.Ref
	others   []mesh.Ref // younger ones that send to it too, whose protocol does not count
	endpoint string     // where the Sidecar's ingress sends it, if not to the pod's own address

	keepsProtocol bool       // the application is spoken to in the HTTP version that arrives
	hidden        []mesh.Gap // DestinationRules that may ask for that
}

// declaredPort finds how a port is declared; ok is false where no Service declares it (pilot/pkg/networking/core/listener_inbound.go,
// getFilterChainsByServicePort).
func declaredPort(s *mesh.Snapshot, pod *corev1.Pod, port int) (d declared, ok bool) {
	if choice := precedence.Sidecar(s, pod.Namespace, pod.Labels); choice.Winner != nil && len(choice.Winner.Spec.Ingress) > 0 {
		// A Sidecar with ingress declares its own ports, and only those.
		for i, in := range choice.Winner.Spec.Ingress {
			if int(in.GetPort().GetNumber()) == port {
				return declared{protocol: mesh.ParseProtocol(in.Port.Protocol), by: choice.Ref().At("spec.ingress[" + itoa(i) + "]"), endpoint: in.DefaultEndpoint}, true
			}
		}
		return declared{by: choice.Ref().At("spec.ingress")}, false
	}
	found := slices.DeleteFunc(slices.Clone(s.Targets(pod)), func(t mesh.Target) bool {
		return t.Number != port || t.Port.Protocol.Class() == mesh.ClassNone
	})
	if len(found) == 0 {
		return declared{}, false
	}
	d = declared{protocol: found[0].Port.Protocol, by: found[0].Ref}
	pool, gaps := serverPool(s, pod, found[0])
	d.keepsProtocol, d.hidden = pool.GetHttp().GetUseClientProtocol(), gaps
	for _, t := range found[1:] {
		d.others = append(d.others, t.Ref)
	}
	return d, true
}

// peerAuthentication is the server's side of the transport: which filter chain takes the bytes that come in at the port, in the mode
// that PeerAuthentication sets and the protocol that the port is declared with.
func peerAuthentication(s *mesh.Snapshot, f Flow) Result {
	if f.Bypassed {
		return Result{}
	}
	d, ok := declaredPort(s, f.Pod, f.Wire.Port)
	if !ok {
		d.protocol = mesh.AutoDetect // a port that no Service declares is looked at connection by connection
	}
	mode := precedence.PeerAuthentication(s, f.Pod.Namespace, f.Pod.Labels, f.Wire.Port)
	r := passes(f)
	if f.Assumed != nil {
		mode = f.Assumed.mode()
		r.Gaps = precedence.PeerAuthentication(s, f.Pod.Namespace, f.Pod.Labels, f.Wire.Port).Gaps
	}
	if gaps := slices.Concat(mode.Gaps, declaringGaps(s, f.Pod)); len(gaps) > 0 {
		return f.assumeInbound(s, mode, d, gaps)
	}
	r.Resource, r.Candidates = mode.From, candidates(mode.Considered)
	r.Facts = []string{mode.Mode.String(), d.protocol.Class().String(), shortIdentity(s, f.Wire.Principal), f.why()}
	if !d.by.IsZero() {
		r.Candidates = append(r.Candidates, Candidate{Ref: d.by, Applies: true})
	}
	f.Declared = &d
	c := f.inboundChain(s, mode.Mode, d)
	if c.failed != nil {
		c.failed.By = append(c.failed.By, f.transportBlame(s, c.failed.Reason, mode, d)...)
		r.Effect, r.Reason, r.Rejects, r.With, r.Next = Rejected, c.failed.Reason, True, *c.failed, nil
		if c.gap != nil {
			r.Effect, r.Rejects, r.Gaps = Maybe, Unknown, append(r.Gaps, *c.gap)
			r.Next = []Branch{{Flow: c.flow, Share: 1}}
		}
		for _, o := range c.might {
			o.By = c.failed.By
			r.Might = append(r.Might, o)
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
func (f Flow) assumeInbound(s *mesh.Snapshot, mode precedence.PeerMode, d declared, gaps []mesh.Gap) Result {
	r := passes(f)
	r.Effect, r.Gaps, r.Reason, r.Next = Maybe, gaps, Unread, nil
	modes := []precedence.Mode{mode.Mode}
	if len(mode.Gaps) > 0 {
		modes = []precedence.Mode{precedence.Permissive, precedence.Strict, precedence.Disable}
	}
	protocols := []mesh.Protocol{d.protocol}
	if len(declaringGaps(s, f.Pod)) > 0 {
		protocols = []mesh.Protocol{mesh.HTTP, mesh.TCP, mesh.AutoDetect}
	}
	r.unread(precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels).Gaps...) // its ingress may lead to another port, or to none
	for _, m := range modes {
		for _, protocol := range protocols {
			d, next := d, f
			d.protocol = protocol
			next.Declared = &d
			if next.Assumed == nil {
				next.Assumed = &Assumption{m, precedence.Unset}
			}
			if c := next.inboundChain(s, m, d); c.failed != nil {
				next.Failed = append([]Outcome{*c.failed}, c.might...)
			} else {
				next = c.flow
			}
			r.Next = append(r.Next, Branch{Flow: next})
		}
	}
	return r
}

// why is the code that tells how the bytes came to be wrapped as they are; empty where nothing chose it.
func (f Flow) why() string {
	if f.Wire.Why == "" {
		return ""
	}
	return CodeMark + string(f.Wire.Why)
}

// shortIdentity is namespace/account for an identity of the mesh's own trust domain, else the identity itself.
func shortIdentity(s *mesh.Snapshot, principal string) string {
	short := strings.TrimPrefix(principal, "spiffe://")
	if rest, ok := strings.CutPrefix(short, s.Config.TrustDomain()+"/ns/"); ok {
		return strings.Replace(rest, "/sa/", "/", 1)
	}
	return short
}

// CodeMark begins a fact that is a code of the catalogue itself.
const CodeMark = "#"

// failed ends a way of thinking on which the connection does not come about.
func failed(_ *mesh.Snapshot, f Flow) Result {
	if f.Failed == nil {
		return Result{}
	}
	r := ends(f.Failed[0])
	r.Might = f.Failed[1:]
	return r
}
