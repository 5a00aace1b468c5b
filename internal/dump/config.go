package dump

import (
	"maps"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/yamljson"
)

// config takes the secrets out of a mesh config or a proxy's: credentials of tracers and of other providers, environment variables, and
// headers that the proxies add. What does not parse is of no use to istiod either, and goes as a whole.
func config(text string) string {
	var t tree
	if yamljson.Check([]byte(text), yamljson.Embedded) != nil || yaml.Unmarshal([]byte(text), &t) != nil {
		return "[" + hidden + "]" // does not parse as a mesh config either
	}
	configured(t)
	keepProviders(t)
	out, err := yaml.Marshal(t)
	if err != nil {
		return "[" + hidden + "]"
	}
	return string(out)
}

// configured takes out, at any depth, what sounds like a secret, and what no decision reads and may hold one.
func configured(t tree) {
	settings(t)
	for k, v := range t {
		below, _ := v.(tree)
		switch {
		case sameName(k, "proxyMetadata"):
			keepVariables(below)
		case sameName(k, "tracing"):
			delete(t, k)
		case below != nil:
			configured(below)
		}
	}
}

// settings hides, at any depth, the texts whose names sound like secrets.
func settings(v any) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			settings(y)
		}
	case tree:
		for k, y := range x {
			if s, isText := y.(string); isText && s != "" && secretName(k) {
				x[k] = hidden
			} else {
				settings(y)
			}
		}
	}
}

// keepVariables leaves the environment variables that tell istiod of a proxy.
func keepVariables(env tree) {
	maps.DeleteFunc(env, func(k string, _ any) bool { return !strings.HasPrefix(k, "ISTIO_META_") })
}

// keepProviders leaves the names of extension providers, and those of their settings that decide: an external authorizer's.
func keepProviders(t tree) {
	for k := range t {
		if !sameName(k, "extensionProviders") {
			continue
		}
		for _, p := range objects(t, k) {
			maps.DeleteFunc(p, func(k string, _ any) bool {
				return k != "name" && !sameName(k, "envoyExtAuthzHttp") && !sameName(k, "envoyExtAuthzGrpc")
			})
			for _, v := range p {
				if authorizer, ok := v.(tree); ok {
					maps.DeleteFunc(authorizer, func(k string, _ any) bool { return sameName(k, "includeAdditionalHeadersInCheck") })
				}
			}
		}
	}
}

// sameName compares names of fields, which a mesh config may write in either style (extensionProviders, extension_providers).
func sameName(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, "_", ""), strings.ReplaceAll(b, "_", ""))
}
