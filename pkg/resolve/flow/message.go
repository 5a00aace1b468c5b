package flow

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Message is an HTTP request.
type Message struct {
	Method    string
	Authority string
	Path      string // with the query
	Headers   Headers
	Hidden    Hidden // what is not known of the headers
	Decrypted bool   // a gateway took off the TLS that the client spoke
	HTTP2     bool
	HTTP10    bool // and not yet read by a proxy: what one sends on is HTTP/1.1
}

// ServerName is the SNI of the connection; none in plaintext.
func (f Flow) ServerName() string {
	switch {
	case f.Wire.Transport != Plaintext:
		return f.Wire.SNI
	case f.Payload() == AppTLS || f.Message.Decrypted && f.Chain != nil:
		return f.hostName()
	}
	return ""
}

// inlineHeaders are those that Envoy stores once, so that several lines of them are one value before anything matches.
var inlineHeaders = []string{"authorization", "user-agent", "origin", "content-type", "accept", "accept-encoding", "cache-control", "if-none-match",
	"referer", "via", "x-forwarded-for", "x-forwarded-proto"}

// JoinsLines reports whether a pod's proxy joins the lines of a header with a comma before anything matches.
func JoinsLines(s *mesh.Snapshot, pod *corev1.Pod) bool {
	return !ProxyRelease(s, pod).Has(release.HeaderLinesApart)
}

// SniffedHTTP reports whether a look at the first bytes finds HTTP. The protocols that istiod has chains for are those of HTTP/1.1 and HTTP/2, and that
// of HTTP/1.0 where PILOT_HTTP10 is set (pilot/pkg/networking/core/listener.go, plaintextHTTPALPNs).
func (f *Flow) SniffedHTTP(s *mesh.Snapshot) bool {
	return f.Payload() == PlainHTTP && (!f.Message.HTTP10 || s.Flag("PILOT_HTTP10").On())
}

// HeaderLines returns the lines of a header as a proxy compares them, pseudo-headers by their own names; joined says that the proxy joins
// several lines of one header.
func (f *Flow) HeaderLines(name string, joined bool) []string {
	switch name {
	case ":authority", "host":
		return []string{f.Message.Authority}
	case ":method":
		return []string{f.Message.Method}
	case ":path":
		return []string{f.Message.Path}
	case ":scheme":
		return []string{f.SchemeHeader()}
	}
	lines := f.Message.Headers.Values(name)
	if name == "cookie" && f.Message.HTTP2 && len(lines) > 1 {
		return []string{strings.Join(lines, "; ")} // HTTP/2 may send a cookie in crumbs, which Envoy puts together again (RFC 9113, 8.2.3)
	}
	if len(lines) > 1 && (joined || slices.Contains(inlineHeaders, name)) {
		return []string{strings.Join(lines, ",")}
	}
	return lines
}

// SchemeHeader is :scheme as the proxy sees it: X-Forwarded-Proto says it, which a sidecar takes from its client as it is and a gateway, unless it
// trusts proxies before it, sets itself (envoy: source/common/http/conn_manager_utility.cc, mutateRequestHeaders).
func (f Flow) SchemeHeader() string {
	v, has := f.Message.Headers.Get("x-forwarded-proto")
	if v = strings.ToLower(v); v == "http" || v == "https" {
		return v
	}
	if f.Message.Decrypted || has && f.At.Role == ServerSidecar && f.Wire.Transport != Plaintext {
		return "https"
	}
	return "http"
}

// ArrivesAsHTTP2 tells which HTTP a proxy reads: what the proxy before it speaks, else what the client does.
func (f Flow) ArrivesAsHTTP2() bool {
	if f.Wire.Proxied {
		return f.Wire.HTTP2
	}
	return f.Message.HTTP2
}
