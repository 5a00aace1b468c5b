package truth

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Judgement is how a prediction compares with what was seen.
type Judgement string

// The judgements.
const (
	Agree     Judgement = "agree"
	Vague     Judgement = "vague"     // all that was seen was predicted, and something besides
	Unsettled Judgement = "unsettled" // the prediction says that it does not know
	Wrong     Judgement = "wrong"     // something was seen that was not predicted
)

var curlKinds = map[int]flow.Kind{16: flow.Reset, 52: flow.Reset, 55: flow.Reset, 56: flow.Reset, 7: flow.Refused,
	28: flow.Timeout, 35: flow.TLSFailure, 51: flow.TLSFailure, 60: flow.TLSFailure, 6: flow.ExitNoName}

// answer is what the caller saw.
type answer struct {
	kind   flow.Kind
	status int
	pod    string
}

func (r Request) seen(o Outcome) answer {
	switch {
	case o.Code == 0:
		return answer{kind: curlKinds[o.Exit]}
	case o.Pod != "":
		return answer{kind: flow.Reaches, pod: o.Pod}
	case r.Method == "HEAD" && o.Code == 200:
		return answer{kind: flow.Reaches}
	}
	return answer{kind: flow.Answered, status: o.Code}
}

func (a answer) fits(o explain.Outcome) bool {
	if a.kind != o.Result || a.kind == flow.Answered && a.status != o.Status {
		return false
	}
	if a.kind != flow.Reaches || a.pod == "" || strings.HasSuffix(a.pod, ".outside") {
		return true
	}
	named := false
	for _, b := range o.Backends {
		named = named || b.Name != ""
		if b.Name+"."+b.Namespace == a.pod {
			return true
		}
	}
	return !named
}

// Judge compares a prediction with what was seen. A settled prediction agrees only if the caller saw every outcome of it, or if
// Unseen has a ground for each that is missing.
func (r Request) Judge(e *explain.Explanation) Judgement {
	for _, o := range r.Outcomes {
		if !slices.ContainsFunc(e.Verdict.Outcomes, r.seen(o).fits) {
			return Wrong
		}
	}
	if !e.Verdict.Settled {
		return Unsettled
	}
	for _, u := range r.Unseen(e) {
		if u.Ground == "" {
			return Vague
		}
	}
	return Agree
}

// spread reports whether a proxy chose among endpoints: the client's own, or a gateway's.
func (r Request) spread() bool {
	if strings.Contains(r.URL, "headless") {
		return false
	}
	return slices.ContainsFunc(r.Outcomes, func(o Outcome) bool {
		return slices.ContainsFunc(o.Proxies, func(l Log) bool { return l.Proxy == r.From || strings.HasPrefix(l.Cluster, "outbound|") })
	})
}

// Details compares the proxy that answered, its response code details and its flags with its access log, or the ztunnel that closed the
// connection and its words with its log; asked is false where no proxy did either.
func (r Request) Details(e *explain.Explanation) (right, asked bool) {
	for _, o := range r.Outcomes {
		if o.Pod != "" {
			continue
		}
		if o.Code == 0 {
			if len(o.Ztunnel) > 0 && o.Ztunnel[0].Error != "" {
				return slices.ContainsFunc(e.Verdict.Outcomes, func(p explain.Outcome) bool { return r.closed(o.Ztunnel[0], p) }), true
			}
			continue
		}
		var line *Log
		for i, l := range o.Proxies {
			if l.Code == o.Code && l.Details != "" && l.Details != "via_upstream" {
				line = &o.Proxies[i]
			}
		}
		if line == nil {
			continue
		}
		for _, p := range e.Verdict.Outcomes {
			if p.Status == o.Code && line.by(p) {
				return true, true
			}
		}
		return false, true
	}
	return false, false
}

// closed reports whether a connection was closed as an outcome says: by the ztunnel of the client, or by another one.
func (r Request) closed(c Connection, p explain.Outcome) bool {
	return c.Error == p.ResponseCodeDetails && slices.ContainsFunc(p.AnsweredBy, func(x flow.Party) bool {
		return x.Role == flow.Ztunnel && (x.Name+"."+x.Namespace == r.From) == (c.Direction == "outbound")
	})
}

func (l Log) by(p explain.Outcome) bool {
	who := slices.ContainsFunc(p.AnsweredBy, func(x flow.Party) bool { return x.Name+"."+x.Namespace == l.Proxy })
	flags := strings.FieldsFunc(l.Flags, func(r rune) bool { return r == ',' || r == '-' })
	slices.Sort(flags)
	said := slices.Sorted(slices.Values(p.ResponseFlags))
	return who && brief(l.Details) == brief(p.ResponseCodeDetails) && slices.Equal(flags, said)
}

// brief leaves out what the TLS library says of a failure, which names the certificate.
func brief(details string) string {
	details, _, _ = strings.Cut(details, "|")
	details, _, _ = strings.Cut(details, ",TLS")
	return strings.TrimRight(details, "}")
}
