package policies

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	securityapi "istio.io/client-go/pkg/apis/security/v1"

	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// brokenCondition: a rule with a key that istiod does not know is dropped, whatever the action: an ALLOW rule allows nothing, a DENY rule
// denies nothing. A value that cannot be used loses an ALLOW rule too, and widens any other (pilot/pkg/security/authz/model/model.go).
// The admission webhook refuses both, where it is asked.
func brokenCondition(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range walk.ByPod(w.Guards()) {
		for _, p := range h.Policies() {
			action := p.Spec.GetAction().String()
			out = append(out, badKeys(p, action, h.View.Version.Istiod)...)
			for _, f := range walk.Fields(p) {
				for i, v := range f.Values {
					if !usable(f.Name, v) {
						out = append(out, walk.Found(ValueUnusable, walk.PolicyRef(p).At(f.Path+"["+strconv.Itoa(i)+"]"), v, action))
					}
				}
			}
		}
	}
	return out
}

// keys are those of conditions; the last ones carry a name in brackets.
var (
	keys = []string{"source.ip", "remote.ip", "source.namespace", "source.serviceAccount", "source.principal", "request.auth.principal",
		"request.auth.audiences", "request.auth.presenter", "destination.ip", "destination.port", "connection.sni"}
	keysWithNames = []string{"request.headers", "request.auth.claims", "experimental.envoy.filters."}
)

func badKeys(p *securityapi.AuthorizationPolicy, action string, release mesh.Release) []flow.Finding {
	var out []flow.Finding
	for i, r := range p.Spec.GetRules() {
		for j, c := range r.GetWhen() {
			key := c.GetKey()
			at := walk.PolicyRef(p).At("spec.rules[" + strconv.Itoa(i) + "].when[" + strconv.Itoa(j) + "].key")
			named := slices.ContainsFunc(keysWithNames, func(k string) bool { return strings.HasPrefix(key, k) })
			switch {
			case slices.Contains(keys, key), key == "source.trustDomain" && !release.Before(mesh.Release{Major: 1, Minor: 31}):
			case named && strings.Contains(key, "[") && strings.HasSuffix(key, "]"):
			case named:
				out = append(out, walk.Found(ValueUnusable, at, key, action))
			default:
				out = append(out, walk.Found(ConditionKeyUnknown, at, key, action))
			}
		}
	}
	return out
}

// usable reports whether a port is a number and an address an address.
func usable(name, v string) bool {
	switch name {
	case "ports":
		n, err := strconv.ParseUint(v, 10, 32)
		return err == nil && n <= 65535
	case "ipBlocks", "remoteIpBlocks", "destination.ip":
		_, isRange := netip.ParsePrefix(v)
		_, isAddress := netip.ParseAddr(v)
		return isRange == nil || isAddress == nil
	}
	return true
}
