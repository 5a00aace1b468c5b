package explain

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/explain/secrets"
	"github.com/mesh-why/mesh-why/pkg/findings"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Options are what a report needs besides the question and the snapshot.
type Options struct {
	Tool string // version of the program
	Name string // of the request in a file of expectations
	Via  string // as it was asked for
	// Brief leaves out the notes and the next steps, each of which takes evaluations of their own.
	Brief bool
	// Command repeats the question on a command line, for next steps that ask it again.
	Command string
	// Destination is the word of Command that names where the request goes.
	Destination string
}

// Explain answers a question from a snapshot.
func Explain(s *mesh.Snapshot, q *flow.Request, o Options) *Explanation {
	root, v := resolve.Answer(s, q)
	return Decided(s, q, root, v, o)
}

// Decided explains what resolve.Answer decided.
func Decided(s *mesh.Snapshot, q *flow.Request, root *flow.Node, v flow.Verdict, o Options) *Explanation {
	r := &redactor{*secrets.Of(s, q)}
	e := &Explanation{APIVersion: APIVersion, Kind: KindExplanation, Name: o.Name, Request: request(s, q, o, r), Hops: hops(root, r), Inputs: inputs(s, q, root, o)}
	if v.Settled && !o.Brief {
		for i, x := range v.Outcomes {
			if v.Outcomes[i].By = completed(s, q, x); len(v.Outcomes[i].By) > len(x.By) && len(v.Outcomes) == 1 {
				e.Hops = append(e.Hops, behind(s, q, refs(x.By, flow.Cause), e.Hops, r)...)
			}
		}
	}
	e.Verdict = verdictOf(v, r)
	e.Verdict.Summary = summary(q, e, o)
	e.Gaps = Gaps(v.Gaps)
	onConditions(e.Gaps, v, r)
	if !o.Brief {
		e.Notes = notes(root, findings.Of(s, q, root), r)
		e.Next = next(s, q, root, v, o)
	}
	r.report(e)
	return e
}

func verdictOf(v flow.Verdict, r *redactor) Verdict {
	out := Verdict{Settled: v.Settled, Outcomes: []Outcome{}}
	for _, o := range v.Outcomes {
		out.Outcomes = append(out.Outcomes, outcome(o, r))
	}
	if !v.Settled {
		onAddress(out.Outcomes, v.Outcomes, r)
	}
	for _, p := range v.Presumes {
		p.Args = r.args(p.Args)
		out.Presumes = append(out.Presumes, Presumed(p))
	}
	return out
}

// Presumed tells what an answer takes for granted in words, with the command that looks. Its arguments hold no secrets any more.
func Presumed(p flow.Presumption) Presumption {
	x := Presumption{Code: string(p.Code), Text: catalogue.Text(string(p.Code), p.Args...)}
	if ref := p.Resource; !ref.IsZero() {
		x.Resource, x.Command = &ref, lookAt(ref)
	}
	return x
}

// onAddress gives the first of two outcomes its condition where they differ by an address alone that a rule compares.
func onAddress(told []Outcome, of []flow.Outcome, r *redactor) {
	if len(of) != 2 || of[0].Kind != flow.Reaches || of[1].At == nil || told[0].Condition != "" {
		return
	}
	allow := of[1].Reason == flow.RBACNoAllowMatched
	if !allow && of[1].Reason != flow.RBACDenyMatched {
		return
	}
	var unknown []evidence.Check
	for _, c := range of[1].At.Candidates {
		for _, x := range c.Checks {
			if x.Is.IsUnknown() && c.Matches.IsUnknown() {
				unknown = append(unknown, x)
			}
		}
	}
	if len(unknown) != 1 {
		return
	}
	name, not := noun(unknown[0])
	if !strings.HasSuffix(name, "IP") {
		return
	}
	code := "IfWithin"
	if allow == not {
		code = "IfNotWithin"
	}
	told[0].Condition = catalogue.Text(code, name, r.list(keyOf(unknown[0]), unknown[0].Want))
}

// lookAt is the command that shows an object.
func lookAt(ref mesh.Ref) string {
	if ref.Kind == mesh.MeshConfig && ref.Namespace == "" { // whose namespace nobody knows
		return "kubectl get configmaps -A --field-selector metadata.name=istio -o yaml"
	}
	words := []string{"kubectl", "get", strings.ToLower(string(ref.Kind)), ref.Name}
	if ref.Namespace != "" {
		words = append(words, "-n", ref.Namespace)
	}
	if ref.Kind != mesh.Secret { // whose content is nobody's to print
		words = append(words, "-o", "yaml")
	}
	return shell.Command(words...)
}

// backends are those of an outcome. Where weights, or endpoints that differ, divide the requests among them, each has its share of these.
func backends(o flow.Outcome) []Backend {
	shares := map[flow.Backend]float64{}
	for _, a := range o.Arms {
		for _, b := range a.Backends {
			shares[b] += a.Share / float64(len(a.Backends))
		}
	}
	var out []Backend
	for _, b := range o.Backends {
		x := Backend{Backend: b}
		if len(o.Arms) > 1 {
			share := round(shares[b])
			x.Share = &share
		}
		out = append(out, x)
	}
	return out
}

func outcome(o flow.Outcome, r *redactor) Outcome {
	x := Outcome{Result: o.Kind, Status: o.Status, GRPCStatus: o.GRPC, CurlExit: o.CurlExit, Backends: backends(o), AnsweredBy: o.AnsweredBy,
		ResponseFlags: o.Flags, ResponseCodeDetails: details(o), Body: o.Body, Location: o.Location, Reason: o.Reason, Text: catalogue.Text(string(o.Reason), r.args(o.Args)...)}
	x.Assumed, x.DependsOn = o.Assumed, r.args(o.DependsOn)
	var conditions []string
	for _, p := range o.If {
		conditions = append(conditions, catalogue.Text(string(p.Code), r.args(p.Args)...))
	}
	x.Condition = strings.Join(conditions, ", and ")
	if o.At != nil {
		if args := r.argsOf(o.At); len(args) > 0 && o.At.Reason == o.Reason {
			x.Text = catalogue.Text(string(o.Reason), args...)
		}
		if s := r.uncertain(o.At); s != "" && o.At.Reason == o.Reason || r.unverified(o.At) != "" {
			x.Text = s
		}
		if missable[o.Reason] {
			x.NearMisses = r.misses(o.At)
		}
		if o.Reason == flow.RBACDenyMatched {
			x.Matched = r.matches(o.At)
		}
	}
	x.Help = help(o)
	if share := round(o.Share); share != 1 || o.CallerDecides {
		if o.CallerDecides {
			share = 0
		}
		x.Share = &share
	}
	if o.After > 0 {
		x.After = o.After.String()
	}
	seen := map[Responsible]bool{}
	for _, b := range o.By {
		if part := (Responsible{b.Ref, b.Role}); !seen[part] {
			seen[part], x.Responsible = true, append(x.Responsible, part)
		}
	}
	return x
}

// help is what to do about an outcome: what the detail of its reason says, else what the reason does. About one that nobody knows to come, the
// steps say what to supply.
func help(o flow.Outcome) string {
	if o.At != nil && o.At.Effect() == flow.Maybe && (o.Reason == flow.TokenRefused || slices.Contains(matching, o.Reason)) {
		return ""
	}
	if o.At != nil && o.At.Reason == o.Reason {
		for _, f := range o.At.Args {
			if code, is := strings.CutPrefix(f, flow.CodeMark); is {
				if e, _ := catalogue.Lookup(code); e.Help != "" && e.Since == "" {
					return e.Help
				}
			}
		}
	}
	if code := helpByRule(o); code != "" {
		return catalogue.Text(code)
	}
	e, _ := catalogue.Lookup(string(o.Reason))
	return e.Help
}

// helpByRule is the code of what to do about a request that no ALLOW rule matches, by what it lacks of the one that comes nearest: a rule for the
// request is no help where the caller has no identity or no token yet, or where an address is another proxy's. It is empty for other requests.
func helpByRule(o flow.Outcome) string {
	if o.At == nil || o.Reason != flow.RBACNoAllowMatched {
		return ""
	}
	gateway := slices.ContainsFunc(o.AnsweredBy, func(p flow.Party) bool {
		return p.Role == flow.IngressGateway || p.Role == flow.EgressGateway
	})
	nearest := missed(o.At)
	if len(nearest) == 0 {
		return ""
	}
	for _, c := range nearest[0].failing {
		a, _ := rbac.Of(c.Comparison)
		switch {
		case a == nil:
		case a.Token && c.Got == "":
			return "HelpToken"
		case a.Sender&rbac.Identity != 0 && c.Got == "" && gateway:
			return "HelpGatewayIdentity"
		case a.Sender&rbac.Identity != 0 && c.Got == "":
			return "HelpIdentity"
		case a.Sender&rbac.Address != 0:
			return "HelpAddress"
		}
	}
	return ""
}

// details are the words of the log of who answered: Envoy writes its own without blanks, ztunnel as they are.
func details(o flow.Outcome) string {
	if slices.ContainsFunc(o.AnsweredBy, func(p flow.Party) bool { return p.Role == flow.Ztunnel }) {
		return o.Details
	}
	return strings.ReplaceAll(o.Details, " ", "_")
}

func round(f float64) float64 {
	const digits = 1e6
	return float64(int64(f*digits+0.5)) / digits
}

func inputs(s *mesh.Snapshot, q *flow.Request, root *flow.Node, o Options) Inputs {
	view := s.For(q.Source)
	in := Inputs{IstioVersion: s.Version.Istiod.String(), VersionFrom: s.Version.Source, Revision: mesh.Revision(q.Source), Tool: Tool{o.Tool}}
	if s.Version.Ztunnel != s.Version.Istiod {
		in.ZtunnelVersion = s.Version.Ztunnel.String()
	}
	if ref := view.Config.Ref; !ref.IsZero() {
		in.MeshConfig = ref.String()
	}
	in.ResourceVersions = resourceVersions(s, root)
	return in
}

// resourceVersions lists the versions of the objects that applied.
func resourceVersions(s *mesh.Snapshot, root *flow.Node) map[string]string {
	out := map[string]string{}
	for ref := range applied(root) {
		if v := s.ResourceVersion(ref); v != "" {
			out[string(ref.Kind)+"/"+ref.ID()] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// applied lists the objects that the trace shows as applying.
func applied(n *flow.Node) map[mesh.Ref]bool {
	out := map[mesh.Ref]bool{}
	n.Each(func(_ *flow.Node, r *flow.Result) {
		for _, c := range r.Candidates {
			if c.Applies {
				out[c.Ref.Object()] = true
			}
		}
	})
	return out
}
