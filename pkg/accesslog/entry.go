// Package accesslog reads lines of access logs: Envoy's, in the text format that Istio ships, in others that a mesh config asks for, and
// in JSON, and ztunnel's, in text and JSON. It knows nothing of a mesh: an entry is what the line says.
package accesslog

import (
	"strings"
	"time"
)

// Writer is the kind of proxy that wrote a line.
type Writer string

// The writers.
const (
	Envoy   Writer = "envoy"
	Ztunnel Writer = "ztunnel"
)

// Entry is what a line says. A value that the line does not have, or has as "-", is empty.
type Entry struct {
	Writer    Writer
	Pod       string    // of the proxy, where the line has kubectl's prefix or a field for it
	Namespace string    // ditto
	Container string    // ditto
	Time      time.Time // of the request's beginning; the zero time where the line has none

	// What Envoy says of a request, or of a connection that is no HTTP.
	Method, Path, Protocol, Authority  string
	Code                               int      // the HTTP status; 0 where none was sent
	Flags                              []string // response flags, such as UF and URX
	Details                            string   // %RESPONSE_CODE_DETAILS%
	Termination                        string   // %CONNECTION_TERMINATION_DETAILS%
	TransportFailure                   string   // %UPSTREAM_TRANSPORT_FAILURE_REASON%
	ForwardedFor, UserAgent, RequestID string
	GRPCStatus                         string
	Cluster                            string // %UPSTREAM_CLUSTER_RAW%
	UpstreamHost                       string // address and port
	UpstreamLocal                      string // the proxy's own address towards the next hop
	DownstreamLocal                    string // the address that the client dialled
	DownstreamRemote                   string // the client, or what X-Forwarded-For says of it
	DownstreamDirect                   string // the other end of the connection, whatever the headers say
	ServerName                         string // of the client's TLS (SNI)
	PeerSAN                            string // of the client's certificate
	RouteName                          string

	// What ztunnel says of a connection.
	Connection *Connection
}

// Connection is what ztunnel says of one.
type Connection struct {
	Inbound bool // at the destination's ztunnel; else at the client's
	Error   string
	Source  Endpoint
	Dest    Endpoint
	HBONE   string // the address within the tunnel
	Service string // host name of the Service that was dialled
}

// Endpoint is one end of a connection.
type Endpoint struct {
	Address   string // address and port
	Workload  string // a pod's name
	Namespace string
	Identity  string // SPIFFE
}

// HTTP reports whether the line is about an HTTP request.
func (e *Entry) HTTP() bool {
	return e.Writer == Envoy && (e.Method != "" || e.Protocol != "" || e.Code != 0)
}

// Local reports whether the proxy answered by itself: the status did not come from the next hop. A line without details does not say so.
func (e *Entry) Local() bool {
	return e.Details != "" && e.Details != "via_upstream"
}

// Failed reports whether the line tells of a request that was refused or that failed: a status from 400, a flag, or a connection that was
// closed for a reason.
func (e *Entry) Failed() bool {
	if e.Connection != nil {
		return e.Connection.Error != ""
	}
	return e.Code >= 400 || len(e.Flags) > 0 || e.Termination != "" || e.TransportFailure != "" || e.Details == "filter_chain_not_found" ||
		e.GRPCStatus != "" && e.GRPCStatus != "0" && !strings.EqualFold(e.GRPCStatus, "OK")
}

// set gives a field of the entry a value by the operator that wrote it; it reports whether the value is one that the operator can write.
// Operators that say nothing of use here take any value.
func (e *Entry) set(op operator, v string) bool {
	if !op.takes(v) {
		return false
	}
	if v == "-" {
		v = ""
	}
	if op.store != nil {
		op.store(e, v)
	}
	return true
}
