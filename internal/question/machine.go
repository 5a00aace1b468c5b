package question

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// entryKinds are the words that stand before the slash of a WorkloadEntry's name.
var entryKinds = map[string]bool{"we": true, "workloadentry": true, "workloadentries": true}

// machine finds the machine that a WorkloadEntry describes: NAME.NAMESPACE, or NAMESPACE/NAME. Without a proxy it is a client like any other
// outside of the mesh.
func (q Question) machine(s *mesh.Snapshot, name string) (*corev1.Pod, error) {
	tries := q.meanings(name)
	if ns, n, ok := strings.Cut(name, "/"); ok {
		tries = []named{{ns, n}}
	}
	for _, t := range tries {
		w, ok, _ := s.WorkloadEntries.Get(t.namespace, t.name)
		if !ok {
			continue
		}
		if pod := s.MachineOf(w); pod != nil {
			return pod, nil
		}
		return nil, fmt.Errorf("WorkloadEntry %s/%s has no serviceAccount, so nothing shows a proxy there; ask as %s --source-ip %s", t.namespace, t.name, Outside, w.Spec.Address)
	}
	unread := func(t named) []mesh.Gap {
		_, _, gaps := s.WorkloadEntries.Get(t.namespace, t.name)
		return gaps
	}
	if err := unreadPods(tries, unread); err != nil {
		return nil, err
	}
	entries, _ := s.WorkloadEntries.All()
	var names []string
	for _, w := range entries {
		names = append(names, w.Name+"."+w.Namespace)
	}
	return nil, fmt.Errorf("WorkloadEntry %q is not in namespace %q%s", tries[0].name, tries[0].namespace, suggest.Hint(name, names))
}
