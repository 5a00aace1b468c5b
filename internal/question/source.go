package question

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Outside is the source that is no pod of the mesh.
const Outside = "outside"

// workloadKinds are the words that stand before a slash without being a namespace.
var workloadKinds = map[string]bool{
	"pod": true, "pods": true, "po": true, "sa": true, "serviceaccount": true, "serviceaccounts": true,
	"deploy": true, "deployment": true, "deployments": true, "sts": true, "statefulset": true, "statefulsets": true,
	"ds": true, "daemonset": true, "daemonsets": true, "rs": true, "replicaset": true, "replicasets": true, "job": true, "jobs": true,
	"we": true, "workloadentry": true, "workloadentries": true,
	"cj": true, "cronjob": true, "cronjobs": true, "rc": true, "replicationcontroller": true, "replicationcontrollers": true,
}

// source finds the pod that asks.
func (q Question) source(s *mesh.Snapshot, r *flow.Request) error {
	if q.kubeletAsks(s) {
		return q.kubelet(r)
	}
	if q.SourceIP != "" {
		ip, err := netip.ParseAddr(q.SourceIP)
		if err != nil {
			return fmt.Errorf("--source-ip %q is not an IP address", q.SourceIP)
		}
		if q.From != Outside {
			return fmt.Errorf("--source-ip is for the source %s only: a pod has its own address", Outside)
		}
		r.SourceIP = ip.Unmap()
	}
	if q.From == Outside {
		return nil
	}
	pod, err := q.sourcePod(s)
	if err != nil {
		return err
	}
	if len(mesh.Addresses(pod)) == 0 {
		return fmt.Errorf("pod %s/%s has no address yet (phase %s), so it cannot send anything", pod.Namespace, pod.Name, pod.Status.Phase)
	}
	r.Source = pod
	return nil
}

func (q Question) sourcePod(s *mesh.Snapshot) (*corev1.Pod, error) {
	if q.From == "" {
		return nil, fmt.Errorf("the source is missing: name a pod as POD.NAMESPACE, or %s", Outside)
	}
	kind, name, slash := strings.Cut(q.From, "/")
	if slash {
		switch {
		case kind == "pod", kind == "pods", kind == "po":
			return q.podNamed(s, name)
		case kind == "sa", kind == "serviceaccount", kind == "serviceaccounts":
			return q.podOf(s, "serviceaccount", name, func(p *corev1.Pod, account string) bool { return mesh.ServiceAccountOf(p) == account })
		case entryKinds[kind]:
			return q.machine(s, name)
		case workloadKinds[kind]:
			return q.podOf(s, kind, name, ownedBy)
		}
		if pod, ok, _ := s.Pods.Get(kind, name); ok {
			return pod, nil
		} else if err := unreadPods([]named{{kind, name}}, unreadPod(s)); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("pod %q is not in namespace %q%s", name, kind, q.hint(s, name))
	}
	return q.podNamed(s, q.From)
}

// podNamed finds pod, or pod.namespace.
func (q Question) podNamed(s *mesh.Snapshot, name string) (*corev1.Pod, error) {
	tries := q.meanings(name)
	for _, t := range tries {
		if pod, ok, _ := s.Pods.Get(t.namespace, t.name); ok {
			return pod, nil
		}
	}
	if err := unreadPods(tries, unreadPod(s)); err != nil {
		return nil, err
	}
	t, help := tries[0], ""
	if kind, _, ok := strings.Cut(q.From, "/"); ok && slices.Contains([]string{"svc", "service", "services"}, kind) {
		return nil, fmt.Errorf("a source is a pod, and %s is a Service; name a pod, deploy/NAME or sa/NAME", redact.Word(q.From))
	}
	if len(tries) == 1 {
		help = "; name another namespace as POD.NAMESPACE, or with -n"
	}
	return nil, fmt.Errorf("pod %q is not in namespace %q%s%s", t.name, t.namespace, q.hint(s, t.name), help)
}

// named is a name with the namespace in which it is looked for.
type named struct{ namespace, name string }

// meanings are the pods or workloads that a name can mean, the likelier first: name.namespace, and, as a name may have dots itself, one of
// the question's namespace.
func (q Question) meanings(name string) []named {
	whole := named{q.Namespace, name}
	if i := strings.LastIndexByte(name, '.'); i > 0 && i < len(name)-1 {
		return []named{{name[i+1:], name[:i]}, whole}
	}
	return []named{whole}
}

// UnreadError tells that the source, or a workload, could not be looked up as something of its namespace is not known: its pods, as a rule.
type UnreadError struct {
	Namespace string
	Gap       mesh.Gap
}

func (e *UnreadError) Error() string {
	what := "pods"
	if e.Gap.Kind == mesh.ServiceEntry {
		what = "ServiceEntries"
	}
	text := fmt.Sprintf("the %s of namespace %q could not be read", what, e.Namespace)
	if e.Gap.Detail != "" {
		text += ": " + e.Gap.Detail
	}
	if can := e.Gap.CanI(); can != "" {
		text += "\nask: " + can
	}
	return text
}

// unreadPods is the error where a name was not found because pods were not read. What may not be read of the less likely meaning stands
// in nobody's way; what nobody has asked for can still be read.
func unreadPods(tries []named, gapsOf func(named) []mesh.Gap) error {
	for i, t := range tries {
		if gaps := gapsOf(t); len(gaps) > 0 && (i == 0 || gaps[0].Cause == mesh.Failed && gaps[0].Detail == "") {
			return &UnreadError{t.namespace, gaps[0]}
		}
	}
	return nil
}

// unreadPod is what of a namespace could hide a pod of a name.
func unreadPod(s *mesh.Snapshot) func(named) []mesh.Gap {
	return func(t named) []mesh.Gap {
		_, _, gaps := s.Pods.Get(t.namespace, t.name)
		return gaps
	}
}

func (q Question) podOf(s *mesh.Snapshot, kind, name string, is func(*corev1.Pod, string) bool) (*corev1.Pod, error) {
	tries := q.meanings(name)
	if ns, n, ok := strings.Cut(name, "/"); ok {
		tries = []named{{ns, n}}
	}
	for _, t := range tries {
		pods, _ := s.Pods.In(t.namespace)
		running := slices.DeleteFunc(slices.Clone(pods), func(p *corev1.Pod) bool { return !is(p, t.name) })
		slices.SortStableFunc(running, func(a, b *corev1.Pod) int { return notRunning(a) - notRunning(b) })
		if len(running) > 0 {
			return running[0], nil
		}
	}
	if err := unreadPods(tries, func(t named) []mesh.Gap { return s.Pods.Gaps(t.namespace) }); err != nil {
		return nil, err
	}
	t := tries[0]
	return nil, fmt.Errorf("no pod of %s %q is in namespace %q%s", kind, t.name, t.namespace, q.hint(s, t.name))
}

func notRunning(p *corev1.Pod) int {
	if p.Status.Phase == corev1.PodRunning || p.Status.Phase == "" {
		return 0
	}
	return 1
}

var replicaSetHash = regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{5,10}$`)

// ownedBy goes by the owner that the pod names; a Deployment owns its pods through a ReplicaSet of its name and a hash. Where owners
// are not noted, as in files by hand, the pod's own name decides.
func ownedBy(p *corev1.Pod, workload string) bool {
	for _, o := range p.OwnerReferences {
		if o.Name == workload || o.Kind == "ReplicaSet" && replicaSetHash.ReplaceAllString(o.Name, "") == workload {
			return true
		}
	}
	return len(p.OwnerReferences) == 0 && (p.Name == workload || strings.TrimSuffix(p.GenerateName, "-") == workload ||
		replicaSetHash.ReplaceAllString(replicaSetHash.ReplaceAllString(p.Name, ""), "") == workload)
}

// hint offers pods with a similar name, those of other namespaces with it.
func (q Question) hint(s *mesh.Snapshot, name string) string {
	pods, _ := s.Pods.All()
	var names []string
	for _, p := range pods {
		names = append(names, p.Name)
	}
	var full []string
	for _, n := range suggest.Names(name, names, 3) {
		for _, p := range pods {
			if p.Name == n {
				full = append(full, p.Name+"."+p.Namespace)
			}
		}
		if len(full) >= 3 || n == name {
			break
		}
	}
	if len(full) == 0 {
		return ""
	}
	return " (did you mean " + strings.Join(full[:min(len(full), 3)], ", ") + "?)"
}
