package matching

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Route compares a request with a RouteMatch (envoy.config.route.v3).
func Route(m message.Message, r *Request) evidence.Tri {
	is := evidence.And(path(m, r), Headers(m.List("headers"), r))
	for _, q := range m.List("query_parameters") {
		is = evidence.And(is, query(q, r))
	}
	if m.Has("grpc") {
		is = evidence.And(is, evidence.Of(r.GRPC()))
	}
	if m.Has("runtime_fraction") && Share(m.At("runtime_fraction")) < 1 {
		is = evidence.And(is, evidence.Unknown)
	}
	known := only(m, "prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix", "case_sensitive", "headers", "query_parameters", "grpc", "runtime_fraction")
	if !known {
		is = evidence.And(is, evidence.Unknown)
	}
	return is
}

func path(m message.Message, r *Request) evidence.Tri {
	got := r.BarePath()
	fold := func(s string) string { return s }
	if m.Has("case_sensitive") && !m.Flag("case_sensitive") {
		fold = strings.ToLower
	}
	switch {
	case m.Has("connect_matcher"):
		return evidence.Of(r.Method == "CONNECT")
	case m.Has("prefix"):
		return evidence.Of(strings.HasPrefix(fold(got), fold(m.Text("prefix"))))
	case m.Has("path"):
		return evidence.Of(fold(got) == fold(m.Text("path")))
	case m.Has("path_separated_prefix"):
		rest, ok := strings.CutPrefix(fold(got), fold(m.Text("path_separated_prefix")))
		return evidence.Of(ok && (rest == "" || rest[0] == '/'))
	case m.Has("safe_regex"):
		return full(m.At("safe_regex").Text("regex"), got)
	}
	return evidence.Unknown
}

func query(m message.Message, r *Request) evidence.Tri {
	_, rest, _ := strings.Cut(r.Path, "?")
	rest, _, _ = strings.Cut(rest, "#")
	for _, pair := range strings.Split(rest, "&") {
		k, v, _ := strings.Cut(pair, "=")
		if k != m.Text("name") || pair == "" {
			continue
		}
		if m.Has("string_match") {
			return Text(m.At("string_match"), v)
		}
		return evidence.Of(!m.Has("present_match") || m.Flag("present_match"))
	}
	return evidence.Of(m.Has("present_match") && !m.Flag("present_match"))
}
