package legacy

import (
	"maps"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// enabled reports whether roles had an effect on a Service (pilot/pkg/model/authorization.go, IsRBACEnabled). Without any configuration
// among the files that is not known; it is taken for granted then.
func (r *rbacConfig) enabled(host, namespace string) bool {
	if r == nil {
		return true
	}
	switch r.Mode {
	case "ON":
		return true
	case "ON_WITH_INCLUSION":
		return r.Inclusion.holds(host, namespace)
	case "ON_WITH_EXCLUSION":
		return !r.Exclusion.holds(host, namespace)
	}
	return false
}

// target is what the configuration names, in either of its modes that name something.
func (r *rbacConfig) target() *rbacTarget {
	if r.Mode == "ON_WITH_INCLUSION" {
		return r.Inclusion
	}
	return r.Exclusion
}

func (t *rbacTarget) holds(host, namespace string) bool {
	return slices.Contains(t.Namespaces, namespace) || slices.Contains(t.Services, host)
}

// everywhere reports whether roles had an effect on every Service of a namespace, known or not.
func (r *rbacConfig) everywhere(namespace string) bool {
	// Excluded Services get a policy that allows everything, so a role that reaches them too does no harm.
	return r.enabled("", namespace)
}

// touches reports whether roles had an effect on any Service of a namespace.
func (r *rbacConfig) touches(namespace string) bool {
	return r.everywhere(namespace) || r.Mode == "ON_WITH_INCLUSION" && slices.ContainsFunc(r.Inclusion.Services, func(host string) bool {
		return strings.HasSuffix(host, "."+namespace+".svc."+mesh.DomainSuffix)
	})
}

// off reports whether roles had no effect at all.
func (r *rbacConfig) off() bool { return r != nil && (r.Mode == "" || r.Mode == "OFF") }

// dryRun reports whether roles were only tried out.
func (r *rbacConfig) dryRun() bool { return r != nil && r.EnforcementMode == "PERMISSIVE" }

// denyByDefault makes the policies without rules that refuse what no role allows, and those that allow everything where the
// configuration was not in force. A policy without a selector in the root namespace reaches the whole mesh.
func (t *translation) denyByDefault() {
	c := t.old.config
	if c == nil {
		return
	}
	switch c.Mode {
	case "ON":
		t.emitDefault(place{namespace: t.RootNamespace}, "", denyName, false)
	case "ON_WITH_EXCLUSION":
		t.emitDefault(place{namespace: t.RootNamespace}, "", denyName, false)
		t.scopes("spec.exclusion", allowName, true)
	case "ON_WITH_INCLUSION":
		t.scopes("spec.inclusion", denyName, false)
	default:
		t.leaveOut(c.Ref, false, rbacOff)
	}
}

// The names of the policies that a configuration turns into; its own is always "default".
const (
	denyName  = "deny-by-default"
	allowName = "allow-all"
)

// scopes makes one policy for each namespace and each Service that the configuration names.
func (t *translation) scopes(path, name string, allow bool) {
	at, target := t.old.config.At(path), t.old.config.target()
	for _, ns := range sorted(target.Namespaces) {
		if ns != t.RootNamespace {
			t.emitDefault(place{namespace: ns}, "", name, allow)
			continue
		}
		// Without a selector it would be the whole mesh's.
		workloads := t.workloads(ns)
		for _, w := range workloads {
			t.emitDefault(place{ns, w.selector}, w.name(), name, allow)
		}
		t.leaveOut(at.At(path+".namespaces"), true, rootOnlyServices(ns, len(workloads)))
	}
	for _, host := range sorted(target.Services) {
		s := t.byHost(host)
		switch {
		case s == nil && !fullName(host):
			t.leaveOut(at.At(path+".services"), false, noFullName(host))
		case s == nil:
			t.leaveOut(at.At(path+".services"), true, hostUnknown(host))
		case slices.Contains(target.Namespaces, s.Namespace):
			// done with its namespace
		case !selects(s):
			t.leaveOut(at.At(path+".services"), true, serviceWithoutSelector(host))
		default:
			t.emitDefault(place{s.Namespace, s.Spec.Selector}, s.Name, name, allow)
		}
	}
}

func (c Context) byHost(name string) *corev1.Service {
	for _, s := range c.Services {
		if host(s) == name {
			return s
		}
	}
	return nil
}

// fullName reports whether a name can be a Service's full one.
func fullName(host string) bool {
	name, ok := strings.CutSuffix(host, ".svc."+mesh.DomainSuffix)
	return ok && strings.Count(name, ".") == 1
}

// emitDefault adds one of them; service is the one whose pods it is for, empty for a namespace or the mesh.
func (t *translation) emitDefault(at place, service, name string, allow bool) {
	r, spec := Resource{}, &security.AuthorizationPolicy{}
	r.from(t.old.config.Ref)
	if allow {
		note(&r.Notes, notInForce)
		spec.Rules = []*security.Rule{{}}
	} else {
		note(&r.Notes, deniesByDefault)
	}
	if service != "" {
		name += "-" + service
		t.noteReach(&r, at, func(s *corev1.Service) bool { return t.old.config.target().holds(host(s), s.Namespace) })
	}
	if t.old.config.dryRun() {
		note(&r.Notes, onlyTried)
	}
	t.emitPolicy(r, at, name, t.old.config.dryRun(), spec)
}

// noteReach tells what else a workload's selector reaches than the Services that are meant.
func (t *translation) noteReach(r *Resource, at place, meant func(*corev1.Service) bool) {
	if at.namespace == t.RootNamespace {
		note(&r.NotSame, rootSelectorReaches)
	}
	for _, w := range t.workloads(at.namespace) {
		if !maps.Equal(w.selector, at.selector) {
			continue
		}
		for _, s := range w.services {
			if !meant(s) {
				note(&r.NotSame, samePods(s.Name))
			}
		}
		if others := t.overlapping(w); len(others) > 0 {
			note(&r.NotSame, overlap(others))
		}
	}
}

// ignoredObjects leaves out what istiod 1.4 did not read.
func (t *translation) ignoredObjects() {
	for _, ref := range t.old.ignored {
		why := experiment
		if ref.Kind == "RbacConfig" {
			why = secondConfig
		}
		t.leaveOut(ref, false, why)
	}
}
