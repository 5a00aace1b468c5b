package logged

import (
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
	"github.com/mesh-why/mesh-why/pkg/explain/symptom"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// because tells what explains the line beside what the resources say, the most likely first. What says "stale" comes last, and only where
// nothing else was found.
func (c *caseOf) because(a meaning.Agreement) []explain.Note {
	var out []explain.Note
	switch {
	case a == meaning.Agrees:
		return c.agreed()
	case a == meaning.NotSettled && c.e.Verdict.Settled:
		return []explain.Note{note("LoggedMoment", mesh.Ref{}, "flag "+strings.Join(c.line.Flags, ","))}
	}
	for _, p := range slices.Compact([]*corev1.Pod{c.x.Proxy, c.x.Source}) { // a client's own line names it twice
		if p != nil && c.after(p.CreationTimestamp.Time) {
			out = append(out, note("LoggedPodYounger", mesh.PodRef(p), stamp(p.CreationTimestamp.Time)))
		}
	}
	out = append(out, c.logged()...)
	if a == meaning.Differs && len(out) == 0 {
		out = append(out, c.predicted()...)
	}
	if a == meaning.Differs && len(out) == 0 {
		out = append(out, note("LoggedStale", mesh.Ref{}))
	}
	return out
}

// agreed tells what may be surprising in a line that agrees: who gave the status that the proxy handed on.
func (c *caseOf) agreed() []explain.Note {
	if c.line.Connection != nil && c.line.Connection.Error == "" && !c.e.Reaches() {
		if w := c.waypoint(); w != nil {
			return []explain.Note{note("LoggedNextHop", mesh.Ref{}, w.Proxy.Namespace+"/"+w.Proxy.Name)}
		}
	}
	if c.line.Code < 400 || c.line.Local() || c.line.Details == "" {
		return nil
	}
	for _, o := range c.e.Verdict.Outcomes {
		if !c.fits(o) {
			continue
		}
		if o.Result == explain.KindReaches {
			return []explain.Note{note("LoggedApplication", mesh.Ref{}, strconv.Itoa(c.line.Code))}
		}
		if len(o.AnsweredBy) > 0 {
			return []explain.Note{note("LoggedNextHop", mesh.Ref{}, o.AnsweredBy[0].Namespace+"/"+o.AnsweredBy[0].Name)}
		}
	}
	return nil
}

// after reports whether a time lies after the last of the lines.
func (c *caseOf) after(t time.Time) bool {
	return !c.seen.Last.IsZero() && t.After(c.seen.Last)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// logged follows what the line itself names.
func (c *caseOf) logged() []explain.Note {
	details := first(c.line.Termination, c.line.Details)
	if c.line.Connection != nil {
		return c.rejectedBy(c.line.Connection.Error)
	}
	if r, ok := symptom.DeniedBy(details); ok {
		return c.policy(r)
	}
	name, _, _ := strings.Cut(details, "{")
	switch {
	case details == "rbac_access_denied_matched_policy[none]":
		return c.noAllow()
	case name == "jwt_authn_access_denied":
		return c.token()
	case extensions[name] || strings.HasPrefix(name, "ext_proc_error"):
		return c.extension(name)
	case c.line.Details == "via_upstream" && !c.onTheWay():
		return c.elsewhere()
	}
	return nil
}

// predicted follows what the resources say and the line does not.
func (c *caseOf) predicted() []explain.Note {
	if notes := c.cut(); notes != nil {
		return notes
	}
	if !c.onTheWay() {
		if notes := c.elsewhere(); notes != nil {
			return notes
		}
	}
	for _, o := range c.e.Verdict.Outcomes {
		if o.Result == explain.KindReaches {
			continue
		}
		for _, r := range o.Responsible {
			if notes := c.younger(r.Object()); notes != nil {
				return notes
			}
		}
		if notes := c.unseenIn(o.NearMisses); notes != nil {
			return notes
		}
		if c.line.Details == "via_upstream" || !c.line.Failed() {
			if len(o.Responsible) > 0 {
				return []explain.Note{note("LoggedReachedBefore", o.Responsible[0].Object())}
			}
			return []explain.Note{note("LoggedReachedDespite", mesh.Ref{})}
		}
	}
	return nil
}

// cut finds the NetworkPolicies that may have kept a connection from coming about: no proxy sees them, and no prediction has them.
func (c *caseOf) cut() []explain.Note {
	timedOut := c.line.Connection != nil && strings.Contains(c.line.Connection.Error, "timed out")
	if !timedOut && !slices.Contains(c.line.Flags, "UF") {
		return nil
	}
	return slices.DeleteFunc(c.full().Notes, func(n explain.Note) bool { return n.Reason != "NetworkPolicyMayCut" })
}

// unseenIn finds, of the comparisons that almost held, one with something that the line does not show.
func (c *caseOf) unseenIn(misses []explain.Miss) []explain.Note {
	for _, m := range misses {
		for _, k := range m.Checks {
			if what, flag := c.unseen(m.Resource, k.Field); what != "" {
				return []explain.Note{note("LoggedUnseen", m.Resource.Object(), what, flag)}
			}
		}
	}
	return nil
}

// elsewhere: the resources send the request to others.
func (c *caseOf) elsewhere() []explain.Note {
	var to []string
	for _, o := range c.e.Verdict.Outcomes {
		for _, b := range o.Backends {
			to = append(to, first(b.Host, b.Namespace+"/"+b.Name))
		}
	}
	const few = 3
	if len(to) > few {
		to = append(to[:few:few], "...")
	}
	if len(to) == 0 {
		return nil // somebody refuses it before it comes to a pod
	}
	return []explain.Note{note("LoggedOtherPod", mesh.Ref{}, strings.Join(to, ", "))}
}

// younger tells of an object that was created or changed after the last of the lines.
func (c *caseOf) younger(r mesh.Ref) []explain.Note {
	switch created, changed := c.s.Times(r); {
	case c.after(created):
		return []explain.Note{note("LoggedResourceYounger", r, stamp(created))}
	case c.after(changed):
		return []explain.Note{note("LoggedResourceChanged", r, stamp(changed))}
	}
	return nil
}

func (c *caseOf) pod() string {
	if c.x.Proxy == nil {
		return "of the proxy"
	}
	return c.x.Proxy.Namespace + "/" + c.x.Proxy.Name
}
