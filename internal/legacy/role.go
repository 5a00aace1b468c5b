package legacy

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// roles makes the AuthorizationPolicies that allow what roles allowed to the subjects bound to them. A role without a binding, or on
// Services where roles had no effect, becomes nothing; so does a binding without its role.
func (t *translation) roles() {
	bound := map[mesh.Ref]bool{}
	for _, role := range t.old.roles {
		var enforced, tried []*serviceRoleBinding
		for _, b := range t.old.bindings {
			switch {
			case b.RoleRef == nil || b.RoleRef.Name != role.Name || b.Namespace != role.Namespace:
				continue
			case b.Mode == "PERMISSIVE" || t.old.config.dryRun():
				tried = append(tried, b)
			default:
				enforced = append(enforced, b)
			}
			bound[b.Ref] = true
		}
		switch all := append(slices.Clone(enforced), tried...); {
		case len(all) == 0:
			t.leaveOut(role.Ref, false, roleWithoutBinding)
		case t.old.config.off():
			t.leaveOutAll(role, all, rbacOff)
		case !t.old.config.touches(role.Namespace):
			t.leaveOutAll(role, all, notInForceIn(role.Namespace))
		default:
			name := role.Name
			t.allow(role, enforced, name, false)
			if len(enforced) > 0 {
				name += "-dry-run"
			}
			t.allow(role, tried, name, true)
		}
	}
	for _, b := range t.old.bindings {
		switch {
		case b.RoleRef == nil:
			t.leaveOut(b.Ref, false, bindingWithoutRef)
		case !bound[b.Ref]:
			t.leaveOut(b.Ref, false, bindingWithoutRole(b.RoleRef.Name))
		}
	}
}

func (t *translation) leaveOutAll(role *serviceRole, bindings []*serviceRoleBinding, why string) {
	t.leaveOut(role.Ref, false, why)
	for _, b := range bindings {
		t.leaveOut(b.Ref, false, why)
	}
}

// allowance is one AuthorizationPolicy in the making.
type allowance struct {
	reached
	resource Resource
	rules    []*security.Rule
}

// allow makes the policies of one role, one for each place that its rules reach.
func (t *translation) allow(role *serviceRole, bindings []*serviceRoleBinding, name string, dryRun bool) {
	if len(bindings) == 0 {
		return
	}
	var made []*allowance
	for i, rule := range role.Rules {
		at := role.At(index("spec.rules", i))
		w := rule.what()
		if w.lost != "" {
			t.leaveOut(at, true, w.lost)
			continue
		}
		for _, to := range t.reaches(role, i, t.split(role.Namespace, bindings)) {
			a := &allowance{reached: to}
			if j := slices.IndexFunc(made, func(o *allowance) bool { return maps.Equal(o.selector, to.selector) }); j >= 0 {
				a = made[j]
			} else {
				made = append(made, a)
			}
			t.fill(a, rule, w, bindings)
		}
	}
	for _, a := range made {
		if len(a.rules) == 0 {
			continue
		}
		a.resource.from(role.Ref)
		for _, b := range bindings {
			a.resource.from(b.Ref)
		}
		if dryRun {
			note(&a.resource.Notes, onlyTried)
		}
		if t.old.config == nil {
			note(&a.resource.NotSame, configUnknown)
		}
		own := name
		if len(made) > 1 && a.workload != nil {
			own += "-" + a.workload.name()
		}
		t.emitPolicy(a.resource, a.place, own, dryRun, &security.AuthorizationPolicy{Rules: a.rules})
	}
}

// fill adds what one access rule allows to the subjects.
func (t *translation) fill(a *allowance, rule accessRule, w what, bindings []*serviceRoleBinding) {
	note(&a.resource.Notes, w.notes...)
	note(&a.resource.NotSame, w.notSame...)
	if a.workload != nil {
		t.noteReach(&a.resource, place{a.namespace, a.workload.selector}, rule.means)
	}
	ids := t.identities(a.namespace, a.workload)
	if len(ids) > 1 && caresForIdentity(bindings, ids) {
		note(&a.resource.NotSame, mixedBindings)
	}
	var plain []*security.Rule_From
	var rules []*security.Rule
	for _, b := range bindings {
		for i, s := range b.Subjects {
			who := s.who(ids[0], t.TrustDomain)
			if who.never {
				t.leaveOut(b.At(index("spec.subjects", i)), false, strings.Join(who.notes, " "))
				continue
			}
			note(&a.resource.Notes, who.notes...)
			note(&a.resource.NotSame, who.notSame...)
			from := []*security.Rule_From{{Source: who.source}}
			switch {
			case empty(who.source):
				rules = append(rules, w.rule(nil, who.when))
			case who.plain():
				// These stay together. One that means nothing on TCP would take the others out of the rule there.
				plain = append(plain, from...)
			default:
				rules = append(rules, w.rule(from, who.when))
			}
		}
	}
	if len(plain) > 0 {
		a.rules = append(a.rules, w.rule(plain, nil))
	}
	a.rules = append(a.rules, rules...)
}

func (w what) rule(from []*security.Rule_From, when []*security.Condition) *security.Rule {
	r := &security.Rule{From: from, When: append(slices.Clone(when), w.when...)}
	if w.operation != nil {
		r.To = []*security.Rule_To{{Operation: w.operation}}
	}
	return r
}

func empty(s *security.Source) bool { return proto.Size(s) == 0 }
