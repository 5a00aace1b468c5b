package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// places name the parties in the column AT.
var places = map[explain.Role]string{
	explain.RoleCaller: "client", explain.RoleClient: "client", explain.RoleServer: "server", explain.RoleIngress: "gateway",
	explain.RoleEgress: "egress", explain.RoleWaypoint: "waypoint", explain.RoleZtunnel: "ztunnel", explain.RoleApplication: "app",
}

// rows are the table's: the stages that tell something, or all of them.
func (p *printer) rows(e *explain.Explanation) [][]string {
	var out [][]string
	several := map[explain.Role]int{}
	for _, h := range e.Hops {
		several[h.Role]++
	}
	blocks := told(e)
	for i := range e.Hops {
		h := e.Hops[i]
		at := places[h.Role]
		if several[h.Role] > 1 && h.Proxy.Name != "" {
			at += " " + Clean(h.Proxy.Name)
		}
		for i, s := range h.Stages {
			if !p.wide() && !h.Telling(i) {
				continue
			}
			kind, name := resource(s)
			row := []string{strconv.Itoa(len(out) + 1), at}
			if p.Width > 0 && p.Width < narrow {
				row = append(row, strings.TrimSpace(kind+" "+name))
			} else {
				row = append(row, kind, name)
			}
			row = append(row, p.result(s), Clean(why(&h, i, blocks)))
			if s.Effect == explain.EffectUnknown && !p.wide() && repeats(out, row) {
				continue
			}
			out = append(out, row)
		}
	}
	return out
}

// repeats reports whether one of the rows says what a further one says, of another proxy: it gets to say of that one too. What is not modelled
// is so at every proxy that it reaches.
func repeats(rows [][]string, row []string) bool {
	const at = 1
	last := len(row) - 1
	n := slices.IndexFunc(rows, func(o []string) bool {
		return slices.Equal(o[at+1:last], row[at+1:last]) && strings.HasPrefix(o[last], row[last])
	})
	if n < 0 {
		return false
	}
	if also := "; also at " + row[at]; rows[n][at] != row[at] && !strings.Contains(rows[n][last], also) {
		rows[n][last] += also
	}
	return true
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

// defaults name what decides where no object does.
var defaults = map[string][2]string{"peerAuthentication": {"PeerAuthentication", "mesh default"}, "clientTLS": {"", "auto mTLS"}, "allow": {"AuthorizationPolicy", "none"},
	"deny": {"AuthorizationPolicy", "none"}, "custom": {"AuthorizationPolicy", "none"}, "requestAuthentication": {"RequestAuthentication", "none"}, "scope": {"Sidecar", "none"}, "cluster": {"DestinationRule", "none"}}

func resource(s explain.Stage) (kind, name string) {
	if s.Resource == nil {
		d := defaults[s.Stage]
		return d[0], d[1]
	}
	return kindName(s.Resource.Kind), Clean(s.Resource.ID())
}

func kindName(k mesh.Kind) string {
	name, _, _ := strings.Cut(string(k), ".")
	return name
}

func (p *printer) result(s explain.Stage) string {
	switch {
	case s.Also:
		return p.paint(yellow, "also "+ending(s.Answers))
	case s.Effect == explain.EffectRejects:
		return p.paint(red, ending(s.Answers))
	case s.Effect == explain.EffectUnknown:
		return p.paint(yellow, "?")
	case s.Effect == explain.EffectIdle:
		return "-"
	}
	return p.paint(green, "ok")
}

// ending is how a rejection looks to the caller, in words where it is no status.
func ending(answers string) string {
	switch explain.Kind(answers) {
	case explain.KindTLSFailure:
		return "TLS fails"
	case explain.KindNoName:
		return "no DNS"
	}
	return answers
}

// why is a stage's sentence, with the objects that lost against the one that decides. Of a sentence that a block repeats, the row has the
// beginning.
func why(h *explain.Hop, i int, blocks []explain.Outcome) string {
	text := h.Stages[i].Text
	if slices.ContainsFunc(blocks, func(o explain.Outcome) bool { return o.Text == text && string(o.Reason) == h.Stages[i].Reason }) {
		text, _, _ = strings.Cut(text, ": ")
	}
	losers := h.Beaten(i)
	const few = 2
	for n, l := range losers {
		if n == few {
			text += "; and " + strconv.Itoa(len(losers)-few) + " more"
			break
		}
		text += "; overrides " + l
	}
	return text
}
