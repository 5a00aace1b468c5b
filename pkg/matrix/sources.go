package matrix

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Pods lists the pods that can send anything, in the order of their names: those that have an address and have not come to their end.
func Pods(s *mesh.Snapshot, keep func(*corev1.Pod) bool) []*corev1.Pod {
	all, _ := s.Pods.All()
	out := slices.DeleteFunc(slices.Clone(all), func(p *corev1.Pod) bool {
		return len(mesh.Addresses(p)) == 0 || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed || !keep(p)
	})
	slices.SortFunc(out, func(a, b *corev1.Pod) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func byName(s *mesh.Snapshot) []*corev1.Service {
	all, _ := s.Services.All()
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b *corev1.Service) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

var replicaSetHash = regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{5,10}$`)

// Workload is the name of what a pod belongs to: its owner, the Deployment in place of a ReplicaSet; of a pod without owner it is the
// pod's own name, without what its template's hash adds to it.
func Workload(p *corev1.Pod) string {
	hash := p.Labels["pod-template-hash"]
	if len(p.OwnerReferences) > 0 {
		o := p.OwnerReferences[0]
		if o.Kind != "ReplicaSet" {
			return o.Name
		}
		if name, ok := strings.CutSuffix(o.Name, "-"+hash); ok && hash != "" {
			return name
		}
		return replicaSetHash.ReplaceAllString(o.Name, "")
	}
	if i := strings.Index(p.Name, "-"+hash+"-"); hash != "" && i > 0 {
		return p.Name[:i]
	}
	return p.Name
}
