package extension

import (
	"regexp"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/waypoint"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/trafficextension"
)

// attached is what extends a pod's proxy, whatever passes it.
type attached struct {
	patches    envoyfilter.Patches
	plugins    []trafficextension.Extension
	considered []precedence.Considered
	gaps       []mesh.Gap
}

func (a *attached) empty() bool { return a.patches.Empty() && len(a.plugins) == 0 }

// attachedTo finds what extends the proxy that handles a request, at a waypoint for what was dialled. Where asOf is set, it is what did so
// before that time.
func attachedTo(s *mesh.Snapshot, f flow.Flow, asOf time.Time) *attached {
	type key struct {
		pod    *corev1.Pod
		target waypoint.Target
		asOf   time.Time
	}
	pod := f.Pod
	return mesh.Derive(s, key{pod, f.Attached, asOf}, func() *attached {
		found := precedence.Extended{}
		if f.At.Role == flow.Waypoint {
			found = waypoint.Extensions(s, f.Attached)
		} else {
			found = precedence.Extensions(s, pod)
		}
		out := &attached{considered: found.Considered, gaps: found.Gaps}
		var filters []envoyfilter.Object
		for _, x := range found.Extensions {
			if !asOf.IsZero() && !x.Created.Before(asOf) {
				continue
			}
			if x.EnvoyFilter != nil {
				filters = append(filters, envoyfilter.Object{Ref: x.Ref, Created: x.Created, Spec: x.EnvoyFilter})
			} else if p, ok := plugin(x); ok {
				out.plugins = append(out.plugins, p)
			}
		}
		trafficextension.Sort(out.plugins, pod.Namespace, s.Config.RootNamespace)
		if len(filters) > 0 {
			out.patches = envoyfilter.For(filters, s.Config.RootNamespace, proxyOf(s, pod))
		}
		return out
	})
}

// plugin reads a WasmPlugin or a TrafficExtension; ok is false for one that istiod discards, and for an EnvoyFilter.
func plugin(x precedence.Extension) (p trafficextension.Extension, ok bool) {
	switch {
	case x.WasmPlugin != nil:
		return trafficextension.OfPlugin(x.Ref, x.Created, x.WasmPlugin)
	case x.TrafficExtension != nil:
		return trafficextension.OfExtension(x.Ref, x.Created, x.TrafficExtension)
	}
	return trafficextension.Extension{}, false
}

// proxyOf is what patches ask of a proxy before all else.
func proxyOf(s *mesh.Snapshot, pod *corev1.Pod) envoyfilter.Proxy {
	return envoyfilter.Proxy{Versions: versions(s, pod), TranslatesNames: s.Version.Istiod.Before(release.Release{Major: 1, Minor: 19}), Metadata: func(key string) (string, bool) { return flow.NodeMetadata(s, pod, key) }}
}

var proxyImage = regexp.MustCompile(`:v?([0-9]+\.[0-9]+[0-9A-Za-z.-]*?)(-distroless|-debug|-ubi9)?(@.*)?$`)

// The releases and patch levels that a proxy may have of which nothing is known.
const oldestMinor, patchLevels = 18, 12

// versions are those that a pod's proxy may report: what its image is tagged with, else any of the release that the user asks for, else any
// that is supported.
func versions(s *mesh.Snapshot, pod *corev1.Pod) []string {
	from, to := oldestMinor, release.Newest.Minor+1
	if s.Version.Forced != "" {
		from, to = s.Version.Proxy.Minor, s.Version.Proxy.Minor
	} else if m := proxyImage.FindStringSubmatch(imageOf(pod)); m != nil {
		return []string{m[1]}
	}
	var out []string
	for minor := from; minor <= to; minor++ {
		for level := range patchLevels {
			out = append(out, "1."+strconv.Itoa(minor)+"."+strconv.Itoa(level))
		}
	}
	return out
}

func imageOf(pod *corev1.Pod) string {
	if c := mesh.ProxyContainer(pod); c != nil {
		return c.Image
	}
	return ""
}

// startedAt is when a pod's proxy started, as far as its status tells.
func startedAt(pod *corev1.Pod) time.Time {
	at := pod.CreationTimestamp.Time
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for _, c := range list {
			if c.Name == "istio-proxy" && c.State.Running != nil && c.State.Running.StartedAt.After(at) {
				at = c.State.Running.StartedAt.Time
			}
		}
	}
	return at
}

// object is the reference of the object that a patch belongs to.
func object(p *envoyfilter.Patch) mesh.Ref { return p.Ref.Object() }

func refs(list []*envoyfilter.Patch) []mesh.Ref {
	var out []mesh.Ref
	for _, p := range list {
		if p != nil {
			out = append(out, p.Ref)
		}
	}
	return out
}
