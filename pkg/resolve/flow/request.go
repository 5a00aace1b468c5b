package flow

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy"
)

// Request is the question: who asks for what. Time and keys are part of it, so that an answer depends on nothing else.
type Request struct {
	Source    *corev1.Pod // nil for a client that is no pod of the mesh
	SourceIP  netip.Addr  // of such a client; the zero Addr where it is not known
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
	Keys           *envoy.Keys            // key set that stands for every one that would have to be fetched
	Fetched        map[string]*envoy.Keys // key sets by the address that they were fetched from
	AssumeJWTValid bool                   // take signatures that nobody can check for good ones

	Depth int // of requests that a request causes, such as the check of an authorizer
}

// Via is the address that is dialled in place of the URL's.
type Via struct {
	Name string // name, name.namespace, or an IP address
	Port int    // 0 for the URL's
}

// Outside tells a client that is no pod.
func (r *Request) Outside() bool { return r.Source == nil }

// TLS tells whether the client's bytes are TLS.
func (r *Request) TLS() bool { return r.Scheme == "https" }

// Raw tells whether the client's bytes are no HTTP at all.
func (r *Request) Raw() bool { return r.Scheme == "tcp" }

// Namespace of the client; empty outside.
func (r *Request) Namespace() string {
	if r.Source == nil {
		return ""
	}
	return r.Source.Namespace
}

// Header is one line of a header, its name in lower case.
type Header struct{ Name, Value string }

// Headers are header lines in their order.
type Headers []Header

// Values returns the lines of a header.
func (h Headers) Values(name string) []string {
	var out []string
	for _, x := range h {
		if x.Name == strings.ToLower(name) {
			out = append(out, x.Value)
		}
	}
	return out
}

// Get returns a header's first line.
func (h Headers) Get(name string) (string, bool) {
	if v := h.Values(name); len(v) > 0 {
		return v[0], true
	}
	return "", false
}

// Set returns the headers with one line for a name.
func (h Headers) Set(name, value string) Headers {
	return append(h.Without(name), Header{strings.ToLower(name), value})
}

// Add returns the headers with a line more.
func (h Headers) Add(name, value string) Headers {
	return append(slices.Clone(h), Header{strings.ToLower(name), value})
}

// Without returns the headers without a name.
func (h Headers) Without(name string) Headers {
	name = strings.ToLower(name)
	return slices.DeleteFunc(slices.Clone(h), func(x Header) bool { return x.Name == name })
}
