package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/explain/symptom"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// words begin a block, by what the caller sees.
var words = map[explain.Kind]string{explain.KindReset: "reset", explain.KindRefused: "refused", explain.KindTimeout: "timeout", explain.KindTLSFailure: "tls failure", explain.KindNoName: "no such name"}

// block tells one outcome like a compiler tells an error: what, where, why, and what helps.
func (p *printer) block(o explain.Outcome) {
	word := words[o.Result]
	if o.Result == explain.KindAnswered {
		word = strings.ToLower(strings.Fields(explain.Headline(o))[0])
	}
	p.line("")
	p.lines(p.paint(red, word)+"["+string(o.Reason)+"]: ", Clean(o.Text))
	if o.Reason != explain.ReasonNoAllow || len(o.NearMisses) == 0 {
		p.places(o)
	}
	for _, m := range o.Matched {
		for _, c := range m.Checks {
			verb := " matches"
			if strings.HasPrefix(lastField(c), "not") {
				verb = " is not excluded"
			}
			p.compared(c, verb)
		}
	}
	if len(o.NearMisses) > 0 {
		for i, m := range o.NearMisses {
			const few = 3
			if i == few && !p.wide() {
				p.line("   = note: " + strconv.Itoa(len(o.NearMisses)-few) + " more do not match either; --trace shows them")
				break
			}
			p.miss(m)
		}
	}
	if o.Reason != explain.ReasonUnmodelled { // of which the flags are only an example
		p.answeredBy(o)
		p.callerSees(o)
	}
	if o.Help != "" && !p.helped {
		p.lines("   = help: ", Clean(o.Help))
	}
}

// places points at what is responsible.
func (p *printer) places(o explain.Outcome) {
	const few = 8
	list := slices.DeleteFunc(slices.Clone(o.Responsible), func(r explain.Responsible) bool { return pointed(o, r) || within(o, r) })
	for i, r := range list {
		if i == few && len(list) > few+1 && !p.wide() {
			p.line("   = note: and " + strconv.Itoa(len(list)-few) + " more; -o wide shows them")
			return
		}
		mark := "  --> "
		if r.Role == explain.PartRequires {
			mark = "   :: "
		}
		text := kindName(r.Kind) + " " + r.ID()
		if r.Field != "" {
			text += "  " + r.Field
		}
		p.line(mark + Clean(text))
	}
}

// pointed reports whether what does not match, which is shown with its field, stands in a resource at the place that is responsible.
func pointed(o explain.Outcome, r explain.Responsible) bool {
	return slices.ContainsFunc(o.NearMisses, func(m explain.Miss) bool {
		return m.Resource.Object() == r.Object() && strings.HasPrefix(m.Resource.Field, r.Field)
	})
}

// within reports whether another place that is responsible lies within this one, and says more: a server's field within the server.
func within(o explain.Outcome, r explain.Responsible) bool {
	return slices.ContainsFunc(o.Responsible, func(x explain.Responsible) bool {
		return x.Object() == r.Object() && x.Role == r.Role && strings.HasPrefix(x.Field, r.Field+".")
	})
}

// answeredBy tells whose answer it is, as its access log has it.
func (p *printer) answeredBy(o explain.Outcome) {
	if len(o.AnsweredBy) == 0 {
		return
	}
	var names []string
	for _, b := range o.AnsweredBy {
		names = append(names, b.Namespace+"/"+b.Name)
	}
	text := "returned by the " + roleName(o.AnsweredBy[0].Role) + " of " + strings.Join(names, ", ")
	if len(o.ResponseFlags) > 0 || o.ResponseCodeDetails != "" {
		text += "; access log: " + strings.TrimSpace(strings.Join(o.ResponseFlags, ",")+" "+o.ResponseCodeDetails)
	}
	p.lines("   = note: ", Clean(text))
}

// callerSees tells what curl says where the caller gets no status.
func (p *printer) callerSees(o explain.Outcome) {
	if exit, known := symptom.CurlExit(o.CurlExit); known && o.Status == 0 && !p.raw {
		p.lines("   = note: ", catalogue.Text("CallerSees", exit.Code))
	}
}

func roleName(r explain.Role) string {
	return map[explain.Role]string{explain.RoleClient: "client's sidecar", explain.RoleServer: "server's sidecar", explain.RoleIngress: "gateway",
		explain.RoleEgress: "egress gateway", explain.RoleWaypoint: "waypoint", explain.RoleZtunnel: "ztunnel"}[r]
}

// miss points at what does not match, with a caret under the value that comes nearest.
func (p *printer) miss(m explain.Miss) {
	p.line("  --> " + Clean(kindName(m.Resource.Kind)+" "+m.Resource.ID()+"  "+m.Resource.Field))
	for _, c := range m.Checks {
		verb := " does not match"
		if strings.HasPrefix(lastField(c), "not") {
			verb = " is excluded"
		}
		p.compared(c, verb)
	}
	if m.Differs != "" {
		p.lines("   = note: ", Clean(m.Differs))
	}
	if m.Conditions > 1 && m.Resource.Kind != mesh.Pod {
		p.line("   = note: " + strconv.Itoa(m.Conditions-m.Failing) + " of " + strconv.Itoa(m.Conditions) + " conditions match")
	}
}

// identifying are the fields and keys of conditions that ask who the caller is.
var identifying = map[string]bool{"principals": true, "namespaces": true, "serviceAccounts": true, "trustDomains": true,
	"principal": true, "namespace": true, "serviceAccount": true, "trustDomain": true}

// absent says that there is nothing to compare with what a rule asks for.
func absent(c explain.Check) string {
	switch field := lastField(c); {
	case field == explain.FieldFrom:
		return "not in the request"
	case identifying[strings.TrimPrefix(c.Key, "source.")], identifying[field]:
		return "the caller has none"
	case strings.HasPrefix(c.Field, "metadata.") || strings.HasPrefix(c.Field, "labels["):
		return "the pod has none"
	case strings.HasPrefix(field, "not"):
		return "the request has none, so it is not excluded"
	}
	return "the request has none"
}

// lastField is the field of a comparison by itself.
func lastField(c explain.Check) string { return c.Field[strings.LastIndex(c.Field, ".")+1:] }

// compared shows what a field wants, with a caret under the value that comes nearest, and what there is.
func (p *printer) compared(c explain.Check, verb string) {
	var values []string
	for _, w := range c.Want {
		values = append(values, Clean(strconv.Quote(w)))
	}
	got := bounded(Clean(c.Got))
	if got == "" {
		got, verb = absent(c), ""
	}
	if c.Is == "unknown" {
		got, verb = "unknown", ""
	}
	head := Clean(strings.TrimPrefix(c.Key+" "+lastField(c), " ")) + ": ["
	list := bounded(strings.Join(values, ", "))
	before, mark := 0, 2
	if n := c.Nearest; n < len(values) {
		before = displaywidth.String(strings.Join(append(values[:n:n], ""), ", "))
		mark = displaywidth.String(values[n])
	}
	if room := displaywidth.String(list); before+mark > room {
		before, mark = 0, min(mark, room)
	}
	const margin = "   |  "
	pad := strings.Repeat(" ", displaywidth.String(head)+before)
	caret := strings.Repeat("^", mark)
	switch {
	case p.fits(margin+head+list+"]") && p.fits(margin+pad+caret+" "+got+verb):
		p.line(margin + head + list + "]")
		p.line(margin + pad + caret + " " + got + verb)
	case p.fits(margin+head+list+"]") && p.fits(margin+pad+caret): // what there is does not fit beside the caret
		p.line(margin + head + list + "]")
		p.line(margin + pad + caret)
		room := p.Width - displaywidth.String(margin+got+verb) // under the caret, or as near to it as there is room
		p.lines(margin+strings.Repeat(" ", max(0, min(len(pad), room))), got+verb)
	default:
		if n := c.Nearest; n < len(values) && len(values) > 1 && verb == " does not match" {
			verb += ", closest is " + values[n]
		}
		p.lines(margin, head+list+"]")
		p.lines(margin, "^ "+got+verb)
	}
}

// fits reports whether a line is no wider than the screen.
func (p *printer) fits(line string) bool {
	return p.Width <= 0 || displaywidth.String(line) <= p.Width
}
