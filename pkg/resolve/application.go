package resolve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// application is the end of the way: whether somebody listens, and whether they speak what arrives. The resources tell that of a pod
// only as far as they declare it; see [listens] and [speaksTLS] for what is inferred.
func application(s *mesh.Snapshot, f Flow) Result {
	app := f.destinationApp(s)
	r := Result{Effect: Passes, Resource: app.ref, Candidates: app.candidates}
	refused := Outcome{Failure: ConnectRefused, Reason: NobodyListens, Facts: []string{itoa(f.Wire.Port)}, By: by(Cause, app.ref)}
	if e := f.Endpoint; e != nil && !e.Host.IsZero() {
		refused.By = append(by(Cause, e.Host.At("spec.ports")), refused.By...)
	} else if f.Dial.Host != nil {
		refused.By = append(by(Cause, f.Dial.Host.Ref.At("spec.ports")), refused.By...)
	}
	if app.open == False {
		r.Facts = []string{itoa(f.Wire.Port)}
		return f.arrives(r, refused, app)
	}
	o := f.heard(app)
	if app.open == Unknown {
		gap := mesh.Gap{Kind: app.ref.Kind, Namespace: app.ref.Namespace, Cause: mesh.External, Resource: app.ref}
		if app.ref.IsZero() {
			gap.Detail = f.Dial.Name
		}
		r.Gaps = append(r.Gaps, gap)
		r.Might = append(r.Might, refused)
	}
	return f.arrives(r, o, app)
}

// arrives ends the way with an outcome; it is not certain where the application's side is not known.
func (f Flow) arrives(r Result, o Outcome, app app) Result {
	r.Rejects, r.With = True, o
	if o.Kind == Reaches {
		r.Note, r.Facts = NoteReached, []string{itoa(f.Wire.Port)}
	} else {
		r.Effect, r.Reason = Rejected, o.Reason
	}
	r.Notes = app.notes
	if len(r.Gaps) > 0 {
		r.Effect, r.Rejects = Maybe, Unknown
	}
	return r
}

// heard is what becomes of the bytes at the application: f.Wire tells how they are wrapped, the payload what is within.
func (f Flow) heard(a app) Outcome {
	reached := Outcome{Kind: Reaches, Reason: Reached, Backends: a.backends}
	wrapped, payload := f.Wire.Transport != Plaintext, f.payload()
	fails := func(o Outcome, refs ...mesh.Ref) Outcome {
		o.By = append(by(Cause, refs...), by(Requires, a.ref)...)
		if len(o.By) == 0 || o.By[0].Role != Cause || o.By[0].Kind == mesh.Pod {
			o.By = by(Cause, a.ref)
		}
		return o
	}
	switch {
	case f.Request.Raw() && !wrapped:
		return reached
	case wrapped && f.Wire.CA == precedence.InvalidCredential:
		return fails(Outcome{Failure: HandshakeFailed, TLS: secretMissing, Reason: CertificateRefused}, f.Wire.Chosen)
	case wrapped && a.tls != True:
		return fails(Outcome{Failure: HandshakeFailed, TLS: wrongVersion, Reason: ServerSpeaksClear}, f.Wire.Chosen)
	case wrapped && f.Wire.Transport == IstioMutual,
		wrapped && f.Wire.Verifies && f.Wire.CA == "" && (a.pod || testName(a.name)):
		return fails(Outcome{Failure: HandshakeFailed, TLS: verifyFailed, Reason: CertificateRefused}, f.Wire.Chosen)
	case wrapped && payload == appTLS:
		// TLS within TLS: the application takes one layer off and finds no HTTP.
		return fails(Outcome{Kind: TLSFailure, CurlExit: 35, Reason: ServerSpeaksClear}, f.Wire.Chosen)
	case !wrapped && payload == appTLS && a.tls != True:
		return fails(Outcome{Kind: TLSFailure, CurlExit: 35, Reason: ServerSpeaksClear})
	case !wrapped && payload == appTLS && !f.Request.Insecure && (a.pod || testName(f.Request.Host)):
		return fails(Outcome{Kind: TLSFailure, CurlExit: 60, Reason: CertificateRefused})
	case !wrapped && payload == plainHTTP && a.tls == True:
		return fails(Outcome{Failure: Terminated, Reason: ServerSpeaksTLS}, f.Wire.Chosen)
	case f.Wire.HTTP2 && a.http1:
		return fails(Outcome{Failure: ProtocolError, Reason: ProtocolMismatch}, cmp.Or(a.http2By, f.Wire.HTTP2By))
	case a.apiServer && f.anonymous() && slices.Contains(publicPaths, envoyPath(f)):
		return Outcome{Kind: Answered, Status: 200, Reason: APIServerAnswered, Backends: a.backends}
	}
	return reached
}

// publicPaths are those that the API server shows to everybody (ClusterRole system:public-info-viewer).
var publicPaths = []string{"/healthz", "/livez", "/readyz", "/version", "/version/"}

func (f Flow) anonymous() bool {
	_, has := f.Message.Headers.Get("authorization")
	return !has && f.Message.Method == "GET"
}

// app is what is known, or inferred, of a destination's program.
type app struct {
	ref        mesh.Ref
	name       string
	pod        bool // a pod of the cluster
	backends   []Backend
	candidates []Candidate
	open       Tri
	tls        Tri
	http1      bool     // speaks HTTP/1.1 only
	http2By    mesh.Ref // what takes it for HTTP/2
	apiServer  bool     // the cluster's own
	notes      []Finding
}

func (f Flow) destinationApp(s *mesh.Snapshot) app {
	if f.Pod == nil {
		return f.externalApp()
	}
	a := app{ref: mesh.PodRef(f.Pod), pod: true, name: f.Pod.Name, backends: []Backend{{Namespace: f.Pod.Namespace, Name: f.Pod.Name}}}
	for _, e := range f.Others {
		if e.Pod != nil {
			a.backends = append(a.backends, Backend{Namespace: e.Pod.Namespace, Name: e.Pod.Name})
		}
	}
	a.candidates = []Candidate{{Ref: a.ref, Applies: true}}
	if f.Wire.Socket != "" {
		a.open, a.tls = True, False
		return a
	}
	targets := slices.DeleteFunc(slices.Clone(s.Targets(f.Pod)), func(t mesh.Target) bool { return t.Number != f.Wire.Port })
	a.listens(f, targets)
	a.speaks(f, targets)
	return a
}

// listens: a container that declares its ports is taken at its word; one that declares none may listen anywhere.
func (a *app) listens(f Flow, targets []mesh.Target) {
	listens, declared := mesh.Listens(f.Pod, f.Wire.Port)
	switch {
	case listens, !declared:
		a.open = True
	case tlsNumber(f.Wire.Port) && slices.ContainsFunc(targets, func(t mesh.Target) bool { return t.Port.Protocol.IsTLS() }):
		a.open = True
	default:
		a.open = False
		a.ref = a.ref.At("spec.containers[].ports")
		a.notes = []Finding{{Code: NotePortUndeclared, Resource: a.ref, Facts: []string{itoa(f.Wire.Port)}}}
	}
}

// speaks: the Services that send to the port say what it speaks; else its number does.
func (a *app) speaks(f Flow, targets []mesh.Target) {
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
		a.tls = Of(secure)
	default:
		a.tls = Of(tlsNumber(f.Wire.Port)) // nobody says, or they contradict each other
	}
}

// tlsNumber tells port numbers that TLS is usual on.
func tlsNumber(port int) bool { return strings.HasSuffix(itoa(port), "443") }

// externalApp is a destination outside of the mesh. Nothing tells what is there; the usual ports are taken for open.
func (f Flow) externalApp() app {
	name := f.Dial.Name
	if f.Endpoint != nil {
		name = f.Endpoint.Address
	}
	if name == "" {
		name = f.Request.Host
	}
	a := app{name: precedence.StripPort(f.Message.Authority), backends: []Backend{{Host: name, Port: f.Wire.Port}}, open: Unknown, tls: Of(tlsNumber(f.Wire.Port))}
	if f.Endpoint != nil {
		a.ref = f.Endpoint.Ref
		a.candidates = []Candidate{{Ref: a.ref, Applies: true}}
		if a.ref.Kind == mesh.EndpointSlice {
			a.open = True // a ready endpoint of a Service
			a.apiServer = isAPIServer(a.ref)
		}
	}
	switch f.Wire.Port {
	case 80, 443, 8080, 8443:
		a.open = True
	}
	return a
}
