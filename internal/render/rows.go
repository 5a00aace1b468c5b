package render

import (
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
)

// places name the parties in the column AT.
var places = map[resolve.Role]string{
	resolve.Caller: "client", resolve.ClientSidecar: "client", resolve.ServerSidecar: "server", resolve.IngressGateway: "gateway",
	resolve.EgressGateway: "egress", resolve.Waypoint: "waypoint", resolve.Ztunnel: "ztunnel", resolve.Application: "app",
}

// rows are the table's: the stages that tell something, or all of them.
func (p *printer) rows(e *explain.Explanation) [][]string {
	var out [][]string
	several := map[resolve.Role]int{}
	for _, h := range e.Hops {
		several[h.Role]++
	}
	for _, h := range e.Hops {
		at := places[h.Role]
		if several[h.Role] > 1 && h.Proxy.Name != "" {
			at += " " + clean(h.Proxy.Name)
		}
		for i, s := range h.Stages {
			if !p.wide() && !telling(h.Stages, i) {
				continue
			}
			kind, name := resource(s)
			row := []string{strconv.Itoa(len(out) + 1), at}
			if p.Width > 0 && p.Width < narrow {
				row = append(row, strings.TrimSpace(kind+" "+name))
			} else {
				row = append(row, kind, name)
			}
			out = append(out, append(row, p.result(s), clean(why(h.Stages, i))))
		}
	}
	return out
}

// narrow is the width below which kind and name share a column.
const narrow = 100

func (p *printer) header() []string {
	if p.Width > 0 && p.Width < narrow {
		return []string{"#", "AT", "RESOURCE", "RESULT", "WHY"}
	}
	return []string{"#", "AT", "KIND", "RESOURCE", "RESULT", "WHY"}
}

func (p *printer) wide() bool { return p.Format == "wide" || p.Trace }

// always are the stages that are worth a row whatever they found: what the bytes are wrapped in, and who gets the request.
var always = map[string]bool{"clientTLS": true, "peerAuthentication": true, "application": true, "gatewayListener": true}

// tellingCodes are worth a row by what they found.
var tellingCodes = map[string]bool{
	string(resolve.NoteClientWithoutSidecar): true, string(resolve.NoteClientNotCaptured): true, string(resolve.NoteClientOutside): true,
	string(resolve.NoteScopeSidecar): true, string(resolve.NoteNoListener): true, string(resolve.NoteNoChain): true, string(resolve.NoteNotHTTPOnHTTPPort): true,
	string(resolve.NoteListenerTCP): true, string(resolve.NoteHostUnknown): true, string(resolve.NotePassedThrough): true, string(resolve.NoteServerNotCaptured): true,
	string(resolve.NotePathNormalized): true, string(resolve.NoteDestinations): true, string(resolve.NoteIngressEndpoint): true, string(resolve.NoteOriginalDestination): true,
	string(resolve.NotePodDialled): true, string(resolve.NoteLeaves): true,
}

// quiet are the stages that only say where the way goes on.
var quiet = map[string]bool{"dial": true, "virtualHost": true, "destination": true, "endpoints": true, "network": true, "listener": true, "capture": true, "codec": true}

// telling tells whether a stage is worth a row of the short table.
func telling(stages []explain.Stage, i int) bool {
	s := stages[i]
	switch {
	case s.Effect == resolve.Rejected, s.Effect == resolve.Maybe:
		return true
	case s.Stage == "cluster" && s.Resource != nil && i+1 < len(stages):
		return !decidesTLS(stages, s) // else the row on TLS tells of the rule
	case always[s.Stage], tellingCodes[s.Reason]:
		return true
	case s.Effect == resolve.Idle, s.Resource == nil, quiet[s.Stage]:
		return false
	}
	return s.Resource.Kind != mesh.Service && s.Resource.Kind != mesh.Pod
}

// decidesTLS tells whether a DestinationRule that applies is also what a row on TLS is about.
func decidesTLS(stages []explain.Stage, cluster explain.Stage) bool {
	for _, s := range stages {
		if s.Stage == "clientTLS" && s.Resource != nil && s.Resource.Object() == cluster.Resource.Object() {
			return true
		}
	}
	return false
}

// defaults name what decides where no object does.
var defaults = map[string][2]string{"peerAuthentication": {"PeerAuthentication", "(default)"}, "clientTLS": {"", "(automatic)"}, "allow": {"AuthorizationPolicy", "(none)"},
	"deny": {"AuthorizationPolicy", "(none)"}, "requestAuthentication": {"RequestAuthentication", "(none)"}, "scope": {"Sidecar", "(none)"}, "cluster": {"DestinationRule", "(none)"}}

func resource(s explain.Stage) (kind, name string) {
	if s.Resource == nil {
		d := defaults[s.Stage]
		return d[0], d[1]
	}
	return kindName(s.Resource.Kind), clean(s.Resource.ID())
}

func kindName(k mesh.Kind) string {
	name, _, _ := strings.Cut(string(k), ".")
	return name
}

func (p *printer) result(s explain.Stage) string {
	switch {
	case s.Also:
		return p.paint(yellow, "also "+s.Answers)
	case s.Effect == resolve.Rejected:
		return p.paint(red, s.Answers)
	case s.Effect == resolve.Maybe:
		return p.paint(yellow, "?")
	case s.Effect == resolve.Idle:
		return "-"
	}
	return p.paint(green, "ok")
}

// why is a stage's sentence, with the objects that lost against the one that decides.
func why(stages []explain.Stage, i int) string {
	s := stages[i]
	text := s.Text
	losers := beaten(s)
	if s.Stage == "clientTLS" && s.Resource != nil {
		for _, o := range stages {
			if o.Stage == "cluster" && o.Resource != nil && o.Resource.Object() == s.Resource.Object() {
				losers = append(losers, beaten(o)...)
			}
		}
	}
	const few = 2
	for n, l := range losers {
		if n == few {
			text += "; and " + strconv.Itoa(len(losers)-few) + " more"
			break
		}
		text += "; before " + l
	}
	return text
}

// beaten are the objects that the deciding one beats, each with the reason.
func beaten(s explain.Stage) []string {
	if s.Resource == nil {
		return nil
	}
	var out []string
	for _, c := range s.Candidates {
		if !c.Applies && c.By != nil && c.By.Object() == s.Resource.Object() {
			out = append(out, c.Resource.ID()+" ("+explain.Text(c.Why)+")")
		}
	}
	return out
}
