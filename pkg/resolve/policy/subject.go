package policy

import (
	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// request is the request with what only its flow knows how to read.
type request struct {
	rbac.Subject
	flow   flow.Flow
	joined bool // several lines of a header are joined before matching
}

// Lines returns the lines of a header.
func (r *request) Lines(name string) []string { return r.flow.HeaderLines(name, r.joined) }

// Hides reports whether an extension may have written a header.
func (r *request) Hides(name string) bool { return r.flow.Message.Hides(name) }

// subjectOf is the request as the policies of a proxy see it.
func subjectOf(s *mesh.Snapshot, f flow.Flow) *rbac.Subject {
	r := &request{flow: f, joined: flow.JoinsLines(s, f.Pod)}
	r.Subject = rbac.Subject{
		Method: f.Message.Method, Authority: f.Message.Authority, Headers: r,
		Principal: f.Principal, Direct: mesh.KnownAddress(f.Wire.Source), Remote: mesh.KnownAddress(f.RemoteAddress()), Internal: f.Wire.Internal,
		Destination: mesh.KnownAddress(f.Wire.IP), Port: f.Wire.Port, ServerName: f.ServerName(),
		TokenKnown: f.Token.Known, Claims: f.Token.Claims,
	}
	if f.L7 {
		r.Path = envoy.TrimPath(f.Message.Path)
	}
	return &r.Subject
}
