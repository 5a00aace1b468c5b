package effect

import (
	"net/url"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// jwtAuthn verifies tokens where one of its rules takes the request. A request that brings none is refused where one is required; what
// becomes of a token is not worked out.
func jwtAuthn(f Filter, r *matching.Request, _ Around) Effect {
	c := f.Config
	if c.Flag("bypass_cors_preflight") && r.Preflight() {
		return Effect{}
	}
	if name := f.Route.Text("requirement_name"); name != "" {
		return jwtRequired(c, c.At("requirement_map", name), r)
	}
	for _, rule := range c.List("rules") {
		switch is := matching.Route(rule.At("match"), r); {
		case is.IsUnknown():
			return Effect{Ends: Perhaps, Answers: jwtAnswers}
		case is == evidence.True:
			if name := rule.Text("requirement_name"); name != "" {
				return jwtRequired(c, c.At("requirement_map", name), r)
			}
			return jwtRequired(c, rule.At("requires"), r)
		}
	}
	return Effect{}
}

var jwtAnswers = []Answer{{Status: 401}, {Status: 403}}

func jwtRequired(c, need message.Message, r *matching.Request) Effect {
	if len(need.Fields()) == 0 {
		return Effect{}
	}
	names := providers(need)
	if need.Has("requires_any") || need.Has("requires_all") || need.Has("allow_missing") || need.Has("allow_missing_or_failed") {
		names = c.Entries("providers")
	}
	for _, name := range names {
		if brings(c.At("providers", name), r) != evidence.False {
			if need.Has("allow_missing_or_failed") {
				return Effect{HidesAll: true}
			}
			return Effect{Ends: Perhaps, Answers: jwtAnswers, HidesAll: true}
		}
	}
	if need.Has("allow_missing") || need.Has("allow_missing_or_failed") || optional(need) {
		return Effect{}
	}
	return always(Answer{Status: 401, Details: "jwt_authn_access_denied{Jwt_is_missing}", Body: "Jwt is missing"})
}

func providers(need message.Message) []string {
	for _, name := range []string{need.Text("provider_name"), need.At("provider_and_audiences").Text("provider_name")} {
		if name != "" {
			return []string{name}
		}
	}
	return nil
}

// optional reports whether one of several requirements lets requests without a token pass.
func optional(need message.Message) bool {
	return slices.ContainsFunc(need.At("requires_any").List("requirements"), func(m message.Message) bool {
		return m.Has("allow_missing") || m.Has("allow_missing_or_failed")
	})
}

// brings reports whether a request has something where a provider looks for its token.
func brings(p message.Message, r *matching.Request) evidence.Tri {
	names, parameters := []string{}, p.Texts("from_params")
	for _, h := range p.List("from_headers") {
		names = append(names, h.Text("name"))
	}
	if len(names) == 0 && len(parameters) == 0 && !p.Has("from_cookies") {
		names, parameters = []string{"authorization"}, []string{"access_token"}
	}
	is := evidence.Of(false)
	if p.Has("from_cookies") {
		names = append(names, "cookie")
	}
	for _, name := range names {
		lines, known := r.Header(name)
		if !known {
			return evidence.Unknown
		}
		is = evidence.Or(is, evidence.Of(len(lines) > 0))
	}
	_, query, _ := strings.Cut(r.Path, "?")
	values, _ := url.ParseQuery(query)
	for _, name := range parameters {
		is = evidence.Or(is, evidence.Of(values.Has(name)))
	}
	return is
}
