package legacy

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
)

// what is what an access rule allows, in today's words, without the Services that it is for.
type what struct {
	operation *security.Operation // nil for anything
	when      []*security.Condition
	notes     []string
	notSame   []string
	lost      string // why the rule cannot be said at all
}

// what translates the request's part of an access rule. Ports are those of the pods, then as now.
func (r accessRule) what() what {
	op := &security.Operation{
		Hosts: r.Hosts, NotHosts: r.NotHosts, Methods: r.Methods, NotMethods: r.NotMethods, NotPaths: r.NotPaths,
		Ports: texts(r.Ports), NotPorts: texts(r.NotPorts),
	}
	w := what{operation: op}
	for _, p := range r.NotPaths {
		if why := unsayable(p); why != "" {
			w.lost = why
		}
	}
	for _, p := range r.Paths {
		if why := unsayable(p); why != "" {
			note(&w.notSame, why)
			continue
		}
		op.Paths = append(op.Paths, p)
	}
	if len(r.Paths) > 0 && len(op.Paths) == 0 {
		w.lost = unsayable(r.Paths[0])
	}
	for _, p := range append(append([]string{}, op.Paths...), op.NotPaths...) {
		if !strings.HasSuffix(p, "*") || strings.HasPrefix(p, "*") && p != "*" {
			note(&w.notSame, pathQuery)
		}
	}
	if len(r.Hosts)+len(r.NotHosts) > 0 {
		note(&w.notSame, hostCase)
	}
	for _, c := range r.Constraints {
		w.constraint(c)
	}
	if len(r.Hosts)+len(r.NotHosts)+len(r.Methods)+len(r.NotMethods)+len(r.Paths)+len(r.NotPaths)+len(r.Ports)+len(r.NotPorts) == 0 {
		w.operation = nil
	}
	return w
}

// constraint translates one on the request. Those on the destination are the reach's (see [translation.reaches]); those that 1.4 did not
// know it passed over (pilot/pkg/security/authz/model/permission.go, forKeyValues).
func (w *what) constraint(c constraint) {
	switch {
	case strings.HasPrefix(c.Key, "destination.labels"), c.Key == "destination.name", c.Key == "destination.namespace",
		c.Key == "destination.user":
	case c.Key == "connection.sni" && slices.Contains(c.Values, "*"):
		// The star fitted connections without a server name too.
	case c.Key == "destination.ip", c.Key == "destination.port", c.Key == "connection.sni",
		strings.HasPrefix(c.Key, "request.headers["), strings.HasPrefix(c.Key, "experimental.envoy.filters."):
		w.when = append(w.when, &security.Condition{Key: c.Key, Values: c.Values})
	default:
		note(&w.notes, unknownConstraint(c.Key))
	}
}

// unsayable tells why a path cannot be asked for today; empty for the others.
func unsayable(path string) string {
	switch {
	case strings.Contains(path, "{*}"), strings.Contains(path, "{**}"):
		return pathTemplate(path)
	case strings.ContainsAny(path, "?#"):
		return pathWithQuery(path)
	}
	return ""
}

func texts(ports []int32) []string {
	var out []string
	for _, p := range ports {
		out = append(out, strconv.Itoa(int(p)))
	}
	return out
}
