package question

import (
	"slices"
	"strings"
)

// Namespaces are the namespaces that the question names, or that its names can mean: that of the source, and those of the destination
// and of the gateway. What else matters shows while the request is followed.
func (q Question) Namespaces() (source, destination []string) {
	if q.From != Outside {
		source = q.ofPod(q.From)
	}
	to := q.To
	if _, rest, ok := strings.Cut(to, "://"); ok {
		to = rest
	}
	pod := false
	for _, prefix := range []string{"pod/", "pods/"} {
		if rest, ok := strings.CutPrefix(to, prefix); ok && to == q.To {
			to, pod = rest, true
		}
	}
	if kind, name, _ := strings.Cut(to, "/"); to == q.To && (ofWorkload(to) || entryKinds[kind]) {
		to, pod = name, true
	}
	if i := strings.IndexAny(to, "/?#"); i >= 0 {
		to = to[:i]
	}
	if host, _, err := splitPort(to); err == nil {
		to = host
	}
	if pod {
		destination = q.ofPod(to)
	} else {
		destination = q.ofHost(to, source)
	}
	if name, _, err := splitPort(q.Via); err == nil && q.Via != "" {
		destination = append(destination, q.ofHost(strings.TrimPrefix(name, "pod/"), source)...)
	}
	return unique(source), unique(destination)
}

// ofPod takes the end of pod.namespace, or the beginning of namespace/pod. A name without either is one of the question's namespace,
// and one with dots can be.
func (q Question) ofPod(name string) []string {
	kind, rest, slash := strings.Cut(name, "/")
	switch {
	case slash && workloadKinds[kind]:
		name = rest
		if ns, _, ok := strings.Cut(rest, "/"); ok {
			return []string{ns}
		}
	case slash:
		return []string{kind}
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return []string{name[i+1:]}
	}
	return []string{q.Namespace}
}

// ofHost takes the namespace of service.namespace[.svc...]; a short name is one of the client's namespace. An address, or a host outside
// of the cluster, has none.
func (q Question) ofHost(host string, client []string) []string {
	labels := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	switch {
	case strings.ContainsAny(host, "[:"), host == "":
		return nil
	case len(labels) == 1 && len(client) > 0:
		return client
	case len(labels) == 1:
		return []string{q.Namespace}
	case len(labels) == 2:
		return labels[1:]
	}
	if i := slices.Index(labels, "svc"); i > 1 {
		return labels[i-1 : i]
	}
	return nil
}

func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
