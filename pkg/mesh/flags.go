package mesh

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Flag is an environment variable by which istiod answers otherwise (pilot/pkg/features).
type Flag struct {
	Name  string
	Value string
	Known bool // the value stands in the pod; it may be that of a Secret or ConfigMap
	At    Ref  // the container of istiod that it is set in
}

// On reports whether a flag is set to a truth value that is true.
func (f Flag) On() bool {
	on, err := strconv.ParseBool(f.Value)
	return f.Known && err == nil && on
}

// flag is what istiod does where a variable is not set.
type flag struct {
	fallback string
	since    release.Since // the first releases that heed it; older ones know nothing of it
	until    release.Since // the first releases that no longer do; none: all do
}

// flags are those that change answers.
var flags = map[string]flag{
	"PILOT_ENABLE_ALPHA_GATEWAY_API": {fallback: "false"},
	"PILOT_HTTP10":                   {fallback: "false"},

	"PILOT_IGNORE_RESOURCES":                             {},
	"PILOT_INCLUDE_RESOURCES":                            {},
	"ISTIO_WATCH_NAMESPACE":                              {},
	"SHARED_MESH_CONFIG":                                 {},
	"PILOT_SIDECAR_USE_REMOTE_ADDRESS":                   {fallback: "false"},
	"PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES":             {fallback: "false"},
	"PILOT_SCOPE_GATEWAY_TO_NAMESPACE":                   {fallback: "false"},
	"PILOT_SKIP_VALIDATE_TRUST_DOMAIN":                   {fallback: "false"},
	"PILOT_JWT_ENABLE_REMOTE_JWKS":                       {fallback: "false"},
	"PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS":       {fallback: "false", since: release.Since{{Major: 1, Minor: 30}}},
	"PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE":          {fallback: "true", since: release.BestServiceNamespace},
	"PILOT_ENABLE_STRICT_GATEWAY_MERGING":                {fallback: "true", since: release.StrictGatewayMerging},
	"ENABLE_ENHANCED_DESTINATIONRULE_MERGE":              {fallback: "true", since: release.Since{{Major: 1, Minor: 24}}},
	"PILOT_UNIFIED_SIDECAR_SCOPE":                        {fallback: "true", since: release.Since{{Major: 1, Minor: 24}}},
	"PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES":   {fallback: "true", since: release.Since{{Major: 1, Minor: 24}}},
	"EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY":              {fallback: "true", since: release.Since{{Major: 1, Minor: 24}}, until: release.Since{{Major: 1, Minor: 27}}},
	"ENABLE_INBOUND_RETRY_POLICY":                        {fallback: "true", since: release.Since{{Major: 1, Minor: 24}}, until: release.Since{{Major: 1, Minor: 27}}},
	"ENABLE_ENHANCED_RESOURCE_SCOPING":                   {fallback: "true", since: release.Since{{Major: 1, Minor: 22}}, until: release.Since{{Major: 1, Minor: 25}}},
	"ENABLE_AUTO_SNI":                                    {fallback: "true", since: release.Since{{Major: 1, Minor: 21}}, until: release.Since{{Major: 1, Minor: 26}}},
	"VERIFY_CERTIFICATE_AT_CLIENT":                       {fallback: "true", since: release.Since{{Major: 1, Minor: 21}}, until: release.Since{{Major: 1, Minor: 24}}},
	"ENABLE_EXTERNAL_NAME_ALIAS":                         {fallback: "true", since: release.Since{{Major: 1, Minor: 21}}, until: release.Since{{Major: 1, Minor: 24}}},
	"ENABLE_RESOLUTION_NONE_TARGET_PORT":                 {fallback: "true", since: release.Since{{Major: 1, Minor: 22}}, until: release.Since{{Major: 1, Minor: 25}}},
	"ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY":           {fallback: "true"},
	"PILOT_ENABLE_GATEWAY_API":                           {fallback: "true"},
	"PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER":     {fallback: "true"},
	"PILOT_GATEWAY_API_CONTROLLER_NAME":                  {fallback: "istio.io/gateway-controller"},
	"PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME":        {fallback: "istio"},
	"ENABLE_TLS_ON_SIDECAR_INGRESS":                      {fallback: "false"},
	"PILOT_ALLOW_SIDECAR_SERVICE_INBOUND_LISTENER_MERGE": {fallback: "false"},
	"PILOT_ENABLE_SERVICEENTRY_SELECT_PODS":              {fallback: "true"},
	"PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES":           {fallback: "true"},
	"PILOT_FILTER_GATEWAY_CLUSTER_CONFIG":                {fallback: "false"},
	"PILOT_ENABLE_ALPN_FILTER":                           {fallback: "true"},
	"PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN":            {fallback: "true", since: release.Since{{Major: 1, Minor: 27}}},
	"ISTIO_DUAL_STACK":                                   {fallback: "false"},
	"PILOT_ENABLE_TELEMETRY_LABEL":                       {fallback: "true", until: release.Since{{Major: 1, Minor: 27}}},
	"PILOT_ENDPOINT_TELEMETRY_LABEL":                     {fallback: "true", until: release.Since{{Major: 1, Minor: 27}}},

	"PILOT_AUTO_ALLOW_WAYPOINT_POLICY":               {fallback: "false", since: release.Since{{Major: 1, Minor: 22}}},
	"ENABLE_INGRESS_WAYPOINT_ROUTING":                {fallback: "true", since: release.Since{{Major: 1, Minor: 24}}},
	"AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY":    {fallback: "false", since: release.ZtunnelDryRun},
	"ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES": {fallback: "false", since: release.Since{{Major: 1, Minor: 25}}},
	"PILOT_ENABLE_SENDING_HBONE":                     {fallback: "true", since: release.Since{{Major: 1, Minor: 22}}},
	"PILOT_PREFER_SENDING_HBONE":                     {fallback: "false", since: release.Since{{Major: 1, Minor: 22}}},
}

// FlagNames lists the environment variables of istiod that change answers, sorted.
func FlagNames() []string { return slices.Sorted(maps.Keys(flags)) }

// IsFlag reports whether an environment variable of istiod changes answers. What it is set to is no secret.
func IsFlag(name string) bool { _, is := flags[name]; return is }

// Flag returns what a flag of the control plane is set to that governs the view; zero where nothing sets it.
func (s *Snapshot) Flag(name string) Flag {
	for _, f := range s.Flags() {
		if f.Name == name {
			return f
		}
	}
	return Flag{}
}

// Follows reports whether istiod follows a change: its release has it, and no flag says otherwise.
func (s *Snapshot) Follows(since release.Since, flag string) bool {
	f := s.Flag(flag)
	return s.Version.Istiod.Has(since) && (f.Name == "" || !f.Known)
}

type flagsKey struct{}

// Flags lists the flags of the control plane that governs the view, as far as they are set to something else than what istiod does without, and its
// release heeds them. The environment is that of the container discovery.
func (s *Snapshot) Flags() []Flag {
	if s.flags != nil {
		return *s.flags
	}
	return Derive(s, flagsKey{}, func() []Flag { return s.flagsOf("") })
}

func (s *Snapshot) flagsOf(rev string) []Flag {
	var out []Flag
	pods, _ := s.Pods.All()
	for _, p := range pods {
		own := p.Labels[revisionLabel]
		if p.Labels["app"] != "istiod" || own != rev && !(rev == "" && own == "default") {
			continue
		}
		for i, c := range p.Spec.Containers {
			if c.Name != "discovery" {
				continue
			}
			for _, e := range c.Env {
				f := Flag{Name: e.Name, Value: e.Value, Known: e.ValueFrom == nil, At: PodRef(p).At("spec.containers[" + strconv.Itoa(i) + "].env[" + e.Name + "]")}
				if s.turned(f) && !slices.ContainsFunc(out, func(o Flag) bool { return o.Name == f.Name }) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// turned reports whether a flag is set to something else than what istiod does without it.
func (s *Snapshot) turned(f Flag) bool {
	is, known := flags[f.Name]
	switch v := s.Version.Istiod; {
	case !known, !v.Has(is.since), len(is.until) > 0 && v.Has(is.until):
		return false
	case !f.Known:
		return true
	}
	a, err := strconv.ParseBool(f.Value)
	b, other := strconv.ParseBool(is.fallback)
	if err == nil && other == nil {
		return a != b
	}
	return f.Value != is.fallback && f.Value != ""
}

// ignored reports whether istiod is told not to read a kind: PILOT_IGNORE_RESOURCES lists the names of CustomResourceDefinitions, or ends of them behind an
// asterisk, and PILOT_INCLUDE_RESOURCES those of them that are read all the same (pkg/kube/kclient/crdwatcher.go, filterPilotResources).
func (s *Snapshot) ignored(api API) bool {
	if !isIstio(api.Group) && !strings.HasSuffix(api.Group, "gateway.networking.k8s.io") {
		return false
	}
	name := api.Plural + "." + api.Group
	return names(s.Flag("PILOT_IGNORE_RESOURCES"), name) && !names(s.Flag("PILOT_INCLUDE_RESOURCES"), name)
}

// names reports whether a list in a flag names a CustomResourceDefinition.
func names(f Flag, crd string) bool {
	return f.Known && slices.ContainsFunc(strings.Split(f.Value, ","), func(entry string) bool {
		end, any := strings.CutPrefix(strings.TrimSpace(entry), "*.")
		return any && strings.HasSuffix(crd, end) || !any && crd == end
	})
}
