package explain

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// fixes propose changes for a reason. None is shown before it was tried.
var fixes = map[flow.Reason][]func(*advice, flow.Outcome) (fix, bool){
	flow.RBACNoAllowMatched: {extendAllow},
	flow.PlaintextRefused:   {permitPlaintext},
	flow.ServerSpeaksClear:  {sendPlaintext},
	flow.SubsetUndefined:    {defineSubset},
	flow.RouteNotFound:      {addRoute},
	flow.RegistryOnly:       {importHost, addEntry},
	flow.NobodyListens:      {correctTarget},
}

// extendAllow adds what the request has to the rule that comes nearest, where that is a value of the request's own.
func extendAllow(a *advice, o flow.Outcome) (fix, bool) {
	if o.At == nil {
		return fix{}, false
	}
	for _, c := range o.At.Candidates {
		failing, _ := nearest(c.Checks)
		if c.Matches != evidence.False || len(failing) == 0 || len(failing) > 2 || c.Ref.Kind != mesh.AuthorizationPolicy {
			continue
		}
		p, ok, _ := a.s.AuthorizationPolicies.Get(c.Ref.Namespace, c.Ref.Name)
		if !ok {
			continue
		}
		extended := p.DeepCopy()
		for _, x := range failing {
			if ok = ok && extendField(&extended.Spec, x); !ok {
				break
			}
		}
		if ok {
			extended.TypeMeta = metav1.TypeMeta{APIVersion: "security.istio.io/v1", Kind: string(mesh.AuthorizationPolicy)}
			return fix{code: "NextExtendAllow", facts: []string{c.Ref.Object().String()}, objects: []metav1.Object{extended}}, true
		}
	}
	return fix{}, false
}

// extendField appends the request's value to a list of the policy; not for negated fields, nor for what the request does not have.
func extendField(p *security.AuthorizationPolicy, c evidence.Check) bool {
	if c.Got == "" || c.Is != evidence.False || c.Key != "" {
		return false
	}
	rule, rest, ok := index(strings.TrimPrefix(c.Field, "spec.rules"), len(p.Rules))
	if !ok {
		return false
	}
	r := p.Rules[rule]
	if i, field, ok := index(strings.TrimPrefix(rest, ".from"), len(r.From)); ok && strings.HasPrefix(rest, ".from") {
		src := r.From[i].Source
		switch strings.TrimPrefix(field, ".source.") {
		case "principals":
			src.Principals = append(slices.Clone(src.Principals), c.Got)
		case "namespaces":
			src.Namespaces = append(slices.Clone(src.Namespaces), namespaceOf(c.Got))
		default:
			return false
		}
		return true
	}
	if i, field, ok := index(strings.TrimPrefix(rest, ".to"), len(r.To)); ok && strings.HasPrefix(rest, ".to") {
		op := r.To[i].Operation
		switch strings.TrimPrefix(field, ".operation.") {
		case "paths":
			op.Paths = append(slices.Clone(op.Paths), c.Got)
		case "methods":
			op.Methods = append(slices.Clone(op.Methods), c.Got)
		case "hosts":
			op.Hosts = append(slices.Clone(op.Hosts), c.Got)
		case "ports":
			op.Ports = append(slices.Clone(op.Ports), c.Got)
		default:
			return false
		}
		return true
	}
	return false
}

// index reads [n] and what follows.
func index(s string, length int) (n int, rest string, ok bool) {
	inner, rest, found := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !strings.HasPrefix(s, "[") || !found {
		return 0, "", false
	}
	for _, r := range inner {
		if r < '0' || r > '9' {
			return 0, "", false
		}
		n = n*10 + int(r-'0')
	}
	return n, rest, inner != "" && n < length
}

// server is the pod whose proxy refused the request.
func (a *advice) server() *corev1.Pod {
	var pod *corev1.Pod
	a.root.Each(func(n *flow.Node, r *flow.Result) {
		if n.Role == flow.ServerSidecar && r.Rejects != evidence.False {
			pod = n.Flow.Pod
		}
	})
	return pod
}

// selectorOf is a selector for a pod: that of the Service that sends to it.
func (a *advice) selectorOf(pod *corev1.Pod) map[string]string {
	for _, t := range a.s.Targets(pod) {
		if len(t.Host.Selector) > 0 {
			return t.Host.Selector
		}
	}
	return nil
}

// permitPlaintext lets plaintext in for the one workload.
func permitPlaintext(a *advice, _ flow.Outcome) (fix, bool) {
	pod := a.server()
	if pod == nil {
		return fix{}, false
	}
	selector := a.selectorOf(pod)
	if selector == nil || pod.Namespace == a.s.Config.RootNamespace {
		return fix{}, false
	}
	p := &securityapi.PeerAuthentication{TypeMeta: metav1.TypeMeta{APIVersion: "security.istio.io/v1", Kind: string(mesh.PeerAuthentication)},
		ObjectMeta: metav1.ObjectMeta{Name: nameFor(selector, "permissive"), Namespace: pod.Namespace}}
	p.Spec.Selector = &typeapi.WorkloadSelector{MatchLabels: selector}
	p.Spec.Mtls = &security.PeerAuthentication_MutualTLS{Mode: security.PeerAuthentication_MutualTLS_PERMISSIVE}
	return fix{code: "NextPermissive", facts: []string{pod.Namespace + "/" + pod.Name}, objects: []metav1.Object{p}}, true
}

func nameFor(selector map[string]string, suffix string) string {
	for _, k := range []string{"app", "app.kubernetes.io/name", "k8s-app"} {
		if v := selector[k]; v != "" {
			return v + "-" + suffix
		}
	}
	return "workload-" + suffix
}

// sendPlaintext leaves mutual TLS out for the one host.
func sendPlaintext(a *advice, o flow.Outcome) (fix, bool) {
	host := a.destination()
	if host == nil || a.q.Source == nil || len(o.By) == 0 || o.By[0].Kind != mesh.DestinationRule {
		return fix{}, false
	}
	d := &networkingapi.DestinationRule{TypeMeta: metav1.TypeMeta{APIVersion: "networking.istio.io/v1", Kind: string(mesh.DestinationRule)},
		ObjectMeta: metav1.ObjectMeta{Name: host.Ref.Name + "-plaintext", Namespace: a.q.Source.Namespace}}
	d.Spec.Host = host.Name
	d.Spec.TrafficPolicy = &networking.TrafficPolicy{Tls: &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_DISABLE}}
	return fix{code: "NextPlaintext", facts: []string{host.Name}, objects: []metav1.Object{d}}, true
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
