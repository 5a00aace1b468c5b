package legacy

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// unknownTargets leaves out the targets that no Service stands behind.
func (t *translation) unknownTargets() {
	for _, ns := range t.old.policyNamespaces() {
		for _, p := range t.old.targeted[ns] {
			for i, target := range p.Targets {
				at := p.At(index("spec.targets", i))
				switch s := t.service(ns, target.Name); {
				case s == nil:
					t.leaveOut(at, true, serviceUnknown(target.Name, ns))
				case !selects(s):
					t.leaveOut(at, true, serviceWithoutSelector(target.Name))
				default:
					t.unknownPorts(at, target, s)
					t.beaten(at, p, target, s)
				}
			}
		}
	}
}

func (t *translation) unknownPorts(at mesh.Ref, target targetSelector, s *corev1.Service) {
	for i, selector := range target.Ports {
		one := targetSelector{Ports: []portSelector{selector}}
		if !slices.ContainsFunc(s.Spec.Ports, one.fits) {
			t.leaveOut(at.At(index(at.Field+".ports", i)), false, noSuchPort(s.Name))
		}
	}
}

// beaten leaves out a target on whose ports another policy counted.
func (t *translation) beaten(at mesh.Ref, p *policy, target targetSelector, s *corev1.Service) {
	fits := false
	for _, port := range s.Spec.Ports {
		if t.old.winner(s, port) == p {
			return
		}
		fits = fits || target.fits(port)
	}
	if fits {
		t.leaveOut(at, false, olderPolicy)
	}
}

// nameFor keeps the old name if it comes from one object that meant one workload; otherwise the Service's name is put behind it.
func (t *translation) nameFor(from []mesh.Ref, w *workload) string {
	if len(from) == 1 && t.reached(from[0]) == 1 {
		return from[0].Name
	}
	return from[0].Name + "-" + w.name()
}

// reached counts the workloads that a policy targets.
func (t *translation) reached(ref mesh.Ref) int {
	n := 0
	for _, p := range t.old.targeted[ref.Namespace] {
		for _, w := range t.workloads(ref.Namespace) {
			if p.Ref == ref && slices.ContainsFunc(w.services, func(s *corev1.Service) bool { return p.names(s.Name) }) {
				n++
			}
		}
	}
	return n
}

func (p *policy) names(service string) bool {
	return slices.ContainsFunc(p.Targets, func(t targetSelector) bool { return t.Name == service })
}
