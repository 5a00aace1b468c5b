package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// delegated merges the routes of the VirtualService that an entry delegates to into the entry. It is not ok where the delegate is
// missing or not exported to the root's namespace; a route of it that does not fit the root's matches is left out
// (pilot/pkg/model/virtualservice_controller.go, mergeVirtualServices).
func delegated(s *mesh.Snapshot, root *networkingapi.VirtualService, entry HTTPRoute) (merged []HTTPRoute, ok bool) {
	ns := entry.Delegate.Namespace
	if ns == "" {
		ns = root.Namespace
	}
	d, found, _ := s.VirtualServices.Get(ns, entry.Delegate.Name)
	if !found || len(d.Spec.Hosts) > 0 {
		return nil, false
	}
	if e := virtualExports(s, d); !e.Has("*") && !e.Has(root.Namespace) {
		return nil, false
	}
	for i, sub := range d.Spec.Http {
		if route, fits := mergeRoute(entry.HTTPRoute, resolveHTTP(sub, d.Namespace).DeepCopy()); fits {
			merged = append(merged, HTTPRoute{HTTPRoute: route, Ref: virtualRef(d).At("spec.http[" + strconv.Itoa(i) + "]")})
		}
	}
	return merged, len(merged) > 0 || len(d.Spec.Http) == 0
}

// mergeRoute: the delegate's own settings win, what it leaves out comes from the root (pilot/pkg/model/virtualservice.go).
func mergeRoute(root, sub *networking.HTTPRoute) (*networking.HTTPRoute, bool) {
	match, ok := mergeMatches(root.Match, sub.Match)
	if !ok {
		return nil, false
	}
	sub.Match = match
	if sub.Name == "" {
		sub.Name = root.Name
	} else if root.Name != "" {
		sub.Name = root.Name + "-" + sub.Name
	}
	inherit(&sub.Rewrite, root.Rewrite)
	inherit(&sub.DirectResponse, root.DirectResponse)
	inherit(&sub.Timeout, root.Timeout)
	inherit(&sub.Retries, root.Retries)
	inherit(&sub.Fault, root.Fault)
	inherit(&sub.CorsPolicy, root.CorsPolicy)
	inherit(&sub.Headers, root.Headers)
	return sub, true
}

func inherit[T any](field **T, from *T) {
	if *field == nil {
		*field = from
	}
}

// mergeMatches: every match of the delegate must lie within one of the root's.
func mergeMatches(root, sub []*networking.HTTPMatchRequest) ([]*networking.HTTPMatchRequest, bool) {
	if len(root) == 0 {
		return sub, true
	}
	if len(sub) == 0 {
		return root, true
	}
	var out []*networking.HTTPMatchRequest
	for _, m := range sub {
		found := false
		for _, r := range root {
			if !conflicts(r, m) {
				out, found = append(out, mergeMatch(r, m)), true
			}
		}
		if !found {
			return nil, false
		}
	}
	return out, true
}

func mergeMatch(root, sub *networking.HTTPMatchRequest) *networking.HTTPMatchRequest {
	out := sub.DeepCopy()
	inherit(&out.Uri, root.Uri)
	inherit(&out.Scheme, root.Scheme)
	inherit(&out.Method, root.Method)
	inherit(&out.Authority, root.Authority)
	out.Headers = union(root.Headers, sub.Headers)
	out.WithoutHeaders = union(root.WithoutHeaders, sub.WithoutHeaders)
	out.QueryParams = union(root.QueryParams, sub.QueryParams)
	out.SourceLabels = union(root.SourceLabels, sub.SourceLabels)
	if out.Port == 0 {
		out.Port = root.Port
	}
	if out.SourceNamespace == "" {
		out.SourceNamespace = root.SourceNamespace
	}
	if len(out.Gateways) == 0 {
		out.Gateways = root.Gateways
	}
	return out
}

func union[V any](a, b map[string]V) map[string]V {
	if len(a) == 0 {
		return b
	}
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// conflicts reports whether a delegate's match is not within a root's (pilot/pkg/model/virtualservice.go, hasConflict).
func conflicts(root, sub *networking.HTTPMatchRequest) bool {
	for _, p := range [][2]*networking.StringMatch{{root.Uri, sub.Uri}, {root.Scheme, sub.Scheme}, {root.Method, sub.Method}, {root.Authority, sub.Authority}} {
		if textConflict(p[0], p[1]) {
			return true
		}
	}
	for _, p := range [][2]map[string]*networking.StringMatch{{root.Headers, sub.Headers}, {root.WithoutHeaders, sub.WithoutHeaders}, {root.QueryParams, sub.QueryParams}} {
		for k, m := range p[1] {
			if textConflict(p[0][k], m) {
				return true
			}
		}
	}
	for k, v := range sub.SourceLabels {
		if r, ok := root.SourceLabels[k]; ok && r != v {
			return true
		}
	}
	return root.IgnoreUriCase != sub.IgnoreUriCase ||
		root.Port > 0 && sub.Port > 0 && root.Port != sub.Port ||
		root.SourceNamespace != "" && root.SourceNamespace != sub.SourceNamespace ||
		len(root.Gateways) > 0 && slices.ContainsFunc(sub.Gateways, func(g string) bool { return !slices.Contains(root.Gateways, g) })
}

// textConflict: nothing goes with a regular expression; below an exact value only the same one, below a prefix only what extends it.
func textConflict(root, sub *networking.StringMatch) bool {
	if root == nil || sub == nil {
		return false
	}
	switch {
	case root.GetRegex() != "", sub.GetRegex() != "":
		return true
	case root.GetExact() != "":
		return sub.GetPrefix() != "" || sub.GetExact() != root.GetExact()
	case root.GetPrefix() != "":
		return !strings.HasPrefix(text(sub), root.GetPrefix()) || text(sub) == ""
	}
	return true
}

func text(m *networking.StringMatch) string { return m.GetExact() + m.GetPrefix() }
