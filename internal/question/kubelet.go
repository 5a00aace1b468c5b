package question

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Kubelet is the source that probes pods: the kubelet of the node where the pod runs.
const Kubelet = "kubelet"

// kubeletAsks reports whether kubelet sends the request, and not a pod that is called so.
func (q Question) kubeletAsks(s *mesh.Snapshot) bool {
	_, pod, _ := s.Pods.Get(q.Namespace, Kubelet)
	return q.From == Kubelet && !pod
}

// probe completes the question of what a probe gets: kubelet asks pods, and what it asks stands in the pod.
func (q Question) probe(s *mesh.Snapshot) (Question, error) {
	_, rest, isURL := strings.Cut(q.To, "://")
	if !isURL {
		rest = q.To
	}
	hostPort, path := rest, ""
	kind, name, slash := strings.Cut(rest, "/")
	pods := !isURL && slash && workloadKinds[kind]
	if pods {
		hostPort = name
	}
	if i := strings.IndexAny(hostPort, "/?"); i >= 0 {
		hostPort, path = hostPort[:i], hostPort[i:]
	}
	host, port, err := splitPort(hostPort)
	if err != nil {
		return q, fmt.Errorf("destination %q: %w", q.To, err)
	}
	pod, err := q.probedPod(s, kind, host, pods)
	if err != nil {
		return q, err
	}
	address, err := addressOf(pod)
	if err != nil {
		return q, err
	}
	probes := agent.Probes(pod)
	if port == 0 || path == "" && q.Path == "" {
		p, err := onlyProbe(pod, probes, port)
		if err != nil {
			return q, err
		}
		if p != nil {
			port, path = p.Port, p.Path
			q.TCP = q.TCP || !p.HTTP
		}
	}
	scheme := "http"
	if strings.HasPrefix(q.To, "https://") || slices.ContainsFunc(probes, func(p agent.Probe) bool { return p.TLS && p.Port == port && p.Path == path }) {
		scheme, q.Insecure = "https", true // kubelet does not verify certificates
	}
	if port == 0 {
		return q, fmt.Errorf("pod %s/%s has no probe that kubelet sends; name the port: pod/%s.%s:PORT/PATH", pod.Namespace, pod.Name, pod.Name, pod.Namespace)
	}
	q.To = scheme + "://" + address + ":" + strconv.Itoa(port) + path
	if ip, err := netip.ParseAddr(pod.Status.HostIP); err == nil && q.SourceIP == "" {
		q.SourceIP = ip.String()
	}
	return q, nil
}

// probedPod is the pod that kubelet asks: by its name, its address, or as one of a workload.
func (q Question) probedPod(s *mesh.Snapshot, kind, host string, named bool) (*corev1.Pod, error) {
	switch {
	case named && strings.HasPrefix(kind, "po"):
		return q.podNamed(s, host)
	case named:
		return q.podOf(s, kind, host, ownedBy)
	}
	if pod := s.PodAt(strings.Trim(host, "[]")); pod != nil {
		return pod, nil
	}
	if pod, err := q.podNamed(s, host); err == nil {
		return pod, nil
	}
	return nil, fmt.Errorf("kubelet asks pods; name one as pod/NAME.NAMESPACE, and not %q", host)
}

// onlyProbe is the pod's one probe, or that of a port; nil where there is none.
func onlyProbe(pod *corev1.Pod, probes []agent.Probe, port int) (*agent.Probe, error) {
	var found []agent.Probe
	for _, p := range probes {
		same := func(x agent.Probe) bool { return x.Port == p.Port && x.Path == p.Path }
		if (port == 0 || p.Port == port) && !slices.ContainsFunc(found, same) {
			found = append(found, p)
		}
	}
	if apps := slices.DeleteFunc(slices.Clone(found), func(p agent.Probe) bool { return p.Container == "istio-proxy" }); len(apps) > 0 {
		found = apps
	}
	switch {
	case len(found) == 1:
		return &found[0], nil
	case len(found) == 0 || port != 0:
		return nil, nil
	}
	var list []string
	for _, p := range found {
		list = append(list, fmt.Sprintf("pod/%s.%s:%d%s (%s of %s)", pod.Name, pod.Namespace, p.Port, p.Path, p.Name, p.Container))
	}
	return nil, fmt.Errorf("kubelet sends several probes to pod %s/%s; name one of them:\n  %s", pod.Namespace, pod.Name, strings.Join(list, "\n  "))
}

// kubelet makes kubelet the client.
func (q Question) kubelet(r *flow.Request) error {
	r.Kubelet = true
	if q.SourceIP == "" {
		return nil
	}
	ip, err := netip.ParseAddr(q.SourceIP)
	r.SourceIP = ip.Unmap()
	return err
}
