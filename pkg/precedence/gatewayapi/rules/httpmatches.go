package rules

import (
	"maps"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/utils/ptr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi/resource"
)

// match is a match of a rule, and where it stands.
type match struct {
	*networking.HTTPMatchRequest
	at  string // matches[i]; empty where the API server fills it in
	uri string // what the path is compared with, below at
}

// parts adds to the places of a rule those of the match.
func (m match) parts(of map[string]string) map[string]string {
	out := maps.Clone(of)
	if m.at != "" {
		out["match[0]"] = m.at
		out["match[0].uri"] = config.Under(m.at, m.uri)
	}
	return out
}

// httpMatches converts the matches of a rule; one that has none matches every path (pilot/pkg/config/kube/gateway/conversion.go,
// createURIMatch and those beside it).
func httpMatches(r gatewayv1.HTTPRouteRule) ([]match, *resource.Refusal) {
	if len(r.Matches) == 0 {
		return []match{{HTTPMatchRequest: &networking.HTTPMatchRequest{Uri: prefixMatch("/")}}}, nil
	}
	var out []match
	for i, from := range r.Matches {
		at := config.Nth("matches", i)
		m := &networking.HTTPMatchRequest{}
		path := ptr.Deref(from.Path, gatewayv1.HTTPPathMatch{})
		value := ptr.Deref(path.Value, "/")
		switch ptr.Deref(path.Type, gatewayv1.PathMatchPathPrefix) {
		case gatewayv1.PathMatchPathPrefix:
			if value != "/" {
				value = strings.TrimSuffix(value, "/")
			}
			m.Uri = prefixMatch(value)
		case gatewayv1.PathMatchExact:
			m.Uri = exactMatch(value)
		case gatewayv1.PathMatchRegularExpression:
			m.Uri = regexMatch(value)
		default:
			return nil, &resource.Refusal{Why: precedence.InvalidConfiguration, Field: at + ".path.type"}
		}
		if from.Method != nil {
			m.Method = exactMatch(string(*from.Method))
		}
		for k, h := range from.Headers {
			if !addMatch(&m.Headers, string(h.Name), string(ptr.Deref(h.Type, gatewayv1.HeaderMatchExact)), h.Value) {
				return nil, &resource.Refusal{Why: precedence.InvalidConfiguration, Field: config.Under(at, config.Nth("headers", k)+".type")}
			}
		}
		for k, q := range from.QueryParams {
			if !addMatch(&m.QueryParams, string(q.Name), string(ptr.Deref(q.Type, gatewayv1.QueryParamMatchExact)), q.Value) {
				return nil, &resource.Refusal{Why: precedence.InvalidConfiguration, Field: config.Under(at, config.Nth("queryParams", k)+".type")}
			}
		}
		out = append(out, match{m, at, "path"})
	}
	return out, nil
}

func addMatch(to *map[string]*networking.StringMatch, name, kind, value string) bool {
	if *to == nil {
		*to = map[string]*networking.StringMatch{}
	}
	switch kind {
	case "Exact":
		(*to)[name] = exactMatch(value)
	case "RegularExpression":
		(*to)[name] = regexMatch(value)
	default:
		return false
	}
	return true
}

func exactMatch(s string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Exact{Exact: s}}
}

func prefixMatch(s string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: s}}
}

func regexMatch(s string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Regex{Regex: s}}
}
