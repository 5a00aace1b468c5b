package rules

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// filter converts a filter of a rule; a kind that Istio does not know voids the route (pilot/pkg/config/kube/gateway/conversion.go,
// convertHTTPRoute).
func (r *rule) filter(at string, f gatewayv1.HTTPRouteFilter) *resource.Refusal {
	switch f.Type {
	case gatewayv1.HTTPRouteFilterRequestHeaderModifier:
		return r.setHeaders(&r.Headers, f.RequestHeaderModifier, true).Below(at)
	case gatewayv1.HTTPRouteFilterResponseHeaderModifier:
		return r.setHeaders(&r.Headers, f.ResponseHeaderModifier, false).Below(at)
	case gatewayv1.HTTPRouteFilterRequestRedirect:
		if f.RequestRedirect != nil {
			r.Redirect = redirect(f.RequestRedirect)
			r.parts["redirect"] = at + ".requestRedirect"
		}
	case gatewayv1.HTTPRouteFilterRequestMirror:
		// A mirror that is no good is left out: it voids the route of gRPC only.
		_ = r.mirror(at, f.RequestMirror)
	case gatewayv1.HTTPRouteFilterURLRewrite:
		if f.URLRewrite != nil {
			r.Rewrite = rewrite(f.URLRewrite)
			r.parts["rewrite"] = at + ".urlRewrite"
		}
	case gatewayv1.HTTPRouteFilterCORS:
		if !r.c.Has(release.RouteCORS) {
			return &resource.Refusal{Why: precedence.InvalidFilter, Field: at}
		}
		if f.CORS != nil {
			r.CorsPolicy = corsPolicy(f.CORS, r.c.Has(release.OriginPatterns))
			r.parts["corsPolicy"] = at + ".cors"
		}
	default:
		return &resource.Refusal{Why: precedence.InvalidFilter, Field: at}
	}
	return nil
}

// setHeaders adds what a filter does to the headers of requests, or of responses. Of several values for one header the first counts; a
// value that cannot stand in a header voids the route, or, before istiod looked at values, is left out.
func (r *rule) setHeaders(to **networking.Headers, f *gatewayv1.HTTPHeaderFilter, request bool) *resource.Refusal {
	if f == nil {
		return nil
	}
	bad := func(h gatewayv1.HTTPHeader) bool { return !headerValue(h.Value) }
	set, add := f.Set, f.Add
	if r.c.Has(release.HeaderValuesChecked) {
		if slices.ContainsFunc(set, bad) || slices.ContainsFunc(add, bad) {
			return &resource.Refusal{Why: precedence.InvalidFilter}
		}
	} else {
		set, add = slices.DeleteFunc(slices.Clone(set), bad), slices.DeleteFunc(slices.Clone(add), bad)
	}
	if *to == nil {
		*to = &networking.Headers{}
	}
	ops := &networking.Headers_HeaderOperations{Set: headerMap(set), Add: headerMap(add), Remove: f.Remove}
	if request {
		(*to).Request = ops
	} else {
		(*to).Response = ops
	}
	return nil
}

func headerMap(list []gatewayv1.HTTPHeader) map[string]string {
	out := map[string]string{}
	for _, h := range list {
		name := strings.ToLower(string(h.Name))
		if _, again := out[name]; !again {
			out[name] = h.Value
		}
	}
	return out
}

func headerValue(v string) bool {
	for i := range len(v) {
		if v[i] != '\t' && (v[i] < ' ' || v[i] == 0x7f) {
			return false
		}
	}
	return true
}

// redirect: the API's default status is 302. Without a port the scheme's own counts if one is given, else the port of the request.
func redirect(f *gatewayv1.HTTPRequestRedirectFilter) *networking.HTTPRedirect {
	out := &networking.HTTPRedirect{RedirectCode: uint32(ptr.Deref(f.StatusCode, 302)), Authority: string(ptr.Deref(f.Hostname, "")), Scheme: ptr.Deref(f.Scheme, "")}
	switch {
	case f.Port != nil:
		out.RedirectPort = &networking.HTTPRedirect_Port{Port: uint32(*f.Port)}
	case f.Scheme != nil:
		out.RedirectPort = &networking.HTTPRedirect_DerivePort{DerivePort: networking.HTTPRedirect_FROM_PROTOCOL_DEFAULT}
	default:
		out.RedirectPort = &networking.HTTPRedirect_DerivePort{DerivePort: networking.HTTPRedirect_FROM_REQUEST_PORT}
	}
	if f.Path != nil {
		switch f.Path.Type {
		case gatewayv1.FullPathHTTPPathModifier:
			out.Uri = ptr.Deref(f.Path.ReplaceFullPath, "")
		case gatewayv1.PrefixMatchHTTPPathModifier:
			out.PrefixRewrite = ptr.Deref(f.Path.ReplacePrefixMatch, "")
		}
	}
	return out
}

// rewrite: a slash at the end of the new prefix does not count, and "/" alone takes the prefix away.
func rewrite(f *gatewayv1.HTTPURLRewriteFilter) *networking.HTTPRewrite {
	out := &networking.HTTPRewrite{Authority: string(ptr.Deref(f.Hostname, ""))}
	if f.Path != nil {
		switch f.Path.Type {
		case gatewayv1.PrefixMatchHTTPPathModifier:
			if out.Uri = strings.TrimSuffix(ptr.Deref(f.Path.ReplacePrefixMatch, ""), "/"); out.Uri == "" {
				out.Uri = "/"
			}
		case gatewayv1.FullPathHTTPPathModifier:
			out.UriRegexRewrite = &networking.RegexRewrite{Match: "/.*", Rewrite: ptr.Deref(f.Path.ReplaceFullPath, "")}
		}
	}
	if out.Uri == "" && out.UriRegexRewrite == nil && out.Authority == "" {
		return nil
	}
	return out
}
