package dump

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/yamljson"
)

// fields are those of a message that are kept, by their names in JSON; nil stands for all that is below one.
type fields map[string]fields

// proxyFields are those of a ProxyConfig (mesh/v1alpha1/proxy.proto) that can decide. Its environment and its headers are gone through on their own.
var proxyFields = fields{
	"interceptionMode": nil, "gatewayTopology": nil, "proxyMetadata": nil, "runtimeValues": nil, "caCertificatesPem": nil,
	"image":        {"imageType": nil},
	"proxyHeaders": {"forwardedClientCert": nil, "setCurrentClientCertDetails": nil, "requestId": nil, "attemptCount": nil, "envoyDebugHeaders": nil, "metadataExchangeHeaders": nil, "xForwardedHost": nil, "xForwardedPort": nil, "preserveHttp1HeaderCase": nil, "server": {"disabled": nil}},
}

// authorizerFields are those of an external authorizer. The headers that it is sent are none of them.
var authorizerFields = fields{
	"service": nil, "port": nil, "timeout": nil, "pathPrefix": nil, "failOpen": nil, "clearRouteCache": nil, "statusOnError": nil, "includeHeadersInCheck": nil, "includeRequestHeadersInCheck": nil,
	"includeRequestBodyInCheck": nil, "headersToUpstreamOnAllow": nil, "headersToDownstreamOnDeny": nil, "headersToDownstreamOnAllow": nil,
}

// meshFields are those of a MeshConfig (mesh/v1alpha1/config.proto) that can decide: not what is logged, traced and measured, and where.
var meshFields = fields{
	"rootNamespace": nil, "trustDomain": nil, "trustDomainAliases": nil, "enableAutoMtls": nil, "meshMTLS": nil, "tlsDefaults": nil, "verifyCertificateAtClient": nil,
	"caCertificates":        {"pem": nil, "spiffeBundleUrl": nil, "certSigners": nil, "trustDomains": nil},
	"outboundTrafficPolicy": nil, "inboundTrafficPolicy": nil, "defaultTrafficPolicy": nil, "localityLbSetting": nil, "defaultHttpRetryPolicy": nil, "h2UpgradePolicy": nil, "pathNormalization": nil,
	"defaultServiceExportTo": nil, "defaultVirtualServiceExportTo": nil, "defaultDestinationRuleExportTo": nil, "discoverySelectors": nil, "serviceSettings": nil, "serviceScopeConfigs": nil,
	"serviceEntryVisibility": nil, "ingressClass": nil, "ingressService": nil, "ingressSelector": nil, "ingressControllerMode": nil, "dnsRefreshRate": nil, "connectTimeout": nil, "hboneIdleTimeout": nil,
	"protocolDetectionTimeout": nil, "tcpKeepalive": nil, "proxyListenPort": nil, "proxyInboundListenPort": nil, "proxyHttpPort": nil,
	"configSources":      {"address": nil, "subscribedResources": nil},
	"extensionProviders": {"name": nil, "envoyExtAuthzHttp": authorizerFields, "envoyExtAuthzGrpc": authorizerFields},
	"defaultConfig":      proxyFields,
}

// config leaves of a mesh config or a proxy's what can decide. What does not parse is of no use to istiod either, and goes as a whole.
func (d *dump) config(text string, of fields) string {
	var t tree
	if yamljson.Check([]byte(text), yamljson.Embedded) != nil || yaml.Unmarshal([]byte(text), &t) != nil {
		d.leave(settings, 1)
		return "[" + hidden + "]" // does not parse as a mesh config either
	}
	d.chosen(t, of)
	out, err := yaml.Marshal(t)
	if err != nil {
		return "[" + hidden + "]"
	}
	return string(out)
}

// chosen drops the fields that are not listed, and hides what is secret in the others.
func (d *dump) chosen(v any, of fields) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			d.chosen(y, of)
		}
	case tree:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			name, below, listed := of.find(k)
			if !listed {
				d.leave(settings, 1)
				delete(x, k)
				continue
			}
			switch name {
			case "proxyMetadata":
				d.metadata(x[k])
			case "runtimeValues":
				d.runtime(x[k])
			case "caCertificatesPem", "pem":
				x[k] = d.certificateTexts(x[k])
			}
			if below != nil {
				d.chosen(x[k], below)
			}
		}
	}
}

// find compares names of fields, which a mesh config may write in either style (extensionProviders, extension_providers).
func (f fields) find(key string) (name string, below fields, ok bool) {
	if below, ok = f[key]; ok {
		return key, below, true
	}
	for name, below := range f {
		if strings.EqualFold(name, strings.ReplaceAll(key, "_", "")) {
			return name, below, true
		}
	}
	return "", nil, false
}

func (d *dump) certificateTexts(v any) any {
	switch x := v.(type) {
	case string:
		return d.certificates(x)
	case []any:
		for i, y := range x {
			x[i] = d.certificateTexts(y)
		}
	}
	return v
}

// metaPrefix begins the names of environment variables that become metadata of the proxy, which istiod reads.
const metaPrefix = "ISTIO_META_"

// plainMetadata are those whose values are no secrets: where a proxy is, what it is, and how it treats traffic.
var plainMetadata = []string{
	"APP_CONTAINERS", "AUTO_REGISTER_GROUP", "CLUSTER_ID", "DISABLE_HBONE_SEND", "DNS_AUTO_ALLOCATE", "DNS_CAPTURE", "ENABLE_HBONE", "GENERATOR", "HTTP10", "HTTP_PROXY_PORT", "IDLE_TIMEOUT",
	"INSTANCE_IPS", "INTERCEPTION_MODE", "ISTIO_PROXY_SHA", "ISTIO_VERSION", "MESH_ID", "METADATA_DISCOVERY", "NAMESPACE", "NETWORK", "NODE_NAME", "OWNER", "POD_NAME", "POD_PORTS",
	"REQUESTED_NETWORK_VIEW", "ROUTER_MODE", "SERVICE_ACCOUNT", "SIDECAR_PROXY_TYPE", "UNPRIVILEGED_POD", "WORKLOAD_NAME",
}

// variable is what is shown of the value of an environment variable: all of some of Istio's own, of others what stands for it. An EnvoyFilter that
// compares it finds the same.
func (d *dump) variable(name, value string) string {
	if key, ok := strings.CutPrefix(name, metaPrefix); ok && slices.Contains(plainMetadata, key) {
		return value
	}
	return d.secret(variables, value)
}

// metadata leaves the environment variables that tell istiod of a proxy.
func (d *dump) metadata(v any) {
	env, _ := v.(tree)
	for _, k := range slices.Sorted(maps.Keys(env)) {
		s, isText := env[k].(string)
		switch {
		case !strings.HasPrefix(k, metaPrefix):
			d.leave(variables, 1)
			delete(env, k)
		case isText:
			env[k] = d.variable(k, s)
		}
	}
}

// setting finds values that switch something: numbers, truth values.
var setting = regexp.MustCompile(`^(?:true|false|-?[0-9]{1,10}(?:\.[0-9]{1,10})?)$`)

// runtime hides values of Envoy's runtime that do more than to switch something.
func (d *dump) runtime(v any) {
	values, _ := v.(tree)
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if s, ok := values[k].(string); ok && !setting.MatchString(s) && s != hidden {
			d.leave(settings, 1)
			values[k] = hidden
		}
	}
}
