package legacy

import (
	"reflect"
	"slices"

	security "istio.io/api/security/v1beta1"
)

// rules refuse the requests that do not bring what a demand asks for. alone tells that no other issuer's tokens are verified there,
// so that any token that passed is one of the demand's.
func (d demand) rules(alone bool, r *Resource) []*security.Rule {
	lists, everywhere := make([][]paths, len(d.methods)), make([]bool, len(d.methods))
	issuers, same := []string{}, true
	for i, j := range d.methods {
		var notSame []string
		lists[i], everywhere[i], notSame = j.triggers()
		note(&r.NotSame, notSame...)
		issuers = append(issuers, j.Issuer+"/*")
		same = same && everywhere[i] == everywhere[0] && reflect.DeepEqual(lists[i], lists[0])
	}
	all, some := union(lists, everywhere, -1)
	if !some {
		return nil // no trigger rule can ever hold
	}
	nobody := issuers
	if alone && same {
		nobody = []string{"*"}
	}
	out := []*security.Rule{{
		From: []*security.Rule_From{{Source: &security.Source{NotRequestPrincipals: nobody}}},
		To:   operations(all),
	}}
	if same {
		return out
	}
	// A token counted only where its own trigger rules held: elsewhere it is as good as none.
	for i := range d.methods {
		others, some := union(lists, everywhere, i)
		if everywhere[i] || !some {
			continue
		}
		if len(others) == 0 {
			others = []paths{{}}
		}
		left, ok := minus(others, lists[i])
		if !ok {
			left = others
			note(&r.NotSame, issuerRefused(d.methods[i].Issuer))
		}
		if len(left) > 0 {
			out = append(out, &security.Rule{
				From: []*security.Rule_From{{Source: &security.Source{RequestPrincipals: []string{issuers[i]}}}},
				To:   operations(left),
			})
		}
	}
	return out
}

// union joins the paths of all methods but one. No paths stand for every path; some is false if there are none at all.
func union(lists [][]paths, everywhere []bool, but int) (out []paths, some bool) {
	for i := range lists {
		if i == but {
			continue
		}
		if everywhere[i] {
			return nil, true
		}
		for _, p := range lists[i] {
			if !slices.ContainsFunc(out, func(o paths) bool { return reflect.DeepEqual(o, p) }) {
				out = append(out, p)
			}
		}
	}
	return out, len(out) > 0
}

// onPorts keeps rules to some ports of the pods, or away from others.
func onPorts(rules []*security.Rule, ports, not []string) {
	if len(ports)+len(not) == 0 {
		return
	}
	for _, r := range rules {
		if len(r.To) == 0 {
			r.To = operations([]paths{{}})
		}
		for _, to := range r.To {
			to.Operation.Ports, to.Operation.NotPorts = ports, not
		}
	}
}

// butPreflights makes of each rule three that together do not hit a CORS preflight: one for other methods, and one for each of the
// headers that such a request has.
func butPreflights(rules []*security.Rule) []*security.Rule {
	var out []*security.Rule
	for _, r := range rules {
		method := r.DeepCopy()
		if len(method.To) == 0 {
			method.To = operations([]paths{{}})
		}
		for _, to := range method.To {
			to.Operation.NotMethods = []string{"OPTIONS"}
		}
		out = append(out, method)
		for _, header := range []string{"origin", "access-control-request-method"} {
			without := r.DeepCopy()
			without.When = append(without.When, &security.Condition{Key: "request.headers[" + header + "]", NotValues: []string{"*"}})
			out = append(out, without)
		}
	}
	return out
}
