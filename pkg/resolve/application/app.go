package application

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// app is what is read of a destination's program, and what is supposed of it.
type app struct {
	ref        mesh.Ref
	config     mesh.Config
	backends   []flow.Backend
	candidates []flow.Candidate
	is         program
	presumed   []supposition
	unknown    []supposition
	http1      bool     // speaks HTTP/1.1 only
	http1By    mesh.Ref // what has it spoken to so
	http2By    mesh.Ref // what takes it for HTTP/2
	apiServer  bool     // the cluster's own
}

func destinationApp(f flow.Flow, s *mesh.Snapshot) *app {
	if f.Pod == nil {
		return externalApp(f, s)
	}
	a := &app{ref: mesh.PodRef(f.Pod), config: s.Config, backends: []flow.Backend{backend(f.Pod, f.Wire.Port)}}
	for _, e := range f.Others {
		if e.Pod != nil {
			a.backends = append(a.backends, backend(e.Pod, e.Port))
		}
	}
	a.candidates = []flow.Candidate{{Ref: a.ref, Applies: true}}
	if f.Wire.Socket != "" {
		a.is.listens = true
		return a
	}
	targets := slices.DeleteFunc(slices.Clone(s.Targets(f.Pod)), func(t mesh.Target) bool { return t.Number != f.Wire.Port })
	if mesh.Machine(f.Pod) {
		a.machineListening(f, s, targets)
	} else {
		a.listening(f, targets)
	}
	a.speaking(f, s, targets)
	a.certified(f, s)
	return a
}

// backend names a pod or a machine; a machine that has no name of its own by its address.
func backend(pod *corev1.Pod, port int) flow.Backend {
	if mesh.PodRef(pod).Kind == mesh.ServiceEntry {
		return flow.Backend{Host: pod.Status.PodIP, Port: port}
	}
	return flow.Backend{Namespace: pod.Namespace, Name: pod.Name}
}

func listens(p *program) *bool { return &p.listens }
func tls(p *program) *bool     { return &p.tls }
func trusted(p *program) *bool { return &p.trusted }

// listening: a port that a container declares, or a probe asks, is one that somebody listens on. Nobody has to declare ports: where no
// container declares any, the Service that sends to one is taken at its word; else it is not known.
func (a *app) listening(f flow.Flow, targets []mesh.Target) {
	listening, declared := agent.Listens(f.Pod, f.Wire.Port)
	a.is.listens = true
	port := strconv.Itoa(f.Wire.Port)
	switch {
	case listening:
	case len(declared) == 0 && len(targets) > 0:
		at := targets[0].Ref
		a.presumed = append(a.presumed, supposition{listens, [2]flow.Presumption{1: {Code: flow.PresumesListens, Resource: at, Args: []string{port, at.Object().String()}}}})
	default:
		a.ref = a.ref.At("spec.containers[].ports")
		var ports []string
		for _, n := range declared {
			ports = append(ports, strconv.Itoa(n))
		}
		a.unknown = append(a.unknown, supposition{listens, [2]flow.Presumption{1: {Code: flow.IfListens, Resource: a.ref, Args: []string{port, strings.Join(ports, ", ")}}}})
	}
}

// A word is who says what a program speaks.
type word struct {
	tls, clear []mesh.Ref // protocols of ports
	rule       mesh.Ref   // a rule by which TLS is spoken to it; its owner's, if there is one
	owners     bool
}

// speaking collects what says whether the program speaks TLS: the Services that send to the port, and rules of the mesh's that have TLS spoken
// to it.
func (a *app) speaking(f flow.Flow, s *mesh.Snapshot, targets []mesh.Target) {
	var w word
	for _, t := range targets {
		a.declared(&w, t.Port.Protocol, t.Ref)
		w.ruled(s, t.Host, t.Port)
	}
	dialledFirst(f, w.tls, w.clear)
	a.spoken(f, w)
}

// dialledFirst puts what the Service says that was dialled before what others say, which the asker has not heard of. One that says both contradicts
// itself, and stays where it is.
func dialledFirst(f flow.Flow, tls, clear []mesh.Ref) {
	host := f.Addressee.Host
	if host == nil {
		host = f.Dial.Host
	}
	if host == nil {
		return
	}
	is := func(r mesh.Ref) bool { return r.Object() == host.Ref }
	if slices.ContainsFunc(tls, is) && slices.ContainsFunc(clear, is) {
		return
	}
	for _, said := range [][]mesh.Ref{tls, clear} {
		if i := slices.IndexFunc(said, is); i > 0 {
			first := said[i]
			copy(said[1:], said[:i])
			said[0] = first
		}
	}
}

// declared notes the protocol of a port.
func (a *app) declared(w *word, p mesh.Protocol, at mesh.Ref) {
	switch {
	case p.IsTLS():
		w.tls = append(w.tls, at)
	case p.IsHTTP2():
		w.clear, a.http2By = append(w.clear, at), at
	case p == mesh.HTTP:
		w.clear, a.http1 = append(w.clear, at), true
	}
	if a.http1By.IsZero() && !p.IsHTTP2() {
		a.http1By = at
	}
}

// spoken weighs it. A declared protocol decides, unless others contradict it: another port, the owner's rule that the request comes under, or
// the server that passed its TLS on. Without one, a rule of the owner's decides what its clients meet; where there is none either, the program
// speaks what the question brings.
func (a *app) spoken(f flow.Flow, w word) {
	wrapped := f.Wire.Transport == flow.OneWayTLS || f.Wire.Transport == flow.MutualTLS
	brings := f.Payload() == flow.AppTLS && !wrapped
	by := w.rule
	if passed := f.Wire.PassedOn; brings && !passed.IsZero() {
		by = passed
	}
	a.is.tls = wrapped || brings
	switch {
	case len(w.tls) > 0 && len(w.clear) > 0:
		a.either(f, w.tls[0], w.clear[0])
	case len(w.tls) > 0:
		a.is.tls = true
	case len(w.clear) > 0 && (brings && !by.IsZero() || wrapped && w.owners):
		a.either(f, by, w.clear[0])
	case len(w.clear) > 0:
		a.is.tls = false
	case wrapped && w.owners, brings && w.owners:
	case brings:
		a.presumed = append(a.presumed, supposition{tls, [2]flow.Presumption{1: {Code: flow.PresumesTLS, Resource: a.ref.Object(), Args: []string{strconv.Itoa(f.Wire.Port)}}}})
	case wrapped, !w.rule.IsZero():
		a.either(f, w.rule, mesh.Ref{})
	}
}

// either: what says that the program speaks TLS is contradicted, or is not to be relied on.
func (a *app) either(f flow.Flow, secure, clear mesh.Ref) {
	args := []string{strconv.Itoa(f.Wire.Port)}
	at := a.ref.Object()
	if !secure.IsZero() && !clear.IsZero() {
		args = append(args, secure.Object().String(), clear.Object().String())
		at = clear
	}
	a.unknown = append(a.unknown, supposition{tls, [2]flow.Presumption{{Code: flow.IfClear, Resource: at, Args: args}, {Code: flow.IfTLS, Resource: at, Args: args}}})
}

// ruled looks for a rule by which TLS is spoken to a port, its owner's first. Somebody else's counts where it names the host: one for many hosts
// says nothing of this program.
func (w *word) ruled(s *mesh.Snapshot, h *mesh.Host, port mesh.Port) {
	if at := ownersRule(s, h, port); !at.IsZero() {
		w.rule, w.owners = at, true
		return
	}
	for _, d := range precedence.DestinationRules(s) {
		if !w.rule.IsZero() || strings.HasPrefix(d.Spec.Host, "*") || !mesh.HostsOverlap(mesh.ResolveHost(d.Spec.Host, d.Namespace), h.Name) {
			continue
		}
		rule := &precedence.Rule{Policy: d.Spec.TrafficPolicy, PolicyOf: mesh.Ref{Kind: mesh.DestinationRule, Namespace: d.Namespace, Name: d.Name}}
		w.rule = originates(h, port, rule)
	}
}

// ownersRule is the rule by which whoever owns a Service has TLS spoken to a port of it: a DestinationRule of its namespace, or a
// BackendTLSPolicy.
func ownersRule(s *mesh.Snapshot, h *mesh.Host, port mesh.Port) mesh.Ref {
	rule := precedence.DestinationRule(s, precedence.Client{Namespace: h.Namespace}, h).Rule
	if rule == nil || rule.PolicyOf.Namespace != h.Namespace {
		return mesh.Ref{}
	}
	return originates(h, port, rule)
}

// originates is where a rule has TLS spoken to a port.
func originates(h *mesh.Host, port mesh.Port, rule *precedence.Rule) mesh.Ref {
	t, at := upstream.ClusterTLS(&flow.Cluster{Host: h, Port: port, Rule: precedence.RuleChoice{Rule: rule}})
	if t == nil || t.Mode != networking.ClientTLSSettings_SIMPLE && t.Mode != networking.ClientTLSSettings_MUTUAL {
		return mesh.Ref{}
	}
	return at
}

// certified: nobody has seen the certificate. It is presumed to be one that the client accepts where the client's rule names who issues it, or
// a public authority could have; none can for names of the cluster's own.
func (a *app) certified(f flow.Flow, s *mesh.Snapshot) {
	a.is.trusted = true
	name := config.StripPort(f.Request.Host)
	if f.Wire.Transport != flow.Plaintext {
		name = config.StripPort(f.Message.Authority)
		if f.Wire.SNI != "" {
			name = f.Wire.SNI
		}
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	x := supposition{trusted, [2]flow.Presumption{1: {Code: flow.PresumesCertificate, Resource: a.ref.Object(), Args: []string{name}}}}
	if f.Wire.Transport != flow.Plaintext && f.Wire.CA != "" {
		x.when[1].Resource = f.Wire.Chosen
	} else if _, _, _, own := dns.SplitName(s, strings.ToLower(name), f.Request.Namespace()); err == nil || own || dns.Uncertified(name) {
		x.when[1].Code = flow.IfCertificate
		a.unknown = append(a.unknown, x)
		return
	}
	a.presumed = append(a.presumed, x)
}
