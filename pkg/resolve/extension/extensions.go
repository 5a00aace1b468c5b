package extension

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Extensions finds the EnvoyFilters, WasmPlugins and TrafficExtensions that are attached to the proxy. What each of them does to the request
// is told where it does it, by the stages behind. What the mesh config and the flags of istiod ask for that is not modelled stands here too.
func Extensions(s *mesh.Snapshot, f flow.Flow) flow.Result {
	if f.NotIntercepted {
		return flow.Result{}
	}
	a := attachedTo(s, f, f.AsOf)
	other := append(upstream.UnmodelledMesh(s), unmodelledFlags(s, f)...)
	if a.empty() && len(a.patches.Lost) == 0 && len(a.gaps) == 0 && len(other) == 0 {
		return flow.Result{}
	}
	if !a.empty() {
		f.Extended = &flow.Extended{Patches: a.patches, Plugins: a.plugins}
	}
	r := told(f, *a)
	for _, l := range a.patches.Lost {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: l.Ref, Why: lossReason(l.Why)})
		if code := lostNote(l.Why); code != "" {
			r.Notes = append(r.Notes, flow.Finding{Code: code, Resource: l.Ref})
		}
	}
	if !a.empty() {
		missed(&r, append(otherContexts(s, f), serverMisses(s, f)...))
	}
	if len(other) > 0 {
		free(&r, f, []flow.Outcome{{Kind: flow.Reaches, Reason: flow.Unmodelled}}, other...)
	}
	r.Unread(a.gaps...)
	return r
}

// told is the row of what is attached.
func told(f flow.Flow, a attached) flow.Result {
	r := flow.NothingApplies(f)
	var names []string
	for _, c := range a.considered {
		if c.Applies {
			r.Candidates = append(r.Candidates, flow.Candidate{Ref: c.Ref, Applies: true})
			names = append(names, c.Ref.Object().String())
		}
	}
	if len(names) > 0 {
		r.Note, r.Args = flow.NoteExtensionsAttached, []string{several(names)}
	}
	return r
}

// several are names as a list that is not too long for a row.
func several(names []string) string {
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
	}
	return strings.Join(names, ", ")
}

// extendedAsOf is the proxy as it was extended before a time.
func extendedAsOf(s *mesh.Snapshot, f flow.Flow, at time.Time) *flow.Extended {
	a := attachedTo(s, f, at)
	return &flow.Extended{Patches: a.patches, Plugins: a.plugins}
}

// free makes the result one of which anything can come, with answers that are likelier than others.
func free(r *flow.Result, f flow.Flow, likely []flow.Outcome, by ...mesh.Ref) {
	r.Passing = flow.Passes
	if r.Rejects() == evidence.False {
		o := flow.Outcome{Kind: flow.Answered, Reason: flow.Unmodelled, By: flow.By(flow.Cause, by...)}
		if f.Request.Raw() || !f.L7 && f.Chain == nil && (f.At.Role == flow.ServerSidecar || f.At.Role == flow.Waypoint) {
			o = f.Cut(flow.Outcome{Failure: flow.Terminated, Reason: flow.Unmodelled, By: flow.By(flow.Cause, by...)})
		}
		r.MayReject(o)
		r.Resource = by[0] // #nosec G602 -- every caller names a resource
	}
	for _, o := range likely {
		o.By = flow.By(flow.Cause, by...)
		r.OrElse(o)
	}
	unknown(r, by...)
}

// unknown adds the gaps and candidates of what cannot be worked out.
func unknown(r *flow.Result, by ...mesh.Ref) {
	for _, ref := range by {
		r.Candidates = append(r.Candidates, flow.Candidate{Ref: ref, Applies: true, Matches: evidence.Unknown})
		if g := (mesh.Gap{Kind: ref.Kind, Namespace: ref.Namespace, Cause: mesh.Unsupported, Resource: ref}); !slices.Contains(r.Gaps, g) {
			r.Gaps = append(r.Gaps, g)
		}
	}
}

// may adds an answer that is given on a condition which the resources do not show.
func may(r *flow.Result, o flow.Outcome, by mesh.Ref) {
	r.Passing = flow.Passes
	if o.Reason == flow.ExtensionAnswers {
		o.Reason = flow.ExtensionMayAnswer
	}
	if r.Rejects() == evidence.False {
		r.MayReject(o)
		r.Resource, r.Args = by, o.Args
	} else {
		r.OrElse(o)
	}
	for _, g := range r.Gaps {
		if g.Resource == by {
			return
		}
	}
	unknown(r, by)
}
