package application

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Application is the end of the way: whether somebody listens, and whether they speak what arrives. The resources tell that of a pod
// only as far as they declare it; see [listens] and [speaksTLS] for what is inferred.
func Application(s *mesh.Snapshot, f flow.Flow) flow.Result {
	app := destinationApp(f, s)
	r := flow.Result{Passing: flow.Passes, Resource: app.ref, Candidates: app.candidates}
	refused := flow.Outcome{Failure: flow.ConnectRefused, Reason: flow.NobodyListens, Facts: []string{strconv.Itoa(f.Wire.Port)}, By: flow.By(flow.Cause, app.ref)}
	if e := f.Endpoint; e != nil && !e.Host.IsZero() {
		refused.By = append(flow.By(flow.Cause, e.Host.At("spec.ports")), refused.By...)
	} else if f.Dial.Host != nil {
		refused.By = append(flow.By(flow.Cause, f.Dial.Host.Ref.At("spec.ports")), refused.By...)
	}
	if app.open == evidence.False {
		r.Facts = []string{strconv.Itoa(f.Wire.Port)}
		return arrives(f, r, refused, app)
	}
	o := heard(f, app)
	if app.open == evidence.Unknown {
		gap := mesh.Gap{Kind: app.ref.Kind, Namespace: app.ref.Namespace, Cause: mesh.External, Resource: app.ref}
		if app.ref.IsZero() {
			gap.Detail = f.Dial.Name
		}
		r.Gaps = append(r.Gaps, gap)
		r.Might = append(r.Might, refused)
	}
	return arrives(f, r, o, app)
}

// arrives ends the way with an outcome; it is not certain where the application's side is not known.
func arrives(f flow.Flow, r flow.Result, o flow.Outcome, app app) flow.Result {
	r.Rejects, r.With = evidence.True, o
	if o.Kind == flow.Reaches {
		r.Note, r.Facts = flow.NoteReached, []string{strconv.Itoa(f.Wire.Port)}
	} else {
		r.Reason = o.Reason
	}
	r.Notes = app.notes
	if len(r.Gaps) > 0 {
		r.Rejects = evidence.Unknown
	}
	return r
}

// heard is what becomes of the bytes at the application: f.Wire tells how they are wrapped, the payload what is within.
func heard(f flow.Flow, a app) flow.Outcome {
	reached := flow.Outcome{Kind: flow.Reaches, Reason: flow.Reached, Backends: a.backends}
	wrapped, payload := f.Wire.Transport != flow.Plaintext, f.Payload()
	fails := func(o flow.Outcome, refs ...mesh.Ref) flow.Outcome {
		o.By = append(flow.By(flow.Cause, refs...), flow.By(flow.Requires, a.ref)...)
		if len(o.By) == 0 || o.By[0].Role != flow.Cause || o.By[0].Kind == mesh.Pod {
			o.By = flow.By(flow.Cause, a.ref)
		}
		return o
	}
	switch {
	case f.Request.Raw() && !wrapped:
		return reached
	case wrapped && f.Wire.CA == precedence.InvalidCredential:
		return fails(flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.SecretMissing, Reason: flow.CertificateRefused}, f.Wire.Chosen)
	case wrapped && a.tls != evidence.True:
		return fails(flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.WrongVersion, Reason: flow.ServerSpeaksClear}, f.Wire.Chosen)
	case wrapped && f.Wire.Transport == flow.IstioMutual,
		wrapped && f.Wire.Verifies && f.Wire.CA == "" && (a.pod || dns.Uncertified(a.name)):
		return fails(flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.VerifyFailed, Reason: flow.CertificateRefused}, f.Wire.Chosen)
	case wrapped && payload == flow.AppTLS:
		// TLS within TLS: the application takes one layer off and finds no HTTP.
		return fails(flow.Outcome{Kind: flow.TLSFailure, CurlExit: 35, Reason: flow.ServerSpeaksClear}, f.Wire.Chosen)
	case !wrapped && payload == flow.AppTLS && a.tls != evidence.True:
		return fails(flow.Outcome{Kind: flow.TLSFailure, CurlExit: 35, Reason: flow.ServerSpeaksClear})
	case !wrapped && payload == flow.AppTLS && !f.Request.Insecure && (a.pod || dns.Uncertified(f.Request.Host)):
		return fails(flow.Outcome{Kind: flow.TLSFailure, CurlExit: 60, Reason: flow.CertificateRefused})
	case !wrapped && payload == flow.PlainHTTP && a.tls == evidence.True:
		return fails(flow.Outcome{Failure: flow.Terminated, Reason: flow.ServerSpeaksTLS}, f.Wire.Chosen)
	case f.Wire.HTTP2 && a.http1:
		return fails(flow.Outcome{Failure: flow.ProtocolError, Reason: flow.ProtocolMismatch}, cmp.Or(a.http2By, f.Wire.HTTP2By))
	case a.apiServer && anonymous(f) && slices.Contains(publicPaths, route.EnvoyPath(f)):
		return flow.Outcome{Kind: flow.Answered, Status: 200, Reason: flow.APIServerAnswered, Backends: a.backends}
	}
	return reached
}

// publicPaths are those that the API server shows to everybody (ClusterRole system:public-info-viewer).
var publicPaths = []string{"/healthz", "/livez", "/readyz", "/version", "/version/"}

func anonymous(f flow.Flow) bool {
	_, has := f.Message.Headers.Get("authorization")
	return !has && f.Message.Method == "GET"
}

// app is what is known, or inferred, of a destination's program.
type app struct {
	ref        mesh.Ref
	name       string
	pod        bool // a pod of the cluster
	backends   []flow.Backend
	candidates []flow.Candidate
	open       evidence.Tri
	tls        evidence.Tri
	http1      bool     // speaks HTTP/1.1 only
	http2By    mesh.Ref // what takes it for HTTP/2
	apiServer  bool     // the cluster's own
	notes      []flow.Finding
}

func destinationApp(f flow.Flow, s *mesh.Snapshot) app {
	if f.Pod == nil {
		return externalApp(f)
	}
	a := app{ref: mesh.PodRef(f.Pod), pod: true, name: f.Pod.Name, backends: []flow.Backend{{Namespace: f.Pod.Namespace, Name: f.Pod.Name}}}
	for _, e := range f.Others {
		if e.Pod != nil {
			a.backends = append(a.backends, flow.Backend{Namespace: e.Pod.Namespace, Name: e.Pod.Name})
		}
	}
	a.candidates = []flow.Candidate{{Ref: a.ref, Applies: true}}
	if f.Wire.Socket != "" {
		a.open, a.tls = evidence.True, evidence.False
		return a
	}
	targets := slices.DeleteFunc(slices.Clone(s.Targets(f.Pod)), func(t mesh.Target) bool { return t.Number != f.Wire.Port })
	a.listens(f, targets)
	a.speaks(f, targets)
	return a
}

// listens: a container that declares its ports is taken at its word; one that declares none may listen anywhere.
func (a *app) listens(f flow.Flow, targets []mesh.Target) {
	listens, declared := mesh.Listens(f.Pod, f.Wire.Port)
	switch {
	case listens, !declared:
		a.open = evidence.True
	case tlsNumber(f.Wire.Port) && slices.ContainsFunc(targets, func(t mesh.Target) bool { return t.Port.Protocol.IsTLS() }):
		a.open = evidence.True
	default:
		a.open = evidence.False
		a.ref = a.ref.At("spec.containers[].ports")
		a.notes = []flow.Finding{{Code: flow.NotePortUndeclared, Resource: a.ref, Facts: []string{strconv.Itoa(f.Wire.Port)}}}
	}
}

// speaks: the Services that send to the port say what it speaks; else its number does.
func (a *app) speaks(f flow.Flow, targets []mesh.Target) {
	secure, clear := false, false
	for _, t := range targets {
		switch p := t.Port.Protocol; {
		case p.IsTLS():
			secure = true
		case p.IsHTTP2():
			clear, a.http2By = true, t.Ref
		case p == mesh.HTTP:
			clear, a.http1 = true, true
		}
	}
	switch {
	case secure != clear:
		a.tls = evidence.Of(secure)
	default:
		a.tls = evidence.Of(tlsNumber(f.Wire.Port)) // nobody says, or they contradict each other
	}
}

// tlsNumber tells port numbers that TLS is usual on.
func tlsNumber(port int) bool { return strings.HasSuffix(strconv.Itoa(port), "443") }

// externalApp is a destination outside of the mesh. Nothing tells what is there; the usual ports are taken for open.
func externalApp(f flow.Flow) app {
	name := f.Dial.Name
	if f.Endpoint != nil {
		name = f.Endpoint.Address
	}
	if name == "" {
		name = f.Request.Host
	}
	a := app{name: config.StripPort(f.Message.Authority), backends: []flow.Backend{{Host: name, Port: f.Wire.Port}}, open: evidence.Unknown, tls: evidence.Of(tlsNumber(f.Wire.Port))}
	if f.Endpoint != nil {
		a.ref = f.Endpoint.Ref
		a.candidates = []flow.Candidate{{Ref: a.ref, Applies: true}}
		if a.ref.Kind == mesh.EndpointSlice {
			a.open = evidence.True // a ready endpoint of a Service
			a.apiServer = flow.IsAPIServer(a.ref)
		}
	}
	switch f.Wire.Port {
	case 80, 443, 8080, 8443:
		a.open = evidence.True
	}
	return a
}
