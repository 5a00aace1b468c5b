package question

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Plain is the same question with its destination written as SCHEME://HOST:PORT, and its path apart.
func (q Question) Plain(s *mesh.Snapshot) (Question, *flow.Request, error) {
	r, err := q.Bind(s)
	if err != nil {
		return q, nil, err
	}
	q.To, q.Path = r.Scheme+"://"+hostPort(r.Host, r.Port), r.Path
	if r.Raw() {
		q.Path = ""
	}
	return q, r, nil
}

func hostPort(host string, port int) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// InNamespace is the question of another namespace: it goes to the Service of the same name there, and where the source is a pod of the
// destination's namespace, from the same workload there. It tells which namespace it was before.
func (q Question) InNamespace(s *mesh.Snapshot, namespace string) (o Question, before string, err error) {
	o, r, err := q.Plain(s)
	if err != nil {
		return q, "", err
	}
	targets, found, _ := dns.Lookup(s, r.Namespace(), r.Outside(), r.Host, r.Port)
	if !found || targets[0].Host == nil || !targets[0].Host.Kube {
		return q, "", fmt.Errorf("%q is not a Service, so it has no other namespace", r.Host)
	}
	h := targets[0].Host
	before = h.Namespace
	if before == namespace {
		return q, "", fmt.Errorf("the destination is in namespace %q already", namespace)
	}
	o.To = r.Scheme + "://" + hostPort(h.Ref.Name+"."+namespace, r.Port)
	if r.Authority == r.Host || strings.HasPrefix(r.Authority, r.Host+":") {
		o.Host = "" // the destination's own name, which is another there
	}
	if r.Source == nil || r.Source.Namespace != before {
		return o, before, nil
	}
	o.From = "pod/" + r.Source.Name + "." + namespace
	if _, err := o.sourcePod(s); err == nil {
		return o, before, nil
	}
	workload := workloadOf(r.Source)
	if workload == "" {
		return q, "", errors.New("the source is a pod without an owner; name the one of the other namespace with --compare-source")
	}
	o.From = "deploy/" + workload + "." + namespace
	return o, before, nil
}

// workloadOf is the name of what owns a pod, the Deployment in place of its ReplicaSet.
func workloadOf(p *corev1.Pod) string {
	if len(p.OwnerReferences) == 0 {
		return ""
	}
	owner := p.OwnerReferences[0]
	if owner.Kind == "ReplicaSet" {
		return replicaSetHash.ReplaceAllString(owner.Name, "")
	}
	return owner.Name
}
