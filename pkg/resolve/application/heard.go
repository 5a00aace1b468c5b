package application

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/route"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// heard is what becomes of the bytes at a program: f.Wire tells how they are wrapped, the payload what is within.
func heard(f flow.Flow, a *app, p program) flow.Outcome {
	if !p.listens {
		return refused(f, a)
	}
	if o := secured(f, a, p); o != nil {
		return *o
	}
	reached := flow.Outcome{Kind: flow.Reaches, Reason: flow.Reached, Backends: a.backends}
	switch {
	case f.Request.Raw():
		return reached
	case f.Wire.HTTP2 && a.http1:
		return fails(a, flow.Outcome{Failure: flow.ProtocolError, Reason: flow.ProtocolMismatch}, cmp.Or(a.http2By, f.Wire.HTTP2By))
	case f.Wire.L7 && !f.Wire.HTTP2 && grpc(f):
		// A server of gRPC closes what does not begin as HTTP/2.
		return fails(a, flow.Outcome{Failure: flow.ProtocolError, Reason: flow.GRPCAsHTTP1}, a.http1By)
	case a.apiServer && anonymous(f) && slices.Contains(publicPaths, route.EnvoyPath(f)):
		return flow.Outcome{Kind: flow.Answered, Status: 200, Reason: flow.APIServerAnswered, Backends: a.backends}
	}
	return reached
}

func refused(f flow.Flow, a *app) flow.Outcome {
	o := flow.Outcome{Failure: flow.ConnectRefused, Reason: flow.NobodyListens, Args: []string{strconv.Itoa(f.Wire.Port)}, By: flow.By(flow.Cause, a.ref)}
	if e := f.Endpoint; e != nil && !e.Host.IsZero() {
		o.By = append(flow.By(flow.Cause, e.Host.At("spec.ports")), o.By...)
	} else if f.Dial.Host != nil {
		o.By = append(flow.By(flow.Cause, f.Dial.Host.Ref.At("spec.ports")), o.By...)
	}
	return o
}

// secured is what becomes of TLS, or of the lack of it; nil where the program gets to read what is within.
func secured(f flow.Flow, a *app, p program) *flow.Outcome {
	wrapped, payload := f.Wire.Transport != flow.Plaintext, f.Payload()
	var o flow.Outcome
	var by []mesh.Ref
	switch {
	case f.Request.Raw() && !wrapped:
		return nil
	case wrapped && !f.Wire.Lacks.Secret.IsZero():
		o, by = flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.SecretMissing, Reason: flow.ClientSecretMissing}, []mesh.Ref{f.Wire.Chosen}
		o.Args = []string{f.Wire.Lacks.Secret.ID(), flow.CodeMark + f.Wire.Lacks.Flaw}
	case wrapped && f.Wire.CA == precedence.InvalidCredential:
		o, by = flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.SecretMissing, Reason: flow.CertificateRefused}, []mesh.Ref{f.Wire.Chosen}
	case wrapped && !p.tls && f.Wire.Transport == flow.IstioMutual && !a.takenFor(f).IsZero():
		// The mesh takes the pod for one whose sidecar takes mutual TLS off, and it is the pod that says so.
		a.ref = a.takenFor(f)
		o = flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.WrongVersion, Reason: flow.ServerSpeaksClear}
		if f.Wire.Chosen.Kind != mesh.Pod {
			by = []mesh.Ref{f.Wire.Chosen}
		}
	case wrapped && !p.tls:
		o, by = flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.WrongVersion, Reason: flow.ServerSpeaksClear}, []mesh.Ref{f.Wire.Chosen}
	case wrapped && (f.Wire.Transport == flow.IstioMutual || f.Wire.Verifies && !p.trusted):
		o, by = flow.Outcome{Failure: flow.HandshakeFailed, TLS: upstream.VerifyFailed, Reason: flow.CertificateRefused}, []mesh.Ref{f.Wire.Chosen}
	case wrapped && payload == flow.AppTLS:
		// TLS within TLS: the application takes one layer off and finds no HTTP.
		o, by = flow.Outcome{Kind: flow.TLSFailure, CurlExit: 35, Reason: flow.ServerSpeaksClear}, []mesh.Ref{f.Wire.Chosen}
	case !wrapped && payload == flow.AppTLS && !p.tls:
		o = flow.Outcome{Kind: flow.TLSFailure, CurlExit: 35, Reason: flow.ServerSpeaksClear}
	case !wrapped && payload == flow.AppTLS && !f.Request.Insecure && !p.trusted:
		o = flow.Outcome{Kind: flow.TLSFailure, CurlExit: 60, Reason: flow.CertificateRefused}
	case !wrapped && payload == flow.PlainHTTP && p.tls:
		o, by = flow.Outcome{Failure: flow.Terminated, Reason: flow.ServerSpeaksTLS}, []mesh.Ref{f.Wire.Chosen}
	default:
		return nil
	}
	o = fails(a, o, by...)
	return &o
}

// takenFor is what of a pod that reads mutual TLS as clear text has it taken for one with a sidecar on that port: a label that nobody's sidecar
// stands behind, or what leaves the port out of the redirection.
func (a *app) takenFor(f flow.Flow) mesh.Ref {
	if f.Pod == nil {
		return mesh.Ref{}
	}
	if captured, at := a.config.CapturesInbound(f.Pod, f.Wire.Port); !captured && at.Field != "" {
		return at
	}
	if label := "security.istio.io/tlsMode"; mesh.RoleOf(f.Pod) == mesh.NoProxy && f.Pod.Labels[label] == "istio" {
		return mesh.PodRef(f.Pod).At("metadata.labels[" + label + "]")
	}
	return mesh.Ref{}
}

// fails names who is responsible: what made the bytes what they are, and the application, or that alone.
func fails(a *app, o flow.Outcome, refs ...mesh.Ref) flow.Outcome {
	o.By = append(flow.By(flow.Cause, refs...), flow.By(flow.Requires, a.ref)...)
	if len(o.By) == 0 || o.By[0].Role != flow.Cause || o.By[0].Kind == mesh.Pod {
		o.By = flow.By(flow.Cause, a.ref)
	}
	return o
}

// grpc reports whether the client speaks gRPC, so that the program is taken for a server of it.
func grpc(f flow.Flow) bool {
	kind, _ := f.Message.Headers.Get("content-type")
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	return f.Request.HTTP2 && envoy.IsGRPCType(kind)
}

// publicPaths are those that the API server shows to everybody (ClusterRole system:public-info-viewer).
var publicPaths = []string{"/healthz", "/livez", "/readyz", "/version", "/version/"}

func anonymous(f flow.Flow) bool {
	_, has := f.Message.Headers.Get("authorization")
	return !has && f.Message.Method == "GET"
}
