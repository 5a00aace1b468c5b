package mesh

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

// A capture setting is an annotation of the pod; where that is absent, the installation's default shows in the arguments of the
// container that set up the redirection.
type captureSetting struct{ annotation, flag string }

var (
	includeInboundPorts     = captureSetting{"traffic.sidecar.istio.io/includeInboundPorts", "-b"}
	excludeInboundPorts     = captureSetting{"traffic.sidecar.istio.io/excludeInboundPorts", "-d"}
	includeOutboundPorts    = captureSetting{"traffic.sidecar.istio.io/includeOutboundPorts", "-q"}
	excludeOutboundPorts    = captureSetting{"traffic.sidecar.istio.io/excludeOutboundPorts", "-o"}
	includeOutboundIPRanges = captureSetting{"traffic.sidecar.istio.io/includeOutboundIPRanges", "-i"}
	excludeOutboundIPRanges = captureSetting{"traffic.sidecar.istio.io/excludeOutboundIPRanges", "-x"}
)

// of returns the setting of a pod and where it stands; ok is false where nothing sets it.
func (c captureSetting) of(pod *corev1.Pod) (value string, at Ref, ok bool) {
	if v, ok := pod.Annotations[c.annotation]; ok && c.annotation != "" {
		return v, PodRef(pod).At("metadata.annotations[" + c.annotation + "]"), true
	}
	for _, ic := range pod.Spec.InitContainers {
		if !redirects(ic.Name) {
			continue
		}
		if i := slices.Index(ic.Args, c.flag); i >= 0 && i+1 < len(ic.Args) {
			return ic.Args[i+1], PodRef(pod).At("spec.initContainers[" + ic.Name + "].args"), true
		}
	}
	return "", Ref{}, false
}

// Intercepted reports whether the pod's proxy takes connections at all, and if not, which setting says so: interceptionMode NONE, in the environment
// that the injector gave the proxy, as an annotation of its own, within proxy.istio.io/config, or in the mesh's defaultConfig; or the injector's own
// note, sidecar.istio.io/status, that it put no container there which sets up or checks the redirection. Its template (injection-template.yaml of
// istiod's chart) has one of the two in every other mode, with the CNI plugin too. REDIRECT and TPROXY take the same connections.
func (c Config) Intercepted(pod *corev1.Pod) (bool, Ref) {
	if mode, at := c.interceptionMode(pod); mode == meshconfig.ProxyConfig_NONE {
		return false, at
	}
	if injectedWithoutRedirection(pod) {
		return false, PodRef(pod).At("metadata.annotations[" + injectionStatus + "]")
	}
	return true, Ref{}
}

// interceptionMode is the mode in which connections get to the pod's proxy, and where that stands. What the injector wrote into the pod counts before
// what it would write now, and a setting of the pod before that of the mesh (injection-template.yaml, ISTIO_META_INTERCEPTION_MODE).
func (c Config) interceptionMode(pod *corev1.Pod) (mode meshconfig.ProxyConfig_InboundInterceptionMode, at Ref) {
	const annotation, config = "sidecar.istio.io/interceptionMode", "proxy.istio.io/config"
	named := func(name string) meshconfig.ProxyConfig_InboundInterceptionMode {
		return meshconfig.ProxyConfig_InboundInterceptionMode(meshconfig.ProxyConfig_InboundInterceptionMode_value[name])
	}
	if v, ok := ProxyVariable(pod, "ISTIO_META_INTERCEPTION_MODE"); ok {
		return named(v), PodRef(pod).At(containerField(pod, ProxyContainer(pod)) + ".env[ISTIO_META_INTERCEPTION_MODE]")
	}
	if v, ok := pod.Annotations[annotation]; ok {
		return named(v), PodRef(pod).At("metadata.annotations[" + annotation + "]")
	}
	if own := ProxyConfigOf(pod).GetInterceptionMode(); own != meshconfig.ProxyConfig_REDIRECT {
		return own, PodRef(pod).At("metadata.annotations[" + config + "].interceptionMode")
	}
	if slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return redirects(c.Name) }) {
		return meshconfig.ProxyConfig_REDIRECT, Ref{} // it was injected when the mesh's mode was another
	}
	return c.Proto.GetDefaultConfig().GetInterceptionMode(), c.Field("defaultConfig.interceptionMode")
}

const injectionStatus = "sidecar.istio.io/status"

// injectedWithoutRedirection reports whether the injector noted its init containers and none of them has to do with the redirection. A note
// that does not name init containers at all says nothing: it was written by hand, or cut.
func injectedWithoutRedirection(pod *corev1.Pod) bool {
	var status map[string]any
	if json.Unmarshal([]byte(pod.Annotations[injectionStatus]), &status) != nil {
		return false
	}
	noted, ok := status["initContainers"]
	list, _ := noted.([]any)
	return ok && !slices.ContainsFunc(list, redirects) &&
		!slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return redirects(c.Name) })
}

// redirects reports whether a name is that of a container which sets up the redirection, or waits for the CNI plugin to have done so.
func redirects(container any) bool {
	return container == "istio-init" || container == "istio-validation"
}

// ProxyConfigOf reads the pod's annotation proxy.istio.io/config; it is nil, which reads as empty, where there is none or where it does
// not parse.
func ProxyConfigOf(pod *corev1.Pod) *meshconfig.ProxyConfig {
	text := pod.Annotations["proxy.istio.io/config"]
	if text == "" {
		return nil
	}
	c := &meshconfig.ProxyConfig{}
	if err := decodeMesh(text, c); err != nil {
		return nil
	}
	return c
}

// TrustedProxies is how many proxies before it a gateway's pod trusts to have written X-Forwarded-For: by its own annotation, else by the mesh config
// (Istio: "Configuring Gateway Network Topology", numTrustedProxies).
func (c Config) TrustedProxies(pod *corev1.Pod) int {
	if own := ProxyConfigOf(pod).GetGatewayTopology(); own != nil {
		return int(own.NumTrustedProxies)
	}
	return int(c.Proto.GetDefaultConfig().GetGatewayTopology().GetNumTrustedProxies())
}

// AgentPort is the port on which the agent of the pod's proxy answers: probes that were rewritten, readiness and merged metrics. The annotation
// status.sidecar.istio.io/port and statusPort in proxy.istio.io/config name another than 15020 (injection-template.yaml of istiod's chart).
func AgentPort(pod *corev1.Pod) int {
	if n, err := strconv.Atoi(pod.Annotations["status.sidecar.istio.io/port"]); err == nil && n > 0 {
		return n
	}
	if n := ProxyConfigOf(pod).GetStatusPort(); n > 0 {
		return int(n)
	}
	return 15020
}

// CapturesInbound reports whether connections to a port of the pod pass its sidecar, and which setting decides. A list in
// includeInboundPorts makes excludeInboundPorts void (tools/istio-iptables/pkg/capture/run.go).
func (c Config) CapturesInbound(pod *corev1.Pod, port int) (bool, Ref) {
	if ok, why := c.Intercepted(pod); !ok {
		return false, why
	}
	if v, at, ok := includeInboundPorts.of(pod); ok && strings.TrimSpace(v) != "*" {
		return hasPort(v, port), at
	}
	if v, at, ok := excludeInboundPorts.of(pod); ok && hasPort(v, port) {
		return false, at
	}
	return port != AgentPort(pod) && port != 15021 && port != 15090, Ref{}
}

// CapturesOutbound reports whether a connection that the application opens passes its sidecar, and which setting decides. The address
// is the one it dials, before kube-proxy; an address that is not known (the zero Addr) is in no range. The first rule that fits
// decides, in the order of tools/istio-iptables/pkg/capture/run.go. Where the pod has programs of several users, [RunsAsProxy] tells
// whether all of them are captured alike.
func (c Config) CapturesOutbound(pod *corev1.Pod, ip netip.Addr, port int) (bool, Ref) {
	if ok, why := c.Intercepted(pod); !ok {
		return false, why
	}
	if v, at, ok := excludeOutboundPorts.of(pod); ok && hasPort(v, port) {
		return false, at
	}
	if at, all := RunsAsProxy(pod); all {
		return false, at
	}
	if v, at, ok := excludeOutboundIPRanges.of(pod); ok && inRanges(v, ip) {
		return false, at
	}
	if v, at, ok := includeOutboundPorts.of(pod); ok && hasPort(v, port) {
		return true, at
	}
	v, at, ok := includeOutboundIPRanges.of(pod)
	if !ok || strings.TrimSpace(v) == "*" {
		return true, Ref{}
	}
	return inRanges(v, ip), at
}

func hasPort(list string, port int) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool {
		s = strings.TrimSpace(s)
		return s == "*" || s == strconv.Itoa(port)
	})
}

func inRanges(list string, ip netip.Addr) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool {
		s = strings.TrimSpace(s)
		if s == "*" {
			return true
		}
		if p, err := netip.ParsePrefix(s); err == nil {
			return ip.IsValid() && p.Contains(ip)
		}
		a, err := netip.ParseAddr(s)
		return err == nil && a == ip
	})
}
