package logged

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/explain/secrets"
	"github.com/mesh-why/mesh-why/pkg/explain/symptom"
	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// builder makes items of what was seen: lines of one workload that say the same of requests of another are one.
type builder struct {
	s     *mesh.Snapshot
	o     Options
	at    *locator
	items []item
	index map[string]int
}

type item struct {
	meaning.LogItem
	failed bool
	best   *asked
	x      Sighting
}

// rank puts first what needs somebody: lines that the resources do not explain, then failures.
func (x item) rank() int {
	switch {
	case x.Agreement == meaning.Differs:
		return 0
	case x.failed:
		return 1
	}
	return 2
}

func (b *builder) add(seen *Seen) {
	x := b.at.locate(&seen.Entry)
	k := b.key(seen, &x)
	if n, ok := b.index[k]; ok {
		it := &b.items[n]
		it.Count += seen.Count
		it.Merged = it.Merged || seen.Paths
		it.First, it.Last = earlier(it.First, pointer(seen.First)), later(it.Last, pointer(seen.Last))
		return
	}
	b.index[k] = len(b.items)
	b.items = append(b.items, b.item(seen, x))
}

// key is what lines of one item have in common: workloads in place of pods, and what the proxy wrote.
func (b *builder) key(seen *Seen, x *Sighting) string {
	e := &seen.Entry
	path, query, _ := strings.Cut(e.Path, "?")
	q := x.question()
	parts := []string{string(x.Role), q.To, q.Via, e.Method, path, parameters(query), e.Authority, strconv.Itoa(e.Code), strings.Join(e.Flags, ","), e.Details,
		e.Termination, e.TransportFailure, e.Cluster, strconv.FormatBool(seen.Paths)}
	parts[1], _, _ = strings.Cut(q.To, "?")
	if x.Proxy != nil {
		parts = append(parts, x.Proxy.Namespace, matrix.Workload(x.Proxy))
	} else {
		parts = append(parts, e.Pod, bare(e.DownstreamLocal))
	}
	if x.Source != nil {
		parts = append(parts, x.Source.Namespace, matrix.Workload(x.Source))
	} else if x.Role != explain.RoleIngress {
		parts = append(parts, x.Client.String())
	}
	if c := e.Connection; c != nil {
		parts = append(parts, c.Error, strconv.FormatBool(c.Inbound), c.Service)
	}
	return strings.Join(parts, "\x00")
}

func (b *builder) item(seen *Seen, x Sighting) item {
	e := shown(&seen.Entry)
	it := item{failed: e.Failed(), x: x}
	it.Count, it.Merged, it.First, it.Last = seen.Count, seen.Paths, pointer(seen.First), pointer(seen.Last)
	it.Logged = logged(e)
	it.Meanings = meanings(&it.Logged)
	it.Request = meaning.LogRequest{Method: e.Method, Host: e.Authority, Path: e.Path, Protocol: e.Protocol}
	if x.Proxy != nil {
		it.Proxy = &flow.Party{Namespace: x.Proxy.Namespace, Name: x.Proxy.Name, Role: x.Role}
	} else if e.Pod != "" {
		it.Proxy = &flow.Party{Namespace: e.Namespace, Name: e.Pod, Role: x.Role}
	}
	if x.Source != nil {
		it.Source = &explain.Source{Kind: "Pod", Namespace: x.Source.Namespace, Name: x.Source.Name, ServiceAccount: mesh.ServiceAccountOf(x.Source)}
	} else if x.Client.IsValid() {
		it.ClientIP = x.Client.String()
	}
	it.Agreement, it.Because = meaning.NotAsked, x.Why
	if len(x.Questions) > 0 {
		b.ask(&it, seen)
	}
	return it
}

// question is the likeliest one; the zero Question where there is none.
func (x *Sighting) question() question.Question {
	if len(x.Questions) == 0 {
		return question.Question{}
	}
	return x.Questions[0]
}

// ask puts the questions to the resources and compares: the one counts that explains the lines, else the first that leads through the proxy
// that wrote them, else the first.
func (b *builder) ask(it *item, seen *Seen) {
	var best *asked
	var failed error
	for _, q := range it.x.Questions {
		if at := seen.Entry.Time; !at.IsZero() {
			q.Now = at // a token in the path was good or bad then
		}
		r, err := q.Bind(b.s)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		a := &asked{q: q, r: r}
		a.c = &caseOf{s: b.s, x: &it.x, seen: seen, line: &seen.Entry, e: b.explain(a, true), full: func() *explain.Explanation { return b.explain(a, false) }}
		a.agreement = a.c.judge()
		if best == nil || a.better(best) {
			best = a
		}
		if best.agreement == meaning.Agrees {
			break
		}
	}
	if best == nil {
		it.Because = append(it.Because, note("LoggedNotBound", mesh.Ref{}, redact.Text(failed.Error())))
		return
	}
	it.x.Questions = []question.Question{best.q}
	a, notes := best.c.explained()
	it.Agreement, it.Because = a, append(it.Because, notes...)
	for i := range it.Because {
		it.Because[i].Text = redact.Text(it.Because[i].Text)
	}
	it.Explanation, it.best = best.c.e, best
	hidden := secrets.Of(b.s, best.r)
	it.Request.To = hidden.Text(best.q.To)
	it.Request.Path, it.Request.Host = hidden.Text(it.Request.Path), hidden.Text(it.Request.Host)
}

// asked is a question with its answer beside the lines.
type asked struct {
	q         question.Question
	r         *flow.Request
	c         *caseOf
	agreement meaning.Agreement
}

func (a *asked) better(than *asked) bool {
	if (a.agreement == meaning.Agrees) != (than.agreement == meaning.Agrees) {
		return a.agreement == meaning.Agrees
	}
	return a.c.onTheWay() && !than.c.onTheWay()
}

func (b *builder) explain(a *asked, brief bool) *explain.Explanation {
	hide := secrets.Of(b.s, a.r)
	return explain.Explain(b.s, a.r, explain.Options{Tool: b.o.Tool, Via: a.q.Via, Brief: brief, Command: b.o.Command(a.q, hide), Destination: hide.Text(a.q.To)})
}

// finish adds what takes longer, for an item that is listed: the whole explanation, and what to do next.
func (b *builder) finish(x *item) {
	if x.best != nil {
		if !b.o.Brief && (x.failed || x.Agreement == meaning.Differs) {
			x.Explanation = b.explain(x.best, false)
		}
		x.Next = append(x.Next, explain.Next{Text: catalogue.Text("NextAskLogged"), Command: b.o.Command(x.best.q, secrets.Of(b.s, x.best.r))})
	}
	if x.Agreement != meaning.Differs || x.x.Proxy == nil {
		return
	}
	pod := x.x.Proxy.Name + "." + x.x.Proxy.Namespace
	if x.x.Role == explain.RoleZtunnel {
		x.Next = append(x.Next, explain.Next{Text: catalogue.Text("NextZtunnelState"), Command: "istioctl ztunnel-config policies"})
		return
	}
	x.Next = append(x.Next, explain.Next{Text: catalogue.Text("NextProxyStatus"), Command: "istioctl proxy-status " + pod})
	if strings.Contains(x.Logged.Details+x.Logged.Termination, "rbac_") {
		x.Next = append(x.Next, explain.Next{Text: catalogue.Text("NextProxyPolicies"), Command: "istioctl x authz check " + pod})
	}
}

func logged(e *accesslog.Entry) meaning.Logged {
	l := meaning.Logged{Status: e.Code, GRPCStatus: e.GRPCStatus, Flags: e.Flags, Details: e.Details, Termination: e.Termination,
		TransportFailure: e.TransportFailure, Cluster: e.Cluster, UpstreamHost: e.UpstreamHost, Route: e.RouteName}
	if c := e.Connection; c != nil {
		l.Error = c.Error
	}
	if r, ok := symptom.DeniedBy(first(e.Termination, e.Details)); ok {
		l.Policy = &mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: r.Namespace, Name: r.Policy, Field: "spec.rules[" + r.Index + "]"}
	}
	return l
}

// meanings explain flags and details; what every good line has is left out.
func meanings(l *meaning.Logged) []meaning.Meaning {
	var out []meaning.Meaning
	for _, f := range l.Flags {
		out = append(out, meaning.Meanings(f)...)
	}
	for _, d := range []string{l.Details, l.Termination, l.Error} {
		if d == "via_upstream" && l.Status < 400 || d == "" {
			continue
		}
		out = append(out, meaning.Meanings(d)...)
	}
	if strings.Contains(l.TransportFailure, "OPENSSL_internal:") && !strings.Contains(l.Details, "OPENSSL_internal:") {
		out = append(out, meaning.Meanings(l.TransportFailure)...)
	}
	return out
}
