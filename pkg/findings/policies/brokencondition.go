package policies

import (
	"strconv"
	"strings"

	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/envoy/rbac"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// brokenCondition: a rule with a key that istiod does not know is dropped, whatever the action: an ALLOW rule allows nothing, a DENY rule
// denies nothing. A value that cannot be used loses an ALLOW rule too, and widens any other (pilot/pkg/security/authz/model/model.go).
// The admission webhook refuses both, where it is asked. A field that came with a later release is dropped without a word.
func brokenCondition(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		for _, p := range h.Policies() {
			action := p.Spec.GetAction().String()
			out = append(out, badKeys(p, action, h.View.Version.Istiod)...)
			for _, f := range walk.Fields(p) {
				if a := f.Attribute(); a != nil && !strings.Contains(f.Path, ".when[") && !h.View.Version.Istiod.Has(a.Since) {
					out = append(out, walk.Found(FieldNotYetKnown, walk.PolicyRef(p).At(f.Path), a.Field, h.View.Version.Istiod.String(), action))
				}
				for i, v := range f.Values {
					if a := f.Attribute(); a != nil && !a.Usable(v) {
						out = append(out, walk.Found(ValueUnusable, walk.PolicyRef(p).At(f.Path+"["+strconv.Itoa(i)+"]"), v, action))
					}
				}
			}
		}
	}
	return out
}

func badKeys(p *securityapi.AuthorizationPolicy, action string, release release.Release) []flow.Finding {
	var out []flow.Finding
	for i, r := range p.Spec.GetRules() {
		for j, c := range r.GetWhen() {
			key := c.GetKey()
			at := walk.PolicyRef(p).At("spec.rules[" + strconv.Itoa(i) + "].when[" + strconv.Itoa(j) + "].key")
			switch _, _, ok := rbac.ByKey(key); {
			case !rbac.Known(key, release):
				out = append(out, walk.Found(ConditionKeyUnknown, at, key, action))
			case !ok:
				out = append(out, walk.Found(ValueUnusable, at, key, action))
			}
		}
	}
	return out
}
