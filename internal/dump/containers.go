package dump

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
)

// annotationsRead are those that a decision reads. Whoever wants others reads them in the cluster.
var annotationsRead = []string{
	"alpha.istio.io/canonical-serviceaccounts", "alpha.istio.io/kubernetes-serviceaccounts",
	"ambient.istio.io/bypass-inbound-capture", "ambient.istio.io/dns-capture", "ambient.istio.io/redirection", "ambient.istio.io/waypoint-inbound-binding",
	"experimental.istio.io/disable-gateway-port-translation",
	"gateway.istio.io/listener-protocol", "gateway.istio.io/managed", "gateway.istio.io/name-override", "gateway.istio.io/tls-terminate-mode",
	"istio.io/dataplane-mode", "istio.io/draining", "istio.io/dry-run", "istio.io/ignore-policy-attachment", "istio.io/ingress-use-waypoint", "istio.io/rev",
	"istio.io/use-waypoint", "istio.io/use-waypoint-canary", "istio.io/use-waypoint-canary-namespace", "istio.io/use-waypoint-canary-weight", "istio.io/use-waypoint-namespace",
	"istio.io/waypoint-for", "istio.io/waypoint-inbound-binding",
	"kubernetes.io/ingress.class", mesh.StandInAnnotation, mesh.UnlabelledAnnotation,
	"networking.istio.io/exportTo", "networking.istio.io/gatewayPort", "networking.istio.io/service-type", "networking.istio.io/traffic-distribution", "networking.istio.io/tunnel",
	"proxy.istio.io/config", "proxy.istio.io/health-checks-enabled",
	"security.istio.io/tlsMode", "service.istio.io/canonical-name",
	"sidecar.istio.io/inject", "sidecar.istio.io/interceptionMode", "sidecar.istio.io/rewriteAppHTTPProbers", "sidecar.istio.io/status",
	"status.sidecar.istio.io/port",
	"topology.istio.io/network", "topology.istio.io/subzone",
	"traffic.sidecar.istio.io/excludeInboundPorts", "traffic.sidecar.istio.io/excludeInterfaces", "traffic.sidecar.istio.io/excludeOutboundIPRanges", "traffic.sidecar.istio.io/excludeOutboundPorts",
	"traffic.sidecar.istio.io/includeInboundPorts", "traffic.sidecar.istio.io/includeOutboundIPRanges", "traffic.sidecar.istio.io/includeOutboundPorts", "traffic.sidecar.istio.io/kubevirtInterfaces",
}

// annotations leaves those that a decision reads; with full the names of the others stay too.
func (d *dump) annotations(meta tree) {
	list := object(meta, "annotations")
	for _, k := range slices.Sorted(maps.Keys(list)) {
		s, _ := list[k].(string)
		switch {
		case k == "proxy.istio.io/config":
			list[k] = d.config(s, proxyFields)
		case k == "sidecar.istio.io/status":
			list[k] = injected(s)
		case slices.Contains(annotationsRead, k):
		case d.full && s == hidden:
		case d.full:
			d.leave(annotations, 1)
			list[k] = hidden
		default:
			d.leave(annotations, 1)
			delete(list, k)
		}
	}
	if len(list) == 0 {
		delete(meta, "annotations")
	}
}

// injected is what the injector notes in a pod: the revision, and what it added.
func injected(s string) string {
	var note struct {
		Revision       string    `json:"revision,omitempty"`
		Containers     []string  `json:"containers,omitempty"`
		InitContainers *[]string `json:"initContainers,omitempty"`
	}
	var was map[string]any
	if json.Unmarshal([]byte(s), &note) != nil || json.Unmarshal([]byte(s), &was) != nil {
		return "{}"
	}
	if _, noted := was["initContainers"]; noted && note.InitContainers == nil {
		note.InitContainers = &[]string{} // that there are none tells that nothing is redirected
	}
	out, _ := json.Marshal(note) // of plain fields
	return string(out)
}

// istioImage finds the images that tell which release is at work.
var istioImage = regexp.MustCompile(`(?:pilot|proxyv2|istiod)`)

// argumentsOf are the containers whose arguments tell what the proxy is and what is sent through it.
var argumentsOf = map[string]bool{"istio-proxy": true, "istio-init": true, "istio-validation": true}

func (d *dump) container(c tree) {
	for _, field := range []string{"command", "args"} {
		if name, _ := c["name"].(string); field == "command" || !argumentsOf[name] {
			list, _ := c[field].([]any)
			d.leave(arguments, len(list))
			delete(c, field)
		}
	}
	only(c, containerFields)
	keepProbes(c)
	keepUser(c)
	if image, _ := c["image"].(string); !istioImage.MatchString(image) {
		delete(c, "image")
	}
	d.arguments(c)
	var env []any
	for _, e := range objects(c, "env") {
		name, _ := e["name"].(string)
		if isFlag(c, name) {
			only(e, []string{"name", "value", "valueFrom"})
			only(object(e, "valueFrom"), nil) // that it comes from elsewhere
			env = append(env, e)
			continue
		}
		if name == agent.ProbersVariable {
			e["value"] = probers(e["value"])
			env = append(env, e)
			continue
		}
		if !strings.HasPrefix(name, metaPrefix) {
			d.leave(variables, 1)
			continue
		}
		if s, ok := e["value"].(string); ok {
			e["value"] = d.variable(name, s)
		}
		env = append(env, e)
	}
	if c["env"] = env; len(env) == 0 {
		delete(c, "env")
	}
}

// probers leaves of the probes that the injector took over where they go, as keepProbes does.
func probers(v any) string {
	s, _ := v.(string)
	var list map[string]tree
	if json.Unmarshal([]byte(s), &list) != nil {
		return "{}"
	}
	for _, p := range list {
		only(p, []string{"httpGet", "tcpSocket", "grpc"})
		for _, how := range []string{"httpGet", "tcpSocket", "grpc"} {
			only(object(p, how), []string{"port", "scheme"})
		}
	}
	out, _ := json.Marshal(list) // of plain fields
	return string(out)
}

// isFlag reports whether an environment variable of a container is a flag of istiod, which is no secret.
func isFlag(container tree, name string) bool {
	return container["name"] == "discovery" && mesh.IsFlag(name)
}

// keepUser leaves of a security context as whom a program runs: what runs as the proxy's user or group is not captured.
func keepUser(c tree) {
	context := object(c, "securityContext")
	if only(context, []string{"runAsUser", "runAsGroup"}); len(context) == 0 {
		delete(c, "securityContext")
	}
}

// keepProbes leaves of the probes where they go: a port that one asks is a port that somebody listens on. A path can be a secret.
func keepProbes(c tree) {
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		probe := object(c, name)
		only(probe, []string{"httpGet", "tcpSocket", "grpc"})
		only(object(probe, "httpGet"), []string{"port", "scheme"})
		only(object(probe, "tcpSocket"), []string{"port"})
		only(object(probe, "grpc"), []string{"port"})
		if len(probe) == 0 {
			delete(c, name)
		}
	}
}

// fullContainer keeps the names and hides the texts.
func (d *dump) fullContainer(c tree) {
	name, _ := c["name"].(string)
	for _, e := range objects(c, "env") {
		if s, ok := e["value"].(string); ok {
			switch name, _ := e["name"].(string); {
			case name == agent.ProbersVariable:
				e["value"] = probers(s)
			case !isFlag(c, name):
				e["value"] = d.variable(name, s)
			}
		}
	}
	if argumentsOf[name] {
		d.arguments(c)
	} else if args, ok := c["args"]; ok {
		c["args"] = d.opaque(arguments, args)
	}
	if command, ok := c["command"]; ok {
		c["command"] = d.opaque(arguments, command)
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe", "lifecycle"} {
		if p, ok := c[probe]; ok {
			c[probe] = d.opaque(arguments, p)
		}
	}
}

var (
	// proxyWords are the arguments that tell what a proxy is.
	proxyWords = []string{"proxy", "sidecar", "router", "waypoint", "ztunnel", "istio-iptables", "--domain", "$(POD_NAMESPACE).svc.cluster.local"}
	// proxyFlag finds flags of istio-iptables, and captured what may follow on them: ports, ranges, users, and names of modes.
	proxyFlag = regexp.MustCompile(`^-[A-Za-z]$`)
	captured  = regexp.MustCompile(`^(?:[0-9.,:/*]*|REDIRECT|TPROXY|NONE)$`)
)

// arguments leaves of a proxy's arguments what tells its kind and what it captures.
func (d *dump) arguments(c tree) {
	list, _ := c["args"].([]any)
	var out []any
	for i, v := range list {
		s, _ := v.(string)
		behind := false
		if i > 0 {
			before, _ := list[i-1].(string)
			behind = proxyFlag.MatchString(before)
		}
		switch {
		case slices.Contains(proxyWords, s), proxyFlag.MatchString(s), behind && (captured.MatchString(s) || s == hidden):
			out = append(out, s)
		case behind:
			d.leave(arguments, 1)
			out = append(out, hidden)
		default:
			d.leave(arguments, 1)
		}
	}
	if c["args"] = out; len(out) == 0 {
		delete(c, "args")
	}
}
