package legacy

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// reached is a place where an access rule counts, and the workload there; nil for all pods of the namespace, or those of some labels.
type reached struct {
	place
	workload *workload
}

// reaches finds where a rule of a role counts: on the Services of the role's namespace that the rule means and on which roles had an
// effect (pilot/pkg/security/authz/model/permission.go, Match). Services were compared by their full name.
func (t *translation) reaches(role *serviceRole, i int, split bool) []reached {
	rule, at, ns := role.Rules[i], role.At(index("spec.rules", i)), role.Namespace
	labels, ok := t.labels(rule, at)
	if !ok {
		return nil
	}
	var out []reached
	clash := false
	if t.wide(rule, ns) && t.old.config.everywhere(ns) && ns != t.RootNamespace && !split {
		for _, l := range labels {
			out = append(out, reached{place: place{ns, l}})
		}
		return out
	}
	for _, w := range t.workloads(ns) {
		if !slices.ContainsFunc(w.services, func(s *corev1.Service) bool {
			return rule.means(s) && t.old.config.enabled(host(s), ns)
		}) {
			continue
		}
		for _, l := range labels {
			selector, ok := merge(w.selector, l)
			if clash = clash || !ok; ok {
				out = append(out, reached{place{ns, selector}, w})
			}
		}
	}
	for _, s := range t.Services {
		if s.Namespace == ns && rule.means(s) && !selects(s) {
			t.leaveOut(at.At(at.Field+".services"), true, serviceWithoutSelector(s.Name))
		}
	}
	if clash && len(out) == 0 {
		t.leaveOut(at, false, noSuchLabels)
	}
	t.missed(rule, at, ns, len(out))
	return out
}

// missed tells of the Services that a rule means, or would mean if they came to be, and that no resource reaches.
func (t *translation) missed(rule accessRule, at mesh.Ref, ns string, found int) {
	services := at.At(at.Field + ".services")
	suffix := "." + ns + ".svc." + mesh.DomainSuffix
	patterns := rule.Services
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	for _, p := range patterns {
		switch {
		case !t.old.config.everywhere(ns):
			// The Services on which roles had an effect are named by the configuration, and those that are missing are told there.
		case strings.Contains(p, "*"):
			t.leaveOut(services, true, onlyServicesKnown(p, found))
		case t.byHost(p) != nil && strings.HasSuffix(p, suffix):
		case strings.HasSuffix(p, suffix):
			t.leaveOut(services, true, hostUnknown(p))
		default:
			t.leaveOut(services, false, noHostThere(p, ns))
		}
	}
}

// wide reports whether a rule means all Services of a namespace, those that are not known too.
func (t *translation) wide(r accessRule, ns string) bool {
	for _, c := range r.Constraints {
		if c.Key == "destination.name" && !slices.Contains(c.Values, "*") {
			return false
		}
	}
	return len(r.Services) == 0 || slices.ContainsFunc(r.Services, func(p string) bool {
		suffix, ok := strings.CutPrefix(p, "*")
		return ok && strings.HasSuffix("."+ns+".svc."+mesh.DomainSuffix, suffix)
	})
}

// means reports whether the rule is for a Service.
func (r accessRule) means(s *corev1.Service) bool {
	for _, c := range r.Constraints {
		if c.Key == "destination.name" && !matches(s.Name, c.Values) {
			return false
		}
	}
	return len(r.Services) == 0 || matches(host(s), r.Services)
}

// matches compares as 1.4 compared what the proxy never saw (pilot/pkg/security/authz/model/util.go, stringMatch).
func matches(s string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, isPrefix := strings.CutSuffix(p, "*")
		suffix, isSuffix := strings.CutPrefix(p, "*")
		return s == p || isPrefix && strings.HasPrefix(s, prefix) || isSuffix && strings.HasSuffix(s, suffix)
	})
}

// labels lists the pod labels that a rule asks for, one set for each choice; ok is false where the rule means nothing, or something
// that a selector cannot say.
func (t *translation) labels(r accessRule, at mesh.Ref) (sets []map[string]string, ok bool) {
	sets = []map[string]string{nil}
	for i, c := range r.Constraints {
		field := at.At(index(at.Field+".constraints", i))
		name := bracketed(c.Key, "destination.labels")
		switch {
		case c.Key == "destination.namespace" && !matches(at.Namespace, c.Values):
			t.leaveOut(field, false, otherNamespace(at.Namespace))
			return nil, false
		case c.Key == "destination.user":
			t.leaveOut(field, true, destinationUser)
			return nil, false
		case name == "":
			continue
		}
		var next []map[string]string
		for _, v := range c.Values {
			if strings.HasPrefix(v, "*") || strings.HasSuffix(v, "*") {
				t.leaveOut(field, true, labelPattern(name, v))
				continue
			}
			for _, set := range sets {
				if merged, ok := merge(set, map[string]string{name: v}); ok {
					next = append(next, merged)
				}
			}
		}
		if sets = next; len(sets) == 0 || len(sets) > 100 {
			return nil, false
		}
	}
	return sets, true
}

// merge joins two selectors; ok is false if no pod can have the labels of both.
func merge(a, b map[string]string) (map[string]string, bool) {
	out := maps.Clone(a)
	for k, v := range b {
		if had, ok := out[k]; ok && had != v {
			return nil, false
		}
		if out == nil {
			out = map[string]string{}
		}
		out[k] = v
	}
	return out, true
}
