package extension

import (
	"slices"
	"time"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// refused is the stage of a proxy that does not take its listener, since a patch is wrong: it keeps the listener that it had, and nothing
// that came later and belongs to it is in force. What it had can be told where all of it is older than the patch, and the patch older than
// the proxy is not: a proxy that started later has no listener at all.
func refused(s *mesh.Snapshot, f flow.Flow, why *envoyfilter.Refusal, again Run) flow.Result {
	at := why.By.Ref
	o, others := flow.Open(flow.Frozen)
	o.By = flow.By(flow.Cause, at)
	for i := range others {
		others[i].By = o.By
	}
	before := f.Extended.Refused
	known := before < mostRefused && (before == 0 || !f.AsOf.IsZero()) && kept(s, f, why.By)
	if known {
		f.AsOf = why.By.Created
		f.Extended = extendedAsOf(s, f, f.AsOf)
		f.Extended.Refused = before + 1
	} else {
		f.Extended = extendedWithout(f.Extended, why.By)
	}
	r := again(s, f)
	if r.Effect() == "" || r.Effect() == flow.Silent {
		next := f
		if len(r.Next) == 1 {
			next = r.Next[0].Flow
		}
		response, notes := r.Response, r.Notes
		r = flow.Pass(next)
		r.Response, r.Notes = response, notes
	}
	r.Candidates = append(r.Candidates, flow.Candidate{Ref: at, Applies: false, Why: proxyRefuses})
	r.Notes = append(r.Notes, flow.Finding{Code: flow.NoteExtensionRefused, Resource: at, Args: problem(why.Why)})
	if known {
		r.Note, r.Resource = flow.NoteExtensionRefused, at
		r.Args = problem(why.Why)
		r.Presumes = append(r.Presumes, flow.Presumption{Code: flow.PresumesNothingDeleted, Resource: at.Object(), Args: []string{at.Object().String()}})
		return r
	}
	r.MayAlsoReject(o, others...)
	r.Doubt(mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.Rejected, Resource: at})
	r.Passing, r.Reason, r.Resource = flow.Passes, flow.Frozen, at
	if len(r.Next) == 0 {
		r.Next = []flow.Branch{{Flow: f, Share: 1}}
	}
	return r
}

// there reports whether a host was there before a time.
func there(s *mesh.Snapshot, ref mesh.Ref, at time.Time) bool {
	all, _ := s.Hosts()
	i := slices.IndexFunc(all, func(h *mesh.Host) bool { return h.Ref.Object() == ref.Object() })
	return i < 0 || all[i].Created.Before(at)
}

// problem is what is wrong with a patch, as an argument.
func problem(p envoyfilter.Problem) []string { return []string{flow.CodeMark + string(p)} }

// kept reports whether it can be told from ages what the proxy had when it refused a patch: it ran by then, and the EnvoyFilter has not been
// changed since.
func kept(s *mesh.Snapshot, f flow.Flow, p *envoyfilter.Patch) bool {
	if p.Created.IsZero() || f.Pod == nil || f.Pod.CreationTimestamp.IsZero() || !startedAt(f.Pod).Before(p.Created) {
		return false
	}
	if x, ok, _ := s.EnvoyFilters.Get(p.Ref.Namespace, p.Ref.Name); !ok || x.Generation > 1 {
		return false
	}
	return s.Unchanged(p.Created) && sameChain(s, f, p.Created)
}

// sameChain reports whether the listener's chain for the request, which is chosen by what the proxy would have, is the one that it had at a
// time: what chains are written of is older.
func sameChain(s *mesh.Snapshot, f flow.Flow, at time.Time) bool {
	switch contextOf(f) {
	case envoyfilter.Inbound:
		now := precedence.PeerAuthentication(s, f.Pod.Namespace, f.Pod.Labels, f.Wire.Port)
		then := precedence.PeerAuthentication(s.Before(at), f.Pod.Namespace, f.Pod.Labels, f.Wire.Port)
		if now.Mode != then.Mode {
			return false
		}
		return !slices.ContainsFunc(s.Targets(f.Pod), func(t mesh.Target) bool { return t.Number == f.Wire.Port && !t.Host.Created.Before(at) })
	case envoyfilter.Outbound:
		return f.Listener == nil || len(f.Listener.Hosts) == 0 || there(s, f.Listener.Hosts[0], at)
	}
	return s.GatewaysUnchanged(at)
}

// mostRefused bounds how many EnvoyFilters of one listener are left out one by one; so many refusals one before the other are looked into.
const mostRefused = 8

// extendedWithout is the proxy as it would be extended without the EnvoyFilter of a patch, and without those that were left out before.
// Where one after the other is refused, what is left of them makes no difference any more: whatever the proxy had, it cannot be told.
func extendedWithout(x *flow.Extended, p *envoyfilter.Patch) *flow.Extended {
	out := &flow.Extended{Plugins: x.Plugins, Refused: x.Refused + 1}
	if out.Refused <= mostRefused {
		out.Patches = x.Patches.Without(object(p))
	}
	return out
}
