package flow

import (
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
)

// Request is the question: who asks for what. Time and keys are part of it, so that an answer depends on nothing else.
type Request struct {
	Source    *corev1.Pod // nil for a client that is no pod of the mesh
	SourceIP  netip.Addr  // of such a client; the zero Addr where it is not known
	Kubelet   bool        // such a client is the kubelet of the node where the pod runs that it asks
	Scheme    string      // http, https, or tcp for bytes that are no HTTP
	Host      string      // of the URL: what is dialled unless Via says otherwise
	Port      int
	Authority string // the Host header
	Method    string
	Path      string // as sent, with the query
	Headers   Headers
	HTTP10    bool
	HTTP2     bool
	Insecure  bool // the client does not verify certificates

	Via *Via

	Now            time.Time
	Keys           *jwtauthn.Keys            // key set that stands for every one that would have to be fetched
	Fetched        map[string]*jwtauthn.Keys // key sets by the address that they were fetched from
	AssumeJWTValid bool                      // take signatures that nobody can check for good ones

	Depth int // of requests that a request causes, such as the check of an authorizer
}

// Via is the address that is dialled in place of the URL's.
type Via struct {
	Name string // name, name.namespace, or an IP address
	Port int    // 0 for the URL's
}

// Outside tells a client that is no pod.
func (r *Request) Outside() bool { return r.Source == nil }

// TLS reports whether the client's bytes are TLS.
func (r *Request) TLS() bool { return r.Scheme == "https" }

// Raw reports whether the client's bytes are no HTTP at all.
func (r *Request) Raw() bool { return r.Scheme == "tcp" }

// Namespace of the client; empty outside.
func (r *Request) Namespace() string {
	if r.Source == nil {
		return ""
	}
	return r.Source.Namespace
}

// Header is one line of a header, its name in lower case.
type Header = envoy.Header

// Headers are header lines in their order.
type Headers = envoy.Headers
