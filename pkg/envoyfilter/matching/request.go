// Package matching compares a request with the conditions of Envoy's API as patches write them: string, header and route matchers, and
// the policies of RBAC.
package matching

import (
	"net/netip"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoy"
)

// Request is a request as the proxy sees it where it stands.
type Request struct {
	Method    string
	Path      string // with the query
	Authority string
	Scheme    string

	// Lines returns the lines of a header, asked for in small letters, and whether they are known. It may be nil for a request without
	// headers.
	Lines func(name string) (lines []string, known bool)

	Source, Remote netip.Addr // of the connection, and of the client as the proxy makes it out; the zero Addr is unknown
	Port           int        // at which the connection came in
	Principal      string     // the peer's SPIFFE identity, with scheme; empty for a peer without a certificate
	TLS            bool       // the proxy took TLS off
	ServerName     string     // of the TLS connection
}

// Header returns the lines of a header; pseudo-headers go by their own names.
func (r *Request) Header(name string) (lines []string, known bool) {
	switch name = strings.ToLower(name); name {
	case ":path":
		return []string{r.Path}, true
	case ":method":
		return []string{r.Method}, true
	case ":authority", "host":
		return []string{r.Authority}, true
	case ":scheme":
		return []string{r.Scheme}, true
	}
	if r.Lines == nil {
		return nil, true
	}
	return r.Lines(name)
}

// BarePath is the path without query and fragment.
func (r *Request) BarePath() string {
	if i := strings.IndexAny(r.Path, "?#"); i >= 0 {
		return r.Path[:i]
	}
	return r.Path
}

// Preflight reports whether the request is one that browsers send before a request to another origin
// (RFC: Fetch, CORS-preflight request).
func (r *Request) Preflight() bool {
	return envoy.IsPreflight(r.Method, r.first("origin"), r.first("access-control-request-method"))
}

// GRPC reports whether the request is a gRPC call, by its content type.
func (r *Request) GRPC() bool {
	return envoy.IsGRPCType(r.first("content-type"))
}

// first is the first line of a header; empty for one that is missing or not known.
func (r *Request) first(name string) string {
	lines, _ := r.Header(name)
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}
