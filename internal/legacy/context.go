package legacy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Context is what a translation has to know beside the old objects. The old kinds named Services, today's kinds select pods by their
// labels, so without its Service an old object can mostly not be translated.
type Context struct {
	Services      []*corev1.Service
	Pods          []*corev1.Pod // may be missing; they tell the numbers of ports that Services name, and which workloads are gateways
	RootNamespace string        // istio-system if empty
	TrustDomain   string        // cluster.local if empty
	Namespace     string        // of old objects that name none; default if empty
	From          []string      // where each old object stands, as errors name it; may be missing
}

// ContextOf takes from a snapshot what a translation needs of it.
func ContextOf(s *mesh.Snapshot) Context {
	c := Context{RootNamespace: s.Config.RootNamespace, TrustDomain: s.Config.TrustDomain(), From: s.LegacyFrom}
	c.Services, _ = s.Services.All()
	c.Pods, _ = s.Pods.All()
	return c
}

func (c Context) defaulted() Context {
	c.RootNamespace = cmp.Or(c.RootNamespace, mesh.DefaultRootNamespace)
	c.TrustDomain = cmp.Or(c.TrustDomain, mesh.DefaultTrustDomain)
	c.Namespace = cmp.Or(c.Namespace, "default")
	c.Services = slices.DeleteFunc(slices.Clone(c.Services), func(s *corev1.Service) bool { return s == nil })
	c.Pods = slices.DeleteFunc(slices.Clone(c.Pods), func(p *corev1.Pod) bool { return p == nil })
	mesh.ByAge(c.Services)
	return c
}

func (c Context) service(namespace, name string) *corev1.Service {
	for _, s := range c.Services {
		if s.Namespace == namespace && s.Name == name {
			return s
		}
	}
	return nil
}

// host is the full name by which the old kinds knew a Service.
func host(s *corev1.Service) string {
	return s.Name + "." + s.Namespace + ".svc." + mesh.DomainSuffix
}

// workload is the pods of one selector, with the Services that select them so, the oldest first.
type workload struct {
	namespace string
	selector  map[string]string
	services  []*corev1.Service
}

func (w *workload) name() string { return w.services[0].Name }

func (w *workload) names() string {
	var names []string
	for _, s := range w.services {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// workloads lists those of a namespace, those of the oldest Services first. Services without a selector have none.
func (c Context) workloads(namespace string) []*workload {
	var out []*workload
	for _, s := range c.Services {
		if s.Namespace != namespace || !selects(s) {
			continue
		}
		i := slices.IndexFunc(out, func(w *workload) bool { return maps.Equal(w.selector, s.Spec.Selector) })
		if i < 0 {
			out = append(out, &workload{namespace: namespace, selector: s.Spec.Selector})
			i = len(out) - 1
		}
		out[i].services = append(out[i].services, s)
	}
	return out
}

func selects(s *corev1.Service) bool {
	return len(s.Spec.Selector) > 0 && s.Spec.Type != corev1.ServiceTypeExternalName
}

// overlapping names the other Services whose pods are certainly, or are among, the workload's: one selector holds the other.
func (c Context) overlapping(w *workload) []string {
	var names []string
	for _, other := range c.workloads(w.namespace) {
		if maps.Equal(other.selector, w.selector) {
			continue
		}
		if mesh.Selects(other.selector, w.selector) || mesh.Selects(w.selector, other.selector) {
			names = append(names, other.names())
		}
	}
	return names
}

// gateway reports whether the workload is a gateway: its pods say so, or else the label that all of Istio's gateways bear.
func (c Context) gateway(w *workload) bool {
	for _, p := range c.Pods {
		if p.Namespace == w.namespace && mesh.Selects(w.selector, p.Labels) {
			return mesh.RoleOf(p) == mesh.GatewayProxy
		}
	}
	return strings.HasSuffix(w.selector["istio"], "gateway")
}

// at says where an object stands that has an error.
func (c Context) at(object int, err error) error {
	if object < len(c.From) {
		return fmt.Errorf("%s: %w", c.From[object], err)
	}
	return err
}
