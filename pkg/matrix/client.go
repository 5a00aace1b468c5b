package matrix

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/extension"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// client is what pods have in common whose own side treats every request the same: how they are captured, and what their proxies know.
type client struct {
	pod     *corev1.Pod    // one of them
	kind    string         // its revision, and how it sends
	view    *mesh.Snapshot // as their control plane sees it
	scope   *routing.Scope
	as      precedence.Client
	bare    bool // no sidecar of their own
	state   capture.State
	limited bool // settings of the pod limit what the sidecar captures
	alone   bool // something is not known, or not modelled, that another namespace could have otherwise
	sidecar mesh.Ref
	peer    string // clients that have the same one have the same outbound configuration for every host; empty where that cannot be told beforehand
}

// unit are pods of one client that show one identity.
type unit struct {
	*client
	identity string
	pods     []int // in the question's sources
}

// units sorts the sources.
func units(s *mesh.Snapshot, sources []*corev1.Pod) []*unit {
	clients := map[string]*client{}
	index := map[string]*unit{}
	var out []*unit
	for i, pod := range sources {
		c := clientOf(s, pod, clients)
		identity := ""
		switch {
		case c.state == capture.Captured:
			identity = mesh.Identity(s.ForZtunnels().Config.TrustDomain(), pod.Namespace, mesh.ServiceAccountOf(pod))
		case !c.bare:
			identity = mesh.Identity(c.view.Config.TrustDomain(), pod.Namespace, mesh.ServiceAccountOf(pod))
		}
		key := clientKey(c) + identity
		u := index[key]
		if u == nil {
			u = &unit{client: c, identity: identity}
			index[key] = u
			out = append(out, u)
		}
		u.pods = append(u.pods, i)
	}
	return out
}

func clientKey(c *client) string { return mesh.PodRef(c.pod).String() + "|" }

func clientOf(s *mesh.Snapshot, pod *corev1.Pod, known map[string]*client) *client {
	role := mesh.RoleOf(pod)
	sends, _ := capture.SendsHBONE(s, pod)
	key := []string{mesh.Revision(pod), strconv.Itoa(int(role)), capture.StateOf(pod).String(), strconv.FormatBool(sends)}
	if pod.Spec.HostNetwork {
		key = append(key, "node", pod.Spec.NodeName) // the ztunnels of its own node do not see it
		if pod.Spec.NodeName == "" {
			key = append(key, mesh.PodRef(pod).String())
		}
	}
	bare := role != mesh.SidecarProxy
	if bare {
		key = append(key, string(capture.Of(s, pod).Why), strconv.FormatBool(capture.KeptOut(s, pod))) // which names what is to blame
	}
	view := s.For(pod)
	var extended bool
	kind := strings.Join(key, "\x00")
	own := 0
	if !bare {
		own = len(key) + 2
		key = append(key, pod.Namespace, precedence.Sidecar(view, pod.Namespace, pod.Labels).Ref().String())
		for _, k := range ClientLabels(view) {
			v, has := pod.Labels[k]
			key = append(key, strconv.FormatBool(has)+v)
		}
		key = append(key, captureSettings(view, pod)...)
		key = append(key, upstream.Place(view, pod))
		key = append(key, flow.ProxyRelease(view, pod).String()) // some rules are the proxy's own
		for _, x := range precedence.Extensions(view, pod).Extensions {
			key = append(key, x.Ref.String())
			extended = extended || !extension.Harmless(x)
		}
	}
	for _, g := range s.Newer {
		if g.Resource.Object() == mesh.PodRef(pod) {
			key = append(key, pod.Name)
		}
	}
	text := strings.Join(key, "\x00")
	if c := known[text]; c != nil {
		return c
	}
	c := &client{pod: pod, kind: kind, view: view, bare: bare, state: capture.StateOf(pod), limited: limitsCapture(view, pod)}
	if !bare {
		choice := precedence.Sidecar(view, pod.Namespace, pod.Labels)
		c.sidecar = choice.Ref()
		c.scope = routing.ScopeOf(view, pod.Namespace, choice)
		c.as = precedence.Client{Namespace: pod.Namespace, Labels: pod.Labels}
		partial, all := routing.Partial(view)
		if !all && !partial[pod.Namespace] && c.sidecar.IsZero() && !c.limited {
			c.peer = strings.Join(key[own:], "\x00") + "\x00" + kind
		}
		c.alone = extended || !knownEverywhere(view) || len(s.Newer) > 0 || RoutesRefused(view)
	}
	known[text] = c
	return c
}

// knownEverywhere reports whether everything was read that bears on the client's side by its namespace.
func knownEverywhere(s *mesh.Snapshot) bool {
	return s.Sidecars.Known() && s.DestinationRules.Known() && s.EndpointSlices.Known() && s.VirtualServices.Known() && s.EnvoyFilters.Known() &&
		s.WasmPlugins.Known() && s.TrafficExtensions.Known() && s.Services.Known() && s.ServiceEntries.Known()
}

// captureSettings are what limits the redirection of a pod's connections (tools/istio-iptables).
func captureSettings(view *mesh.Snapshot, pod *corev1.Pod) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(pod.Annotations)) {
		if strings.HasPrefix(k, "traffic.sidecar.istio.io/") || k == "sidecar.istio.io/interceptionMode" || k == "proxy.istio.io/config" {
			out = append(out, k+"="+pod.Annotations[k])
		}
	}
	for _, c := range pod.Spec.InitContainers {
		if (c.Name == "istio-init" || c.Name == "istio-validation") && len(c.Args) > 0 {
			out = append(out, c.Name+" "+strings.Join(c.Args, " "))
		}
	}
	if ok, at := view.Config.Intercepted(pod); !ok {
		out = append(out, at.Field)
	}
	if at, all := mesh.RunsAsProxy(pod); !at.IsZero() {
		out = append(out, at.Field, strconv.FormatBool(all))
	}
	return out
}

// limitsCapture tells pods of which not every connection is captured.
func limitsCapture(view *mesh.Snapshot, pod *corev1.Pod) bool {
	if ok, _ := view.Config.Intercepted(pod); !ok {
		return true
	}
	if at, _ := mesh.RunsAsProxy(pod); !at.IsZero() {
		return true
	}
	for _, text := range captureSettings(view, pod) {
		name, args, _ := strings.Cut(text, " ")
		if strings.Contains(name, "Outbound") {
			return true
		}
		list := strings.Fields(args)
		for i, flag := range list {
			value := ""
			if i+1 < len(list) {
				value = list[i+1]
			}
			if slices.Contains([]string{"-o", "-q", "-x"}, flag) && value != "" || flag == "-i" && value != "*" {
				return true
			}
		}
	}
	return false
}
