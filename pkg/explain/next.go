package explain

import (
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/explain/secrets"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/repair"
	"github.com/mesh-why/mesh-why/pkg/repair/reach"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// advice collects what to do next about one answer.
type advice struct {
	s       *mesh.Snapshot
	q       *flow.Request
	v       flow.Verdict
	root    *flow.Node
	command string // the question as a command line
	to      string // its word for the destination
	out     []Next
}

// What bounds the steps that are offered: who looks for help at night reads no catalogue.
const (
	maxNext      = 4
	maxRepairs   = 3
	maxConfirmed = 3
)

// next tells what to do: what to ask for where something is unread, else changes of the resources that were tried first.
func next(s *mesh.Snapshot, q *flow.Request, root *flow.Node, v flow.Verdict, o Options) []Next {
	a := &advice{s: s, q: q, v: v, root: root, command: o.Command, to: o.Destination}
	for _, g := range v.Gaps {
		a.forGap(g)
	}
	found := repair.Find(s, q, root, v)
	if !v.Settled {
		for _, r := range found.Repairs {
			a.repair(r)
		}
		a.listens()
		return a.out[:min(len(a.out), maxNext)]
	}
	for _, r := range found.Repairs {
		a.repair(r)
	}
	a.out = a.out[:min(len(a.out), maxRepairs)]
	for _, e := range repair.Enforce(s, q, root, v) {
		a.enforce(e)
	}
	for _, o := range v.Outcomes {
		if o.Kind == flow.Reaches || o.Assumed || o.Share == 0 && o.Reason == flow.CallerGaveUp {
			continue
		}
		if o.Reason == flow.NameNotFound {
			a.rename()
		}
		if o.Reason == flow.PortNotServed || o.Reason == flow.RegistryOnly {
			a.otherPort()
		}
		a.look(o)
	}
	a.out = a.out[:min(len(a.out), maxNext)]
	for _, c := range found.Confirmed[:min(len(found.Confirmed), maxConfirmed)] {
		a.confirm(c)
	}
	return a.out
}

// forGap tells how to close a gap.
func (a *advice) forGap(g mesh.Gap) {
	switch {
	case g.CanI() != "":
		text := catalogue.Text("NextPermission") // one step, however many are missing
		if !slices.ContainsFunc(a.out, func(n Next) bool { return n.Text == text }) {
			a.add(Next{Text: text, Command: g.CanI()})
		}
	case g.Cause == mesh.Unverified:
		a.add(Next{Text: catalogue.Text("NextKeys"), Command: a.again("--jwks keys.json")})
	case g.Kind == mesh.Pod && g.Cause == mesh.External && g.Resource.IsZero(): // else it is the port of a pod
		a.add(Next{Text: catalogue.Text("NextSourceIP"), Command: a.again("--source-ip ADDRESS")})
	case g.Kind == mesh.Service && g.Resource.Field == "spec.externalTrafficPolicy" && !a.q.SourceIP.IsValid():
		a.add(Next{Text: catalogue.Text("NextOwnAddress", g.Resource.Object().String()), Command: a.again("--source-ip ADDRESS")})
	case g.Cause == mesh.Rejected:
		a.add(Next{Text: catalogue.Text("NextMend", g.Resource.String())})
	}
}

// elsewhere is the question about another host or port; empty where the destination does not begin with the host, or there is no command line. A
// port of 0 is left as it was.
func (a *advice) elsewhere(host string, port int) string {
	scheme, rest, isURL := strings.Cut(a.to, "://")
	if !isURL {
		scheme, rest = "", a.to
	} else {
		scheme += "://"
	}
	behind, ok := strings.CutPrefix(rest, a.q.Host)
	if !ok {
		return ""
	}
	if port != 0 {
		behind = ":" + strconv.Itoa(port) + strings.TrimLeft(behind, ":0123456789")
	}
	// The first word that is the destination's: flags that stand before it name files.
	word := " " + shell.Quote(a.to)
	if at := strings.Index(a.command+" ", word+" "); at >= 0 {
		return a.command[:at] + " " + shell.Quote(scheme+host+behind) + a.command[at+len(word):]
	}
	return ""
}

// again is the question with a further flag; empty where the question has no command line.
func (a *advice) again(flag string) string {
	if a.command == "" {
		return ""
	}
	return a.command + " " + flag
}

func (a *advice) add(n Next) {
	if n.Kind == "" {
		n.Kind = NextLook
	}
	if !slices.ContainsFunc(a.out, func(o Next) bool { return o.Text == n.Text && o.Command == n.Command && o.Patch == n.Patch }) {
		a.out = append(a.out, n)
	}
}

// repair offers a change that was tried.
func (a *advice) repair(r repair.Repair) {
	n := Next{Kind: NextRepair, Text: repairText(r)}
	if r.Sender && r.Patch == "" {
		n.Kind = NextRequest
	}
	if r.Command != "" {
		n.Command = r.Command
		n.Reach, n.ReachText, n.Bounded = reachOf(r.Reach), a.reachText(r.Reach), r.Reach.Bounded
	}
	if r.Patch != "" && !a.tells(r.Patch) {
		n.Patch, n.Changed = r.Patch, r.Changed
		if !a.tells(removedText(r.Removed)) {
			for _, x := range r.Removed {
				n.Removed = append(n.Removed, Removed(x))
			}
		}
		n.Command = a.again("-o patch")
		n.Reach, n.ReachText, n.Bounded = reachOf(r.Reach), a.reachText(r.Reach), r.Reach.Bounded
	}
	if r.Patch == "" && r.Command == "" && r.Reach.Examined > 0 { // of a pod, which its template makes
		n.Reach, n.ReachText, n.Bounded = reachOf(r.Reach), a.reachText(r.Reach), r.Reach.Bounded
	}
	a.add(n)
}

// repairText says what to change, and what the request gets then. Of two changes that go together the second one says so for both.
func repairText(r repair.Repair) string {
	text := catalogue.Text(r.Code, append(slices.Clone(r.Args), outcomeOf(r.After))...)
	for _, t := range r.Then {
		first, _, _ := strings.Cut(text, " (verified:")
		text = catalogue.Text("NextBoth", first, catalogue.Text(t.Code, append(slices.Clone(t.Args), outcomeOf(r.After))...))
	}
	return text
}

// removedText is what lines that are taken out say, as a list.
func removedText(list []repair.Removed) string {
	var out strings.Builder
	for _, x := range list {
		out.WriteString("- " + strconv.Quote(x.Text) + "\n")
	}
	return out.String()
}

// enforce offers a change by which a policy acts that gets past the request today.
func (a *advice) enforce(e repair.Enforcement) {
	if a.tells(e.Patch) {
		return
	}
	text := catalogue.Text(e.Code, append(slices.Clone(e.Args), outcomeOf(e.After))...)
	policy := e.Policy.String()
	text = strings.Replace(strings.Replace(text, "the selector of "+policy, "its selector", 1), policy, "it", 1) // which the step's beginning names
	a.add(Next{Kind: NextEnforce, Text: catalogue.Text("NextEnforce", e.Policy.String(), text), Command: a.again("-o patch"), Patch: e.Patch, Changed: e.Changed,
		Reach: reachOf(e.Reach), ReachText: a.reachText(e.Reach), Bounded: e.Reach.Bounded})
}

// tells reports whether a patch would tell a secret. It is not shown then: with holes in it, it would be applied with them.
func (a *advice) tells(patch string) bool {
	hide := secrets.Of(a.s, a.q)
	for doc := range strings.SplitSeq(patch, "---\n") {
		var v any
		if err := yaml.Unmarshal([]byte(doc), &v); err != nil || hide.InObject(v) {
			return true
		}
	}
	return false
}

// confirm tells that the request fares otherwise without a resource, and what else would.
func (a *advice) confirm(c repair.Confirmation) {
	text := catalogue.Text("NextWithout", c.Resource.String(), outcomeOf(c.After))
	if len(c.Reach.Effects) > 0 {
		text += catalogue.Text("NextOpens", effects(c.Reach.Effects))
	}
	a.add(Next{Kind: NextConfirm, Text: text, Command: a.again("--without " + shell.Quote(refArg(c.Resource))), Reach: reachOf(c.Reach), Bounded: c.Reach.Bounded})
}

// reachText says in a line what a change does to other requests.
func (a *advice) reachText(r reach.Reach) string {
	text := catalogue.Text("NextReachSame")
	switch {
	case len(r.Effects) > 0:
		text = catalogue.Text("NextReachChanges", effects(r.Effects))
	case a.q.Kubelet: // who sends it is no matter of who else may
	case r.Examined > 0 && a.q.Outside():
		text = catalogue.Text("NextReachOutside")
	case r.Examined > 0:
		text = catalogue.Text("NextReachNobody")
	}
	if r.Bounded {
		text += "; " + catalogue.Text("NextReachBounded")
	}
	return text
}

// effects names the first of the effects, and counts the others.
func effects(list []reach.Effect) string {
	e := list[0]
	text := fromText(e.From) + " -> " + e.To
	if e.Method != "" {
		text += " " + anyOf(e.Method, "any other method")
	}
	if e.Path != "" {
		text += " " + anyOf(e.Path, "any other path")
	}
	if e.Token != "" {
		text += " " + e.Token + " token"
	}
	text += " (" + e.Before + " -> " + e.After + ")"
	if more := len(list) - 1; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}

// fromText names few sources, and counts many.
func fromText(from []string) string {
	const few = 2
	if len(from) <= few+1 {
		return strings.Join(from, ", ")
	}
	return strings.Join(from[:few], ", ") + " and " + strconv.Itoa(len(from)-few) + " others"
}

func anyOf(value, any string) string {
	if value == reach.Any {
		return any
	}
	return value
}

func reachOf(r reach.Reach) []Reached {
	var out []Reached
	for _, e := range r.Effects {
		out = append(out, Reached{From: e.From, To: e.To, Method: e.Method, Path: e.Path, Token: e.Token, Before: e.Before, After: e.After, Requests: e.Pairs})
	}
	return out
}

func outcomeOf(v flow.Verdict) string {
	var heads []string
	for _, o := range v.Outcomes {
		if v.Settled && o.Assumed && o.Share == 0 {
			continue // presumed not to come about
		}
		heads = append(heads, Headline(Outcome{Result: o.Kind, Status: o.Status}))
	}
	return strings.Join(unique(heads), ", ")
}

func refArg(r mesh.Ref) string {
	return strings.ToLower(string(r.Kind)) + "/" + r.ID()
}
