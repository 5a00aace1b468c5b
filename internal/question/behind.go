package question

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// ofWorkload reports whether a destination names a workload, as in deploy/NAME: pods that have an owner, which SOURCE takes too.
func ofWorkload(to string) bool {
	kind, _, slash := strings.Cut(to, "/")
	switch kind {
	case "pod", "pods", "po", "sa", "serviceaccount", "serviceaccounts", "we", "workloadentry", "workloadentries":
		return false
	}
	return slash && workloadKinds[kind]
}

// behind writes a workload in the words of a destination: as the Service that selects its pods and has the port, else as the address of one
// of its pods, as kubectl port-forward takes one. Of several Services none is guessed.
func (q Question) behind(s *mesh.Snapshot, to string) (string, error) {
	kind, rest, _ := strings.Cut(to, "/")
	name, tail := cutName(rest)
	pod, err := q.podOf(s, kind, name, ownedBy)
	if err != nil {
		return "", err
	}
	port, _ := cutName(strings.TrimPrefix(tail, ":"))
	if !strings.HasPrefix(tail, ":") {
		port = ""
	}
	services := servicesOf(s, pod, port)
	switch {
	case len(services) == 1:
		return services[0] + tail, nil
	case len(services) > 1:
		return "", fmt.Errorf("destination %q: several Services select its pods: %s; name one of them", redact.Word(q.To), strings.Join(services, ", "))
	case port == "":
		return "", fmt.Errorf("destination %q: no Service selects its pods; name the port on which they listen: %s/%s:PORT", redact.Word(q.To), kind, redact.Word(name))
	}
	address, err := addressOf(pod)
	return address + tail, err
}

// servicesOf are the Services that select a pod, as NAME.NAMESPACE; only those that have a port of that number or name, where one is given.
func servicesOf(s *mesh.Snapshot, pod *corev1.Pod, port string) []string {
	var out []string
	for _, t := range s.Targets(pod) {
		name := t.Host.Ref.Name + "." + t.Host.Namespace
		if t.Host.Kube && (port == "" || port == t.Port.Name || port == fmt.Sprint(t.Port.Number)) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
