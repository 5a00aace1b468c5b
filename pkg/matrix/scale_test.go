package matrix

import (
	"fmt"
	"math/rand"
	"testing"

	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const accountsOfTeam = 5

// largeMesh is a mesh of many teams: 50 pods a namespace behind 5 Services, with policies that name accounts, namespaces, methods and
// paths, rules with subsets, routes, and Sidecars in every fourth namespace.
func largeMesh(pods int) *mesh.Snapshot {
	r := rand.New(rand.NewSource(1))
	b := &builder{r: r, namespaces: max(2, pods/50)}
	b.each = pods / (b.namespaces * accountsOfTeam)
	b.add(&corev1.ConfigMap{ObjectMeta: name("istio-system", "istio"), Data: map[string]string{"mesh": "rootNamespace: istio-system\n"}},
		&corev1.Namespace{ObjectMeta: name("", "istio-system")},
		&securityapi.PeerAuthentication{ObjectMeta: name("istio-system", "default"), Spec: security.PeerAuthentication{Mtls: &security.PeerAuthentication_MutualTLS{Mode: security.PeerAuthentication_MutualTLS_STRICT}}})
	for n := range b.namespaces {
		b.namespace(n)
	}
	return mesh.Collect(b.objects)
}

type builder struct {
	r                *rand.Rand
	namespaces, each int
	ip               int
	objects          []metav1.Object
}

func (b *builder) add(list ...metav1.Object) { b.objects = append(b.objects, list...) }

func name(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func (b *builder) namespace(n int) {
	ns := fmt.Sprintf("ns-%d", n)
	b.add(&corev1.Namespace{ObjectMeta: name("", ns)})
	for a := range accountsOfTeam {
		b.app(n, a, ns)
	}
	if n%3 == 0 {
		mode := []security.PeerAuthentication_MutualTLS_Mode{security.PeerAuthentication_MutualTLS_STRICT, security.PeerAuthentication_MutualTLS_PERMISSIVE}[b.r.Intn(2)]
		b.add(&securityapi.PeerAuthentication{ObjectMeta: name(ns, "default"), Spec: security.PeerAuthentication{Mtls: &security.PeerAuthentication_MutualTLS{Mode: mode}}})
	}
	if n%5 == 0 {
		b.add(&securityapi.RequestAuthentication{ObjectMeta: name(ns, "jwt"), Spec: security.RequestAuthentication{JwtRules: []*security.JWTRule{{Issuer: "https://idp.example", Jwks: `{"keys":[]}`}}}})
	}
	if n%4 == 0 {
		b.add(&networkingapi.ServiceEntry{ObjectMeta: name(ns, "ext"), Spec: networking.ServiceEntry{Hosts: []string{fmt.Sprintf("api-%d.example.com", n)},
			Ports: []*networking.ServicePort{{Number: 443, Name: "https", Protocol: "TLS"}}, Resolution: networking.ServiceEntry_DNS}},
			&networkingapi.Sidecar{ObjectMeta: name(ns, "default"), Spec: networking.Sidecar{Egress: []*networking.IstioEgressListener{{Hosts: []string{"./*", "istio-system/*", fmt.Sprintf("ns-%d/*", (n+1)%b.namespaces)}}}}})
	}
}

func (b *builder) app(n, a int, ns string) {
	app := fmt.Sprintf("app-%d-%d", n, a)
	svc := fmt.Sprintf("svc-%d-%d", n, a)
	slice := &discoveryv1.EndpointSlice{ObjectMeta: name(ns, svc+"-0"), AddressType: discoveryv1.AddressTypeIPv4}
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: svc}
	for _, p := range []struct {
		name   string
		number int32
	}{{"http", 8080}, {"tcp-db", 5432}} {
		slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &p.name, Port: &p.number})
	}
	for p := range b.each {
		pod := b.pod(ns, app, p)
		ready := true
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{pod.Status.PodIP}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: ns, Name: pod.Name}})
		b.add(pod)
	}
	b.add(slice, &corev1.Service{ObjectMeta: name(ns, svc), Spec: corev1.ServiceSpec{Selector: map[string]string{"app": app}, ClusterIP: fmt.Sprintf("10.96.%d.%d", (n*5+a)/250+4, (n*5+a)%250+1),
		Ports: []corev1.ServicePort{{Name: "http", Port: 8080, TargetPort: intstr.FromInt32(8080), Protocol: "TCP"}, {Name: "tcp-db", Port: 5432, TargetPort: intstr.FromInt32(5432), Protocol: "TCP"}}}})
	host := svc + "." + ns + ".svc.cluster.local"
	if b.r.Float64() < .6 {
		b.add(&networkingapi.DestinationRule{ObjectMeta: name(ns, svc), Spec: networking.DestinationRule{Host: host, TrafficPolicy: &networking.TrafficPolicy{},
			Subsets: []*networking.Subset{{Name: "v1", Labels: map[string]string{"version": "v1"}}, {Name: "v2", Labels: map[string]string{"version": "v2"}}}}})
	}
	if b.r.Float64() < .4 {
		to := []*networking.HTTPRouteDestination{{Destination: &networking.Destination{Host: host}}}
		b.add(&networkingapi.VirtualService{ObjectMeta: name(ns, svc), Spec: networking.VirtualService{Hosts: []string{host}, Http: []*networking.HTTPRoute{
			{Match: []*networking.HTTPMatchRequest{{Uri: &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: "/v2"}}}}, Route: to}, {Route: to}}}})
	}
	b.policies(n, a, ns, app)
}

func (b *builder) pod(ns, app string, p int) *corev1.Pod {
	b.ip++
	pod := &corev1.Pod{ObjectMeta: name(ns, fmt.Sprintf("%s-7d9f8c6b5-%05d", app, p))}
	pod.Labels = map[string]string{"app": app, "version": fmt.Sprintf("v%d", p%2+1), "pod-template-hash": "7d9f8c6b5", "security.istio.io/tlsMode": "istio"}
	pod.Annotations = map[string]string{"sidecar.istio.io/status": `{"containers":["istio-proxy"],"revision":"default"}`}
	pod.Spec = corev1.PodSpec{ServiceAccountName: app, NodeName: fmt.Sprintf("node-%d", b.ip%100), Containers: []corev1.Container{
		{Name: "app", Ports: []corev1.ContainerPort{{ContainerPort: 8080}}}, {Name: "istio-proxy", Image: "istio/proxyv2:1.31.1", Args: []string{"proxy", "sidecar"}}}}
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: fmt.Sprintf("10.%d.%d.%d", 100+b.ip/65536, b.ip/256%256, b.ip%256)}
	return pod
}

func (b *builder) policies(n, a int, ns, app string) {
	before := fmt.Sprintf("ns-%d", (n-1+b.namespaces)%b.namespaces)
	var principals, paths []string
	for i := range 5 {
		principals = append(principals, fmt.Sprintf("cluster.local/ns/ns-%d/sa/app-%d-%d", b.r.Intn(b.namespaces), b.r.Intn(b.namespaces), b.r.Intn(accountsOfTeam)))
		paths = append(paths, fmt.Sprintf("/v%d/*", i))
	}
	from := func(s *security.Source) []*security.Rule_From { return []*security.Rule_From{{Source: s}} }
	to := func(o *security.Operation) []*security.Rule_To { return []*security.Rule_To{{Operation: o}} }
	selector := &typeapi.WorkloadSelector{MatchLabels: map[string]string{"app": app}}
	b.add(&securityapi.AuthorizationPolicy{ObjectMeta: name(ns, fmt.Sprintf("allow-%d", a)), Spec: security.AuthorizationPolicy{Selector: selector, Rules: []*security.Rule{
		{From: from(&security.Source{Principals: principals}), To: to(&security.Operation{Methods: []string{"GET", "POST"}, Paths: paths})},
		{From: from(&security.Source{Namespaces: []string{before, ns}}), To: to(&security.Operation{Methods: []string{"GET"}, Paths: []string{"/healthz", "/api/*"}})}}}},
		&securityapi.AuthorizationPolicy{ObjectMeta: name(ns, fmt.Sprintf("deny-%d", a)), Spec: security.AuthorizationPolicy{Selector: selector, Action: security.AuthorizationPolicy_DENY,
			Rules: []*security.Rule{{From: from(&security.Source{NotNamespaces: []string{ns}}), To: to(&security.Operation{Paths: []string{"/internal/*", "/debug/*"}})}}}})
}

// TestLarge compares a sample of the cells of a large mesh with answers that are asked for one by one.
func TestLarge(t *testing.T) {
	s := largeMesh(300)
	q := Question{Sources: Pods(s, everyPod), Destinations: Services(s, []string{"/", "/v1/x", "/api/x", "/internal/x"}, everyService), Request: flow.Request{Method: "GET"}}
	if err := check(s, q, 30, rand.New(rand.NewSource(2))); err != nil {
		t.Error(err)
	}
}

// BenchmarkMatrix is 5,000 pods and 500 Services with two ports each, and 20,000 pods with 2,000 Services, from a snapshot of which nothing
// is known yet.
func BenchmarkMatrix(b *testing.B) {
	for _, pods := range []int{5000, 20000} {
		for _, path := range []string{"/v0/x", "/"} {
			b.Run(fmt.Sprintf("pods=%d/path=%s", pods, path), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					s := largeMesh(pods)
					b.StartTimer()
					m := Make(s, Question{Sources: Pods(s, everyPod), Destinations: Services(s, []string{path}, everyService), Request: flow.Request{Method: "GET"}})
					b.ReportMetric(float64(len(m.Classes)), "classes")
					b.ReportMetric(float64(len(m.Answers)), "answers")
				}
			})
		}
	}
}
