package enforced

import (
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/enforcement"
)

// Subject is what is asked about: pods, or a host that none stands behind.
type Subject struct {
	Name string // as it was asked for
	Pods []*corev1.Pod
	Host *mesh.Host // nil where there are pods
}

// Tell makes the document of pods, in their order, or of a host without any; version is that of the program.
func Tell(s *mesh.Snapshot, of Subject, version string) *Document {
	d := &Document{APIVersion: explain.APIVersion, Kind: KindEnforcement, Workload: of.Name, Items: []Workload{}, Tool: explain.Tool{Version: version}}
	var gaps []mesh.Gap
	read := func(t enforcement.Table) {
		for _, g := range t.Gaps {
			if !slices.Contains(gaps, g) {
				gaps = append(gaps, g)
			}
		}
	}
	if of.Host != nil {
		table := enforcement.OfHost(s, of.Host)
		read(table)
		d.Items = append(d.Items, host(of.Host, table))
	}
	for _, pod := range of.Pods {
		table := enforcement.Of(s, pod)
		read(table)
		w := workload(pod, table)
		i := slices.IndexFunc(d.Items, func(x Workload) bool { return reflect.DeepEqual(anonymous(x), anonymous(w)) })
		if i < 0 {
			d.Items = append(d.Items, w)
			continue
		}
		d.Items[i].Pods = append(d.Items[i].Pods, w.Pods...)
	}
	d.Settled, d.Gaps = len(gaps) == 0, explain.Gaps(gaps)
	return d
}

// anonymous is what is told of pods without their names.
func anonymous(w Workload) Workload {
	own := w.Pods[0]
	w.Pods, w.Capture.Resource = nil, mesh.Ref{Field: w.Capture.Resource.Field}
	w.Policies = slices.Clone(w.Policies)
	for i := range w.Policies {
		p := &w.Policies[i]
		if p.At != nil && p.At.Object() == own {
			p.At = &mesh.Ref{Field: p.At.Field}
		}
		p.Places = slices.Clone(p.Places)
		for j := range p.Places {
			if p.Places[j].Proxy == own {
				p.Places[j].Proxy = mesh.Ref{}
			}
		}
	}
	return w
}

func workload(pod *corev1.Pod, t enforcement.Table) Workload {
	w := Workload{Pods: []mesh.Ref{t.Pod}, Policies: []Policy{}}
	switch {
	case t.Capture.State == capture.Captured:
		w.Proxy = enforcement.Ztunnel
	case mesh.RoleOf(pod) == mesh.SidecarProxy:
		w.Proxy = enforcement.Sidecar
	case mesh.RoleOf(pod) == mesh.GatewayProxy:
		w.Proxy = enforcement.Gateway
	}
	w.Capture = Capture{State: t.Capture.State.String(), Reason: t.Capture.Why, Text: catalogue.Text(string(t.Capture.Why)), Resource: t.Capture.At}
	w.fill(t)
	return w
}

// NoPods is what stands in the place of a reason where a host has no pods: only its waypoint can enforce a policy.
const NoPods precedence.LossReason = "NoPods"

func host(h *mesh.Host, t enforcement.Table) Workload {
	w := Workload{Pods: []mesh.Ref{}, Host: &h.Ref, Policies: []Policy{}}
	w.Capture = Capture{State: t.Capture.State.String(), Reason: NoPods, Text: catalogue.Text(string(NoPods)), Resource: h.Ref}
	w.fill(t)
	return w
}

func (w *Workload) fill(t enforcement.Table) {
	for _, x := range t.Services {
		w.Services = append(w.Services, service(x))
	}
	for _, p := range t.Policies {
		w.Policies = append(w.Policies, policy(p))
	}
}

func service(x enforcement.Service) Service {
	b := x.Binding
	out := Service{Resource: x.Host.Ref, Label: given(b.Label), Ingress: x.Ingress.Use, Reason: b.Why}
	if b.Waypoint != nil {
		out.Waypoint, out.Reason = given(b.Waypoint.Ref), x.Reach
	}
	if c := b.Canary; c != nil && c.Waypoint != nil && c.Percent > 0 {
		out.Canary, out.Percent = given(c.Waypoint.Ref), c.Percent
	}
	if out.Waypoint != nil && x.Undialled != "" {
		out.Reason = x.Undialled
	}
	out.Text = catalogue.Text(string(out.Reason))
	return out
}

// beaten are the reasons of objects that another one is set above.
var beaten = []precedence.LossReason{precedence.NarrowerWins, precedence.OlderWins}

// given is a reference that may be none.
func given(r mesh.Ref) *mesh.Ref {
	if r.IsZero() {
		return nil
	}
	return &r
}

func policy(p enforcement.Policy) Policy {
	out := Policy{Resource: p.Ref, Action: p.Action, MadeBy: given(p.MadeBy), Enforced: Otherwise}
	switch {
	case p.Nobody():
		out.Enforced = Nobody
		if slices.Contains(beaten, p.Why) {
			out.Enforced = Overridden
		}
		out.Reason, out.Text, out.At = p.Why, catalogue.Text(string(p.Why)), given(p.At)
	case p.AsWritten():
		out.Enforced = AsWritten
	}
	for _, x := range p.Places {
		place := Place{By: x.Point, Proxy: x.At, For: given(x.For), Ways: x.Ways, Behind: x.Behind, Asks: x.Asks, Idle: x.Idle}
		for _, r := range x.Rules {
			place.Rules = append(place.Rules, rule(r))
		}
		out.Places = append(out.Places, place)
	}
	return out
}

func rule(r enforcement.Rule) Rule {
	out := Rule{Resource: r.Ref, Fate: r.Fate, Ports: r.Ports, Reason: r.Why, Text: catalogue.Text(fates[r.Fate], clause(r.Why))}
	for _, l := range r.Lost {
		out.Lost = append(out.Lost, l.Field)
	}
	return out
}

// fates are the codes of the sentences about what a rule has become.
var fates = map[string]string{"wider": "RuleWider", "narrower": "RuleNarrower", "changed": "RuleChanged", "inert": "RuleInert", "dropped": "RuleDropped"}

// clause is a reason in a few words.
func clause(why precedence.LossReason) string {
	if e, ok := catalogue.Lookup(string(why)); ok && e.Since != "" {
		return e.Since
	}
	return catalogue.Text(string(why))
}

// Count tells how many policies fare how in all items.
func (d *Document) Count() map[Verdict]int {
	out := map[Verdict]int{}
	for _, w := range d.Items {
		for _, p := range w.Policies {
			out[p.Enforced]++
		}
	}
	return out
}
