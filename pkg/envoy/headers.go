package envoy

import (
	"slices"
	"strings"
)

// Header is one line of a header, its name in lower case.
type Header struct{ Name, Value string }

// Headers are header lines in their order.
type Headers []Header

// Values returns the lines of a header.
func (h Headers) Values(name string) []string {
	var out []string
	for _, x := range h {
		if x.Name == strings.ToLower(name) {
			out = append(out, x.Value)
		}
	}
	return out
}

// Get returns a header's first line.
func (h Headers) Get(name string) (string, bool) {
	if v := h.Values(name); len(v) > 0 {
		return v[0], true
	}
	return "", false
}

// Set returns the headers with one line for a name.
func (h Headers) Set(name, value string) Headers {
	return append(h.Without(name), Header{strings.ToLower(name), value})
}

// Add returns the headers with a line more.
func (h Headers) Add(name, value string) Headers {
	return append(slices.Clone(h), Header{strings.ToLower(name), value})
}

// Without returns the headers without a name.
func (h Headers) Without(name string) Headers {
	name = strings.ToLower(name)
	return slices.DeleteFunc(slices.Clone(h), func(x Header) bool { return x.Name == name })
}

// IsGRPC reports whether a message with these headers is a gRPC call: its content type is application/grpc, or that and an encoding behind a
// plus sign (envoy: source/common/grpc/common.cc, hasGrpcContentType).
func (h Headers) IsGRPC() bool {
	t, _ := h.Get("content-type")
	return IsGRPCType(t)
}

// IsGRPCType reports whether a content type is that of gRPC calls.
func IsGRPCType(contentType string) bool {
	return contentType == "application/grpc" || strings.HasPrefix(contentType, "application/grpc+")
}

// Preflight reports whether a request asks, on behalf of a browser, what a page of another origin may do: OPTIONS with the headers Origin and
// Access-Control-Request-Method, neither of them empty (envoy: source/extensions/filters/http/cors/cors_filter.cc, and jwt_authn/filter.cc).
func Preflight(method string, h Headers) bool {
	origin, _ := h.Get("origin")
	asks, _ := h.Get("access-control-request-method")
	return IsPreflight(method, origin, asks)
}

// IsPreflight is [Preflight] of the two headers' values.
func IsPreflight(method, origin, asksForMethod string) bool {
	return method == "OPTIONS" && origin != "" && asksForMethod != ""
}

// QueryParam returns the first value of a parameter of a path, as it was sent.
func QueryParam(path, name string) (string, bool) {
	_, query, _ := strings.Cut(path, "?")
	for _, pair := range strings.Split(query, "&") {
		if k, v, _ := strings.Cut(pair, "="); k == name {
			return v, true
		}
	}
	return "", false
}
