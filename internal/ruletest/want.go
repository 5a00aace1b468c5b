package ruletest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// want writes answers as the files NAME.want have them.
type want struct {
	strings.Builder
	rows Rows
}

// line writes words that are not empty, so far to the right.
func (w *want) line(depth int, words ...string) {
	words = slices.DeleteFunc(words, func(s string) bool { return s == "" })
	w.WriteString(strings.Repeat("  ", depth) + strings.Join(words, " ") + "\n")
}

// Answer writes what an archive looks at of an answer.
func Answer(e *explain.Explanation, rows Rows) string {
	w := &want{rows: rows}
	if !e.Verdict.Settled {
		w.line(1, "not settled")
	}
	for _, o := range e.Verdict.Outcomes {
		w.outcome(o)
	}
	for _, g := range e.Gaps {
		w.line(1, "gap", string(g.Cause), string(g.Kind), g.Namespace, ref(g.Resource), g.Detail)
	}
	for _, p := range e.Verdict.Presumes {
		w.line(1, "presumes", p.Code, refOf(p.Resource))
	}
	for _, h := range e.Hops {
		w.hop(h)
	}
	if w.rows.has(rowNotes) {
		for _, n := range e.Notes {
			w.line(1, "note", n.Reason, refOf(n.Resource))
		}
	}
	if w.rows.has(rowNext) {
		for _, n := range e.Next {
			w.line(1, "next", n.Text, n.ReachText)
		}
	}
	return w.String()
}

func (w *want) outcome(o explain.Outcome) {
	words := []string{string(o.Result)}
	if o.Status != 0 {
		words = append(words, strconv.Itoa(o.Status))
	}
	if o.GRPCStatus != 0 {
		words = append(words, fmt.Sprintf("grpc-status %d", o.GRPCStatus))
	}
	for _, b := range o.Backends {
		if b.Name == "" {
			words = append(words, fmt.Sprintf("%s:%d", b.Host, b.Port))
			continue
		}
		words = append(words, b.Name+"."+b.Namespace)
	}
	if o.Reason != flow.Reached {
		words = append(words, string(o.Reason))
	}
	if o.Share != nil {
		words = append(words, fmt.Sprintf("share %g", *o.Share))
	}
	if o.Assumed {
		words = append(words, "assumed")
	}
	w.line(1, words...)
	if o.Condition != "" {
		w.line(2, "if", o.Condition)
	}
	for _, p := range o.AnsweredBy {
		w.line(2, "by", string(p.Role), p.Name+"."+p.Namespace)
	}
	if len(o.ResponseFlags) > 0 || o.ResponseCodeDetails != "" {
		w.line(2, "log", strings.Join(o.ResponseFlags, ","), o.ResponseCodeDetails)
	}
	if o.Location != "" {
		w.line(2, "location", o.Location)
	}
	if o.After != "" {
		w.line(2, "after", o.After)
	}
	if w.rows.has(rowBody) && o.Body != "" {
		w.line(2, "body", strconv.Quote(o.Body))
	}
	for _, r := range o.Responsible {
		w.line(2, string(r.Role), ref(r.Ref))
	}
	if w.rows.has(rowNearMisses) {
		for _, m := range o.NearMisses {
			w.line(2, "miss", ref(m.Resource), fmt.Sprintf("%d of %d:", m.Failing, m.Conditions), m.Text)
		}
	}
}

// hop writes the stages of a party that the archive looks at.
func (w *want) hop(h explain.Hop) {
	var stages []explain.Stage
	for _, s := range h.Stages {
		if w.rows.has(s.Stage) {
			stages = append(stages, s)
		}
	}
	if len(stages) == 0 && !w.rows.has(rowSees) {
		return
	}
	name := h.Proxy.Name
	if h.Proxy.Namespace != "" {
		name += "." + h.Proxy.Namespace
	}
	w.line(1, string(h.Role), name)
	if w.rows.has(rowSees) {
		s := h.Sees
		w.line(2, "sees", field("path", s.Path), field("authority", s.Authority), field("source", s.SourceIP), field("remote", s.RemoteIP),
			field("peer", s.Peer), field("requestPrincipal", s.RequestPrincipal), field("protocol", s.Protocol), field("tls", s.TLS))
	}
	for _, s := range stages {
		w.stage(s)
	}
}

func field(name, value string) string {
	if value == "" {
		return ""
	}
	return name + "=" + value
}

func (w *want) stage(s explain.Stage) {
	words := []string{s.Stage, string(s.Effect), refOf(s.Resource), s.Reason, s.Answers}
	if s.Also {
		words = append(words, "also")
	}
	if s.Assumed {
		words = append(words, "assumed")
	}
	w.line(2, words...)
	if w.rows.shows(s.Stage, showText) {
		w.line(3, s.Text)
	}
	if !w.rows.shows(s.Stage, showCandidates) && !w.rows.shows(s.Stage, showChecks) {
		return
	}
	for _, c := range s.Candidates {
		sign := "-"
		if c.Applies {
			sign = "+"
		}
		words := []string{sign, ref(c.Resource), c.Why}
		if c.By != nil {
			words = append(words, "by", ref(*c.By))
		}
		if c.Matches != "" {
			words = append(words, "matches", c.Matches)
		}
		w.line(3, words...)
		if !w.rows.shows(s.Stage, showChecks) {
			continue
		}
		for _, x := range c.Checks {
			w.line(4, x.Is, x.Field, fmt.Sprintf("%q", x.Want), "got", strconv.Quote(x.Got))
		}
	}
}

func refOf(r *mesh.Ref) string {
	if r == nil {
		return ""
	}
	return ref(*r)
}

// ref writes a reference: kind, namespace/name, field.
func ref(r mesh.Ref) string {
	if r.IsZero() {
		return ""
	}
	return strings.TrimSpace(string(r.Kind) + " " + r.ID() + " " + r.Field)
}
