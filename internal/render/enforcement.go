package render

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/enforced"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
)

// Enforcement prints who enforces the policies of a workload: a table where there is room for one, else each policy over its places.
func Enforcement(w io.Writer, d *enforced.Document, o Options) error {
	if done, err := data(w, d, o); done {
		return err
	}
	p := newPrinter(o)
	for i := range d.Items {
		if i > 0 {
			p.line("")
		}
		p.enforcement(&d.Items[i])
	}
	p.enforcementSummary(d)
	p.unreadPolicies(d)
	return p.flush(w)
}

func (p *printer) enforcement(w *enforced.Workload) {
	name := podNames(w.Pods, p.wide())
	if w.Host != nil {
		name = kindName(w.Host.Kind) + " " + w.Host.ID()
	}
	p.lines("", p.bold(Clean(name))+"   "+Clean(w.Capture.Text))
	for _, x := range w.Services {
		p.lines("  ", Clean(serviceText(x)))
	}
	p.line("")
	if len(w.Policies) == 0 {
		p.line("no policy names it")
		return
	}
	if p.Width > 0 && p.Width < narrow {
		p.policyBlocks(w)
		return
	}
	var rows [][]string
	for _, x := range w.Policies {
		rows = append(rows, p.policyRows(x)...)
	}
	p.table([]string{"POLICY", "ENFORCED BY", "FOR", "HOW"}, rows)
}

// podNames are those of the pods: all of them, or the first and how many there are.
func podNames(pods []mesh.Ref, all bool) string {
	var names []string
	for i, r := range pods {
		if i == 1 && !all && len(pods) > 2 {
			names = append(names, strconv.Itoa(len(pods)-1)+" more")
			break
		}
		names = append(names, r.ID())
	}
	return "Pod " + strings.Join(names, ", ")
}

func serviceText(x enforced.Service) string {
	text := kindName(x.Resource.Kind) + " " + x.Resource.ID() + ": "
	if x.Waypoint == nil {
		text += "no waypoint: " + x.Text
		if x.Label != nil {
			text += " (" + x.Label.String() + ")"
		}
		return text
	}
	text += "through waypoint " + x.Waypoint.ID()
	if x.Canary != nil {
		text += ", " + strconv.Itoa(x.Percent) + "% through " + x.Canary.ID()
	}
	if x.Ingress {
		text += ", from gateways too"
	}
	return text + ": " + x.Text
}

func (p *printer) policyRows(x enforced.Policy) [][]string {
	name := Clean(policyName(x))
	if len(x.Places) == 0 {
		return [][]string{{name, p.nobody(x), "", Clean(nobodyText(x))}}
	}
	var rows [][]string
	for i, at := range x.Places {
		how := p.how(x, at)
		for j, line := range how {
			row := []string{"", "", "", line}
			if j == 0 {
				row[1], row[2] = p.by(x, at), Clean(scopeText(at))
			}
			if i == 0 && j == 0 {
				row[0] = name
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// policyBlocks print the same for a narrow terminal.
func (p *printer) policyBlocks(w *enforced.Workload) {
	for _, x := range w.Policies {
		p.lines("", p.bold(Clean(policyName(x))))
		if len(x.Places) == 0 {
			p.lines("  "+p.nobody(x)+": ", Clean(nobodyText(x)))
		}
		for _, at := range x.Places {
			p.lines("  "+p.by(x, at)+": ", Clean(scopeText(at)))
			for _, line := range p.how(x, at) {
				p.lines("    ", line)
			}
		}
	}
}

func policyName(x enforced.Policy) string {
	text := kindName(x.Resource.Kind) + " " + x.Resource.ID()
	if x.Action != "" {
		text += " " + x.Action
	}
	return text
}

func (p *printer) nobody(x enforced.Policy) string {
	if x.Enforced == enforced.Overridden {
		return "-"
	}
	return p.paint(red, "nobody")
}

func nobodyText(x enforced.Policy) string {
	if x.At != nil && x.At.Field != "" {
		return x.Text + " (" + fieldOf(*x.At, x.Resource) + ")"
	}
	return x.Text
}

// fieldOf is a reference as it is written beside an object: without the object, if it is the same.
func fieldOf(r, beside mesh.Ref) string {
	if r.Object() == beside {
		return r.Field
	}
	return kindName(r.Kind) + " " + r.ID() + " " + r.Field
}

func (p *printer) by(x enforced.Policy, at enforced.Place) string {
	text := string(at.By)
	if at.By == enforcement.Waypoint {
		text += " " + Clean(at.Proxy.ID())
	}
	switch {
	case at.Idle:
		return p.paint(red, "nobody") + " (" + text + ")"
	case len(at.Rules) > 0 || x.Enforced == enforced.Nobody:
		return p.paint(yellow, text)
	}
	return p.paint(green, text)
}

// wayNames name the connections in the column FOR.
var wayNames = map[enforcement.Way]string{enforcement.ByService: "captured pods", enforcement.ByAddress: "captured pods that dial the pod", enforcement.BySidecar: "sidecars",
	enforcement.ByGateway: "gateways", enforcement.Plaintext: "plaintext"}

func scopeText(at enforced.Place) string {
	text := wayList(at.Ways)
	if len(at.Ways) == len(enforcement.Ways()) {
		text = "every connection"
	}
	if at.For != nil {
		text += " to " + at.For.ID()
	}
	return text
}

func wayList(ways []enforcement.Way) string {
	var names []string
	for _, w := range enforcement.Ways() {
		if slices.Contains(ways, w) {
			names = append(names, wayNames[w])
		}
	}
	return strings.Join(names, ", ")
}

// how are the lines about what a place makes of the policy.
func (p *printer) how(x enforced.Policy, at enforced.Place) []string {
	var out []string
	for _, r := range at.Rules {
		text := r.Resource.Field
		if len(r.Ports) > 0 {
			text += " on port " + ports(r.Ports)
		}
		text += " " + r.Text
		if len(r.Lost) > 0 {
			text += ": " + strings.Join(short(r.Lost, r.Resource.Field), ", ")
		}
		out = append(out, Clean(text))
	}
	switch {
	case at.By == enforcement.Clients:
		out = append(out, "decides whether they send mutual TLS")
	case x.Action == "AUDIT":
		out = append(out, "marks requests for a log, and refuses none")
	case at.Idle && len(out) == 0:
		out = append(out, Clean(x.Text))
	case x.MadeBy != nil:
		out = append(out, Clean("lets the waypoint in: istiod makes it, as "+x.MadeBy.Field+" of "+kindName(x.MadeBy.Kind)+" "+x.MadeBy.ID()+" says"))
	case len(out) == 0:
		out = append(out, "as written")
	}
	switch through := throughWaypoint(at); {
	case len(at.Behind) > 0 && at.By != enforcement.Waypoint && p.wide():
		out = append(out, "sees the waypoint or gateway, not the client, from "+wayList(at.Behind))
	case at.Asks && len(through) > 0:
		out = append(out, "sees the waypoint, not the client, from "+wayList(through))
	}
	return out
}

// throughWaypoint are the ways on which the peer is a waypoint. A gateway is nobody's client, and its own identity is what policies for it name.
func throughWaypoint(at enforced.Place) []enforcement.Way {
	return slices.DeleteFunc(slices.Clone(at.Behind), func(w enforcement.Way) bool { return w == enforcement.ByGateway })
}

func ports(list []int) string {
	var out []string
	for _, n := range list {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ", ")
}

// short are fields without that of the rule which they are in.
func short(fields []string, rule string) []string {
	var out []string
	for _, f := range fields {
		out = append(out, strings.TrimPrefix(f, rule+"."))
	}
	return out
}

func (p *printer) enforcementSummary(d *enforced.Document) {
	n := d.Count()
	all := n[enforced.AsWritten] + n[enforced.Otherwise] + n[enforced.Nobody] + n[enforced.Overridden]
	if all == 0 {
		return
	}
	text := strconv.Itoa(all) + " policies: " + strconv.Itoa(n[enforced.AsWritten]) + " enforced as written, " + strconv.Itoa(n[enforced.Otherwise]) + " otherwise, " +
		strconv.Itoa(n[enforced.Nobody]) + " by nobody"
	if all == 1 {
		text = strings.Replace(text, "policies", "policy", 1)
	}
	if k := n[enforced.Overridden]; k > 0 {
		text += "; " + strconv.Itoa(k) + " overridden"
	}
	p.line("")
	p.lines("", text)
}

func (p *printer) unreadPolicies(d *enforced.Document) {
	if len(d.Gaps) == 0 {
		return
	}
	p.line("")
	p.line(p.paint(yellow, "not settled:") + " this could change the table")
	for _, g := range d.Gaps {
		p.lines("  - ", Clean(g.Text))
		if g.CanI != "" {
			p.line("    " + Clean(g.CanI))
		}
	}
}
