package question

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// serviceKinds are the words that stand before the slash of a Service's name.
var serviceKinds = []string{"svc", "service", "services"}

// entryWords are those of a ServiceEntry's.
var entryWords = []string{"se", "serviceentry", "serviceentries"}

// WorkloadNamespaces are the namespaces in which [Question.Workload] looks.
func (q Question) WorkloadNamespaces() []string {
	if kind, name, ok := strings.Cut(q.From, "/"); ok && (slices.Contains(serviceKinds, kind) || slices.Contains(entryWords, kind)) {
		return q.ofPod("pod/" + name)
	}
	return q.ofPod(q.From)
}

// Workload finds the pods of a workload, which From names as it does a source; svc/NAME and serviceentry/NAME are those that a Service or a
// ServiceEntry selects. A name without a kind is a pod's, else that of a workload, of a Service, or of a ServiceEntry. Pods that have come to their
// end are none of them. Where no pod stands behind a Service or ServiceEntry, it is the host itself.
func (q Question) Workload(s *mesh.Snapshot) ([]*corev1.Pod, *mesh.Host, error) {
	kind, name, slash := strings.Cut(q.From, "/")
	tries, ways, kinds := q.meanings(q.From), []belonging{byName, ownedOrMore, selected, selectedByEntry}, []mesh.Kind{mesh.Service, mesh.ServiceEntry}
	switch {
	case !slash:
	case slices.Contains(serviceKinds, kind):
		tries, ways, kinds = q.meanings(name), []belonging{selected}, []mesh.Kind{mesh.Service}
	case slices.Contains(entryWords, kind):
		tries, ways, kinds = q.meanings(name), []belonging{selectedByEntry}, []mesh.Kind{mesh.ServiceEntry}
	case kind == "pod", kind == "pods", kind == "po":
		tries, ways, kinds = q.meanings(name), []belonging{byName}, nil
	case kind == "sa", kind == "serviceaccount", kind == "serviceaccounts":
		tries, ways, kinds = q.meanings(name), []belonging{account}, nil
	case workloadKinds[kind]:
		tries, ways, kinds = q.meanings(name), []belonging{owned}, nil
	default:
		tries = []named{{kind, name}}
	}
	for _, way := range ways {
		for _, t := range tries {
			if pods := way(s, t); len(pods) > 0 {
				return pods, nil, nil
			}
		}
	}
	if err := unreadPods(tries, func(t named) []mesh.Gap { return s.Pods.Gaps(t.namespace) }); err != nil {
		return nil, nil, err
	}
	if h := hostNamed(s, tries, kinds); h != nil {
		return nil, h, nil
	}
	for _, t := range tries {
		if _, _, gaps := s.ServiceEntries.Get(t.namespace, t.name); len(gaps) > 0 && slices.Contains(kinds, mesh.ServiceEntry) {
			return nil, nil, &UnreadError{t.namespace, gaps[0]}
		}
	}
	t := tries[0]
	return nil, nil, fmt.Errorf("no pod, workload, Service or ServiceEntry %q is in namespace %q%s", t.name, t.namespace, q.hint(s, t.name))
}

// hostNamed finds the Service or ServiceEntry of a name.
func hostNamed(s *mesh.Snapshot, tries []named, kinds []mesh.Kind) *mesh.Host {
	hosts, _ := s.Hosts()
	for _, kind := range kinds {
		for _, t := range tries {
			ref := mesh.Ref{Kind: kind, Namespace: t.namespace, Name: t.name}
			if i := slices.IndexFunc(hosts, func(h *mesh.Host) bool { return h.Ref == ref }); i >= 0 {
				return hosts[i]
			}
		}
	}
	return nil
}

// CheckWorkload returns an error where From is no name of a workload, but is written as the destination of a request is: a workload has no
// scheme, no port and no path. It looks nothing up. A login or a query is in no error: they can be secrets.
func (q Question) CheckWorkload() error {
	const form = "name a workload as NAME.NAMESPACE, NAMESPACE/NAME or svc/NAME"
	scheme, name, isURL := strings.Cut(q.From, "://")
	if !isURL {
		scheme, name = "", q.From
	}
	if i := strings.IndexAny(name, "?#"); i >= 0 {
		name = name[:i]
	}
	name = name[strings.LastIndexByte(name, '@')+1:]
	bare, port, hasPort := strings.Cut(name, ":")
	host := strings.TrimPrefix(bare, "svc/")
	_, _, isHost := mesh.SplitServiceHost(host)
	before, after, slash := strings.Cut(name, "/")
	switch {
	case isURL:
		host, _, _ = strings.Cut(bare, "/")
		return fmt.Errorf("%q is the URL of a request, and no request is needed here: %s%s", scheme+"://"+host, form, such(host))
	case hasPort:
		return fmt.Errorf("%q has a port, but the table covers the whole workload: %s%s", bare+":"+port, form, such(bare))
	case isHost:
		return fmt.Errorf("%q is the name of a host: %s%s", name, form, such(host))
	case name == "", slash && (before == "" || after == ""):
		return fmt.Errorf("%q names no workload: %s", name, form)
	case strings.Contains(after, "/"):
		return fmt.Errorf("%q has more than one slash: %s", name, form)
	}
	return nil
}

// such offers what was probably meant.
func such(name string) string {
	if name == "" {
		return ""
	}
	if svc, ns, ok := mesh.SplitServiceHost(name); ok {
		name = "svc/" + svc + "." + ns
	}
	return ", such as " + name
}

// belonging finds the pods that a name means in one way.
type belonging func(*mesh.Snapshot, named) []*corev1.Pod

func byName(s *mesh.Snapshot, t named) []*corev1.Pod {
	return podsThat(s, t, func(p *corev1.Pod) bool { return p.Name == t.name })
}

func owned(s *mesh.Snapshot, t named) []*corev1.Pod {
	return podsThat(s, t, func(p *corev1.Pod) bool { return ownedBy(p, t.name) })
}

func account(s *mesh.Snapshot, t named) []*corev1.Pod {
	return podsThat(s, t, func(p *corev1.Pod) bool { return mesh.ServiceAccountOf(p) == t.name })
}

func selected(s *mesh.Snapshot, t named) []*corev1.Pod {
	svc, ok, _ := s.Services.Get(t.namespace, t.name)
	if !ok || len(svc.Spec.Selector) == 0 {
		return nil
	}
	return podsThat(s, t, func(p *corev1.Pod) bool { return mesh.Selects(svc.Spec.Selector, p.Labels) })
}

func selectedByEntry(s *mesh.Snapshot, t named) []*corev1.Pod {
	e, ok, _ := s.ServiceEntries.Get(t.namespace, t.name)
	if !ok || len(e.Spec.GetWorkloadSelector().GetLabels()) == 0 {
		return nil
	}
	return podsThat(s, t, func(p *corev1.Pod) bool { return mesh.Selects(e.Spec.WorkloadSelector.Labels, p.Labels) })
}

// ownedOrMore are the pods of a workload, or those of a Service of its name that has all of them and more: whoever asks by the name alone means both.
func ownedOrMore(s *mesh.Snapshot, t named) []*corev1.Pod {
	own, more := owned(s, t), selected(s, t)
	if len(own) == 0 || slices.ContainsFunc(own, func(p *corev1.Pod) bool { return !slices.Contains(more, p) }) {
		return own
	}
	return more
}

func podsThat(s *mesh.Snapshot, t named, is func(*corev1.Pod) bool) []*corev1.Pod {
	pods, _ := s.Pods.In(t.namespace)
	var out []*corev1.Pod
	for _, p := range pods {
		if p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed && is(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return out
}
