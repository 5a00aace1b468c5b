package question

import (
	"fmt"
	"strconv"
	"strings"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// entryKinds are the words that stand before the slash of a WorkloadEntry's name.
var entryKinds = map[string]bool{"we": true, "workloadentry": true, "workloadentries": true}

// atMachine writes a WorkloadEntry in the words of a destination: its address, with the port that is named by its number or by what the entry calls it.
// Without one it is the entry's only port.
func (q Question) atMachine(s *mesh.Snapshot, to string) (string, error) {
	_, rest, _ := strings.Cut(to, "/")
	name, tail := cutName(rest)
	w, err := q.entry(s, name)
	if err != nil {
		return "", err
	}
	port := ""
	if strings.HasPrefix(tail, ":") {
		port, tail = cutName(tail[1:])
	}
	if n, ok := w.Spec.Ports[port]; ok {
		port = strconv.Itoa(int(n))
	}
	if port == "" {
		for _, n := range w.Spec.Ports {
			port = strconv.Itoa(int(n))
		}
		if len(w.Spec.Ports) != 1 {
			return "", fmt.Errorf("destination %q: WorkloadEntry %s/%s has %d ports; name the one on which it listens: we/%s.%s:PORT", redact.Word(q.To), w.Namespace, w.Name, len(w.Spec.Ports), w.Name, w.Namespace)
		}
	}
	address := w.Spec.Address
	switch {
	case address == "", strings.HasPrefix(address, "unix:"):
		return "", fmt.Errorf("destination %q: WorkloadEntry %s/%s has no address that a client can dial; ask for a host that it belongs to", redact.Word(q.To), w.Namespace, w.Name)
	case strings.Contains(address, ":"):
		address = "[" + address + "]"
	}
	return address + ":" + port + tail, nil
}

// machine finds the machine that a WorkloadEntry describes: NAME.NAMESPACE, or NAMESPACE/NAME. Without a proxy it is a client like any other
// outside of the mesh.
func (q Question) machine(s *mesh.Snapshot, name string) (*corev1.Pod, error) {
	w, err := q.entry(s, name)
	if err != nil {
		return nil, err
	}
	if pod := s.MachineOf(w); pod != nil {
		return pod, nil
	}
	return nil, fmt.Errorf("WorkloadEntry %s/%s has no serviceAccount, so nothing shows a proxy there; ask as %s --source-ip %s", w.Namespace, w.Name, Outside, w.Spec.Address)
}

// entry finds a WorkloadEntry: NAME.NAMESPACE, or NAMESPACE/NAME.
func (q Question) entry(s *mesh.Snapshot, name string) (*networkingapi.WorkloadEntry, error) {
	tries := q.meanings(name)
	if ns, n, ok := strings.Cut(name, "/"); ok {
		tries = []named{{ns, n}}
	}
	for _, t := range tries {
		if w, ok, _ := s.WorkloadEntries.Get(t.namespace, t.name); ok {
			return w, nil
		}
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
