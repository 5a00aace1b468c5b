package mesh

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// The user and group of a proxy: the arguments of the container that set up the redirection, which no annotation overrides.
var (
	proxyUser  = captureSetting{"", "-u"}
	proxyGroup = captureSetting{"", "-g"}
)

const proxyID = "1337"

// ProxyContainer returns the container of the pod's proxy, nil where there is none.
func ProxyContainer(pod *corev1.Pod) *corev1.Container {
	for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		if i := slices.IndexFunc(list, func(c corev1.Container) bool { return c.Name == proxyContainer }); i >= 0 {
			return &list[i]
		}
	}
	return nil
}

// ProxyVariable returns a variable of the environment of a pod's proxy; it is not ok where nothing sets it, or where it is taken from elsewhere, such
// as a field of the pod.
func ProxyVariable(pod *corev1.Pod, name string) (value string, ok bool) {
	c := ProxyContainer(pod)
	if c == nil {
		return "", false
	}
	for _, e := range c.Env {
		if e.Name == name && e.ValueFrom == nil {
			return e.Value, true
		}
	}
	return "", false
}

// containerField names a container in its pod, which may have it among its init containers.
func containerField(pod *corev1.Pod, c *corev1.Container) string {
	if slices.ContainsFunc(pod.Spec.InitContainers, func(x corev1.Container) bool { return x.Name == c.Name }) {
		return "spec.initContainers[" + c.Name + "]"
	}
	return "spec.containers[" + c.Name + "]"
}

// RunsAsProxy tells whether programs of the pod run as the user or the group of its proxy, which is 1337 unless the installation says otherwise.
// The redirection knows by these what the proxy itself sends, and leaves it alone; so what such a program sends is not captured
// (tools/istio-iptables/pkg/capture/run.go, --uid-owner and --gid-owner; Istio, "Application Requirements"). It returns the setting of the first
// such container, the zero Ref where there is none; all is false where other containers run as somebody else, so that it depends on which of
// them sends. A container that does not say as whom it runs is taken to run as somebody else.
func RunsAsProxy(pod *corev1.Pod) (at Ref, all bool) {
	user, group := idsOfProxy(pod)
	all = true
	for _, c := range programs(pod) {
		field := ""
		if id, where := runAs(pod, c, func(x *corev1.SecurityContext) *int64 { return x.RunAsUser }, func(x *corev1.PodSecurityContext) *int64 { return x.RunAsUser }); is(id, user) {
			field = where + "runAsUser"
		} else if id, where := runAs(pod, c, func(x *corev1.SecurityContext) *int64 { return x.RunAsGroup }, func(x *corev1.PodSecurityContext) *int64 { return x.RunAsGroup }); is(id, group) {
			field = where + "runAsGroup"
		}
		switch {
		case field == "":
			all = false
		case at.IsZero():
			at = PodRef(pod).At(field)
		}
	}
	return at, all && !at.IsZero()
}

// programs are the containers that run beside the pod's proxy.
func programs(pod *corev1.Pod) []*corev1.Container {
	var out []*corev1.Container
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; c.Name != proxyContainer && isNativeSidecar(c) {
			out = append(out, c)
		}
	}
	for i := range pod.Spec.Containers {
		if c := &pod.Spec.Containers[i]; c.Name != proxyContainer {
			out = append(out, c)
		}
	}
	return out
}

// runAs is a container's user or group, nil where nothing sets it, and where that stands. The container's own setting comes before the pod's.
func runAs(pod *corev1.Pod, c *corev1.Container, own func(*corev1.SecurityContext) *int64, pods func(*corev1.PodSecurityContext) *int64) (id *int64, where string) {
	if c.SecurityContext != nil && own(c.SecurityContext) != nil {
		return own(c.SecurityContext), containerField(pod, c) + ".securityContext."
	}
	if pod.Spec.SecurityContext != nil {
		return pods(pod.Spec.SecurityContext), "spec.securityContext."
	}
	return nil, ""
}

func is(id *int64, list string) bool {
	return id != nil && slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == strconv.FormatInt(*id, 10) })
}

// idsOfProxy are the users and the groups that the redirection leaves alone, as lists with commas: the arguments of the container that set it up,
// else those of the proxy's own container (from which the CNI plugin takes them), else 1337. A proxy that runs as root does so to bind
// ports, and is no sign of another.
func idsOfProxy(pod *corev1.Pod) (user, group string) {
	user, group = proxyID, proxyID
	if c := ProxyContainer(pod); c != nil && c.SecurityContext != nil {
		if id := c.SecurityContext.RunAsUser; id != nil && *id != 0 {
			user = strconv.FormatInt(*id, 10)
		}
		if id := c.SecurityContext.RunAsGroup; id != nil && *id != 0 {
			group = strconv.FormatInt(*id, 10)
		}
	}
	if v, _, ok := proxyUser.of(pod); ok && v != "" {
		user, group = v, v
	}
	if v, _, ok := proxyGroup.of(pod); ok && v != "" {
		group = v
	}
	return user, group
}
