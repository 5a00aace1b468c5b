package flow

import (
	"slices"
	"time"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Kind is what the caller sees, roughly.
type Kind string

// The kinds, as the JSON contract spells them. Another end of the caller's attempt is spelled exitN, after curl's exit status.
const (
	Reaches    Kind = "reaches"
	Answered   Kind = "answered"
	Reset      Kind = "reset"
	Refused    Kind = "refused"
	Timeout    Kind = "timeout"
	TLSFailure Kind = "tlsFailure"
	ExitNoName Kind = "exit6" // the name does not resolve
)

// Backend receives the request.
type Backend struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Host      string `json:"host,omitempty"` // outside of the mesh
	Port      int    `json:"port,omitempty"`
}

// Arm is a part of the requests, and who receives it.
type Arm struct {
	Backends []Backend
	Share    float64
}

// Part is what a resource has to do with an outcome.
type Part string

// The parts.
const (
	Cause    Part = "cause"    // without it the answer would be another; or, where an absence is the cause, what could have prevented it
	Requires Part = "requires" // what the cause runs into
)

// Responsible is a resource and its part.
type Responsible struct {
	mesh.Ref
	Role Part `json:"role"`
}

// Failure is what a proxy sees of a connection that yields no answer; a proxy that speaks HTTP makes an answer of it.
type Failure int

// The failures.
const (
	NoFailure       Failure = iota
	ConnectRefused          // nobody listens
	HandshakeFailed         // TLS failed before the request was sent
	Terminated              // the connection was closed after it stood
	ProtocolError           // the answer is not what was expected
	TunnelDenied            // the tunnel was refused by a policy
	TunnelFailed            // it was, as nothing listens behind its other end
	TunnelAnswered          // it was, by a filter that answers before anything is sent through it
)

// Outcome is one answer that the caller can get.
type Outcome struct {
	Kind       Kind
	Status     int     // with Answered: the HTTP status; 0 where it is not known
	GRPC       int     // with Answered to a gRPC request: the grpc-status in place of an error's HTTP status
	CurlExit   int     // with an end that is no answer
	Share      float64 // the part of the requests; 0 for what only other callers see
	Backends   []Backend
	Arms       []Arm // of several that come to this, which backends each has, by the mesh's choice; nil where there is one
	AnsweredBy []Party
	Flags      []string
	Details    string
	Body       string
	Location   string // of a redirect
	Reason     Reason
	Args       []string // for the reason's sentence, where no stage at At has any
	By         []Responsible
	After      time.Duration // how long it takes at least, by delays that were asked for
	Slow       []Responsible // who asked for the delays

	DependsOn     []string      // what the code of an extension decides by that is not known, as policies name it
	If            []Presumption // on these conditions, of which nobody knows whether they hold; the answer is not settled then
	Assumed       bool          // comes about only if what is not known is otherwise than it looks
	CallerDecides bool          // whether it is this or another of those outcomes depends on the caller, for one on its patience
	At            *Result       // the stage that it comes from; nil for what comes from none

	Failure Failure // what it is to the proxy before, until that one made an answer of it
	TLS     string  // the TLS library's words on a failed handshake
}

// Same reports whether two outcomes are one to the caller.
func (o Outcome) Same(p Outcome) bool {
	return o.Kind == p.Kind && o.Status == p.Status && o.CurlExit == p.CurlExit && o.Failure == p.Failure && o.Reason == p.Reason &&
		o.Details == p.Details && slices.Equal(o.Flags, p.Flags) && o.After == p.After && o.Body == p.Body && slices.Equal(o.By, p.By)
}

// Alike reports whether two outcomes are equal in what settles a question: what the caller gets and who receives it.
func (o Outcome) Alike(p Outcome) bool {
	return o.Kind == p.Kind && o.Status == p.Status && o.CurlExit == p.CurlExit && SameBackends(o.Backends, p.Backends)
}

// SameBackends reports whether two lists hold the same backends, in any order.
func SameBackends(a, b []Backend) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x Backend) bool { return !slices.Contains(b, x) })
}

// By makes a list of responsible resources: the causes, then what they run into.
func By(part Part, refs ...mesh.Ref) []Responsible {
	var out []Responsible
	for _, r := range refs {
		if r.Kind != "" { // else nothing, or a field of what is only supposed
			out = append(out, Responsible{r, part})
		}
	}
	return out
}
