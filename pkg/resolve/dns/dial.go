package dns

import (
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Dial finds the address that the client's program dials: its resolver completes a name with the pod's search list (own namespace,
// svc.cluster.local, cluster.local); a headless Service answers with the addresses of its ready pods.
func Dial(s *mesh.Snapshot, f flow.Flow) flow.Result {
	name, port := f.Request.Host, f.Request.Port
	if v := f.Request.Via; v != nil {
		name = v.Name
		if v.Port != 0 {
			port = v.Port
		}
	}
	targets, found, gaps := Lookup(s, f.Namespace(), f.Request.Outside() && f.Request.Via == nil, name, port)
	if !found {
		return noSuchName(s, f, name, gaps)
	}
	if t := &targets[0]; f.Request.Outside() && t.Host != nil && !t.Outer {
		outer(t)
	}
	r := flow.Pass(f)
	r.Presumes = flow.PresumesPod(f.Pod)
	r.Note, r.Args = flow.NoteResolved, []string{name, resolvedTo(targets)}
	if !targets[0].IP.IsValid() && targets[0].Host == nil {
		r.Note = flow.NoteResolvedOutside
	}
	var flows []flow.Flow
	for _, t := range targets {
		next := f
		next.Dial = t
		next.Dial.Self = t.IP.IsLoopback() || f.Pod != nil && slices.Contains(mesh.Addresses(f.Pod), t.IP)
		flows = append(flows, next)
	}
	if h := targets[0].Host; h != nil {
		r.Resource = h.Ref
		r.Candidates = []flow.Candidate{{Ref: h.Ref, Applies: true}}
	}
	r.Next = flow.Split(flows)
	if targets[0].Host == nil {
		r.Unread(gaps...) // it may be a Service's address, and then a proxy treats it as one
	} else {
		r.Gaps = gaps
	}
	return r
}

// noSuchName ends the way of a client that asks for a name which nobody has, or which leads back to itself.
func noSuchName(s *mesh.Snapshot, f flow.Flow, name string, gaps []mesh.Gap) flow.Result {
	o := flow.Outcome{Kind: flow.ExitNoName, CurlExit: 6, Reason: flow.NameNotFound}
	args := []string{name}
	if near := Misspelt(s, name); near != "" {
		args = append(args, near)
	}
	circle := Circle(s, f.Namespace(), name)
	if circle != nil {
		o.Reason, o.By = flow.NameInCircles, flow.By(flow.Cause, circle...)
		args = append(args, Way(circle))
	}
	r := flow.End(o)
	r.Args = args
	if circle != nil {
		r.Resource = circle[0]
	}
	if len(gaps) > 0 {
		r.Doubt(gaps...)
		r.OrElse(flow.AnyOutcome()...)
	}
	return r
}

// outer: a Service's own address is none that a client outside can dial. Who names the Service means an address that it has outside, and may mean
// the port that it has on the nodes.
func outer(d *flow.Dial) {
	d.Outer = d.Host.Outside()
	if _, has := d.Host.Port(d.Port); has || !d.Outer {
		return
	}
	for _, p := range d.Host.Service.Spec.Ports {
		if int(p.NodePort) == d.Port && d.Port != 0 {
			d.ServicePort = int(p.Port)
		}
	}
}

func resolvedTo(targets []flow.Dial) string {
	var out []string
	if t := targets[0]; t.Host != nil && !t.IP.IsValid() {
		return t.Host.Name
	}
	for _, t := range targets[:min(len(targets), 3)] {
		if t.IP.IsValid() {
			out = append(out, t.IP.String())
		}
	}
	if len(targets) > 3 {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}
