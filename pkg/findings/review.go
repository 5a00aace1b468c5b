package findings

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Of reviews the objects that a walk met, or should have met, and returns findings, the most telling first. The same input gives the
// same findings in the same order, each once.
func Of(s *mesh.Snapshot, q *flow.Request, root *flow.Node) []flow.Finding {
	if s == nil || q == nil || root == nil {
		return nil
	}
	w := newWalk(s, q, root)
	var out []flow.Finding
	for _, r := range rules {
		for _, f := range r(w) {
			if !slices.ContainsFunc(out, func(o flow.Finding) bool { return same(o, f) }) {
				out = append(out, f)
			}
		}
	}
	return out
}

// same tells two findings of one kind about one field: what several pods have in common is told of the first of them.
func same(a, b flow.Finding) bool { return a.Code == b.Code && a.Resource == b.Resource }

// rule looks for one kind of finding.
type rule func(*walk) []flow.Finding

// rules are all rules, in the order in which their findings are shown: what keeps routes and rules from this request, what the bytes
// run into, what policies do not say, and what else could matter. A new rule is a line here.
var rules = []rule{
	hiddenDestination, shortDestination, shortVirtualService, hiddenVirtualService, hostTaken, unreachableRoute, missingDelegate,
	subsetElsewhere, missingSubset, httpRoutesOnTCP,
	missingGateway, gatewayLacksHost, droppedServer,
	rootSelector, ignoredPeerAuthentication, portLevelServicePort, shortRule, hiddenRule, droppedTLS, ignoredCredential, ruleWithoutTLS, protocolTaken,
	rewritten, hostWithoutPort, lostOnTCP, brokenCondition, unmatchable, wrongPort, missingNamespace, accountWithoutPods, gatewayAddress,
	alternatives, plaintextEvades, tokenNeverVerified, unknownIssuer, tokenNotRequired,
	dryRun, missingProvider, ignoredTargetRefs, selectsNoPod, notEnforced,
	legacyKinds, networkPolicies,
}

// found makes a finding.
func found(code flow.Note, at mesh.Ref, facts ...string) flow.Finding {
	return flow.Finding{Code: code, Resource: at, Facts: facts}
}

// under adds a path to a reference's field.
func under(r mesh.Ref, path string) mesh.Ref {
	if r.Field == "" {
		return r.At(path)
	}
	return r.At(r.Field + "." + path)
}
