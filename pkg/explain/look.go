package explain

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/credential"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// look offers a command that shows what the resources do not say.
func (a *advice) look(o flow.Outcome) {
	switch o.Reason {
	case flow.NoEndpoints, flow.SubsetEmpty:
		if h := a.destination(); h != nil && len(h.Selector) > 0 {
			a.add(Next{Text: catalogue.Text("NextPods"), Command: shell.Command("kubectl", "get", "pods", "-n", h.Namespace, "-l", labelArg(h.Selector), "--show-labels")})
			if o.Reason == flow.NoEndpoints {
				a.probe(h)
			}
		}
	case flow.NobodyListens:
		if h := a.destination(); h != nil && h.Kube {
			a.add(Next{Text: catalogue.Text("NextEndpoints"), Command: shell.Command("kubectl", "get", "endpointslices", "-n", h.Namespace, "-l", "kubernetes.io/service-name="+h.Ref.Name, "-o", "yaml")})
		}
	case flow.CredentialMissing:
		for _, r := range o.By {
			if name, ns := a.credential(r.Ref); name != "" {
				a.secret(name, ns, o.Args)
			}
		}
	}
}

// listens offers to try a port of a pod of which no resource says whether anybody listens there.
func (a *advice) listens() {
	for _, o := range a.v.Outcomes {
		for _, p := range o.If {
			if p.Code == flow.IfListens && p.Resource.Kind == mesh.Pod && len(p.Args) > 0 {
				a.add(Next{Text: catalogue.Text("NextListens", p.Args[0]), Command: shell.Command("kubectl", "port-forward", "-n", p.Resource.Namespace, "pod/"+p.Resource.Name, p.Args[0])})
				return
			}
		}
	}
}

// probe offers to ask about the readiness probe of a pod that a Service selects and that is not ready.
func (a *advice) probe(h *mesh.Host) {
	pods, _ := a.s.Pods.In(h.Namespace)
	for _, p := range pods {
		probed := slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool { return c.ReadinessProbe != nil && c.Name != "istio-proxy" })
		ready := slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		})
		if ready || !probed || !mesh.Selects(h.Selector, p.Labels) {
			continue
		}
		head, _, found := strings.Cut(a.command+" ", " "+shell.Quote(a.to)+" ")
		at := strings.LastIndexByte(head, ' ') // before the source
		if !found || at < 0 {
			return
		}
		a.add(Next{Text: catalogue.Text("NextProbe", mesh.PodRef(p).ID()), Command: head[:at] + " kubelet " + shell.Quote("pod/"+p.Name+"."+p.Namespace)})
		return
	}
}

// secret offers the command that shows what is wrong with a Secret. None of them prints a private key.
func (a *advice) secret(name, namespace string, args []string) {
	n := Next{Text: catalogue.Text("NextSecret"), Command: shell.Command("kubectl", "get", "secrets", "-n", namespace)}
	entry := func(e string) string {
		return shell.Command("kubectl", "get", "secret", "-n", namespace, "-o", `jsonpath={.data.tls\.`+e+"}") + " " + shell.Argument(name) + " | base64 -d"
	}
	switch {
	case slices.Contains(args, flow.CodeMark+string(credential.SecretWithoutKeys)), slices.Contains(args, flow.CodeMark+string(credential.SecretWithoutAuthority)):
		n = Next{Text: catalogue.Text("NextSecretEntries"), Command: shell.Command("kubectl", "describe", "secret", "-n", namespace) + " " + shell.Argument(name)}
	case slices.Contains(args, flow.CodeMark+string(credential.SecretUnfit)):
		n = Next{Text: catalogue.Text("NextSecretCertificate"),
			Command: entry("crt") + " | openssl x509 -noout -pubkey; " + entry("key") + " | openssl pkey -pubout"}
	}
	a.add(n)
}

// credential is the Secret that a server names, and the namespace in which it must be.
func (a *advice) credential(at mesh.Ref) (name, namespace string) {
	g, ok, _ := a.s.Gateways.Get(at.Namespace, at.Name)
	if !ok || at.Kind != mesh.Gateway {
		return "", ""
	}
	i, _, ok := index(strings.TrimPrefix(at.Field, "spec.servers"), len(g.Spec.Servers))
	if !ok {
		return "", ""
	}
	a.root.Each(func(n *flow.Node, _ *flow.Result) {
		if n.Role == flow.IngressGateway || n.Role == flow.EgressGateway {
			namespace = n.Party.Namespace
		}
	})
	return g.Spec.Servers[i].GetTls().GetCredentialName(), namespace
}

func labelArg(labels map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, k+"="+labels[k])
	}
	return strings.Join(parts, ",")
}

// destination is the host that the client's proxy sent the request to.
func (a *advice) destination() *mesh.Host {
	var host *mesh.Host
	a.root.Each(func(n *flow.Node, _ *flow.Result) {
		if c := n.Left.Cluster; c != nil && host == nil {
			host = c.Host
		}
	})
	return host
}

// index reads [n] and what follows.
func index(s string, length int) (n int, rest string, ok bool) {
	inner, rest, found := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !strings.HasPrefix(s, "[") || !found {
		return 0, "", false
	}
	n, err := strconv.Atoi(inner)
	return n, rest, err == nil && n >= 0 && n < length
}
