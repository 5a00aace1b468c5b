package mesh

import (
	"slices"
	"sync"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	envoyfilterapi "istio.io/client-go/pkg/apis/networking/v1alpha3"
	proxyconfigapi "istio.io/client-go/pkg/apis/networking/v1beta1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"

	extensionsapi "istio.io/client-go/pkg/apis/extensions/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Snapshot is everything that was read of a mesh. It is not changed once a decision has begun; [Snapshot.Put], [Snapshot.Drop] and
// [Snapshot.Hide] return changed copies.
type Snapshot struct {
	Namespaces      List[*corev1.Namespace]
	Nodes           List[*corev1.Node]
	Pods            List[*corev1.Pod]
	Services        List[*corev1.Service]
	EndpointSlices  List[*discoveryv1.EndpointSlice]
	ConfigMaps      List[*corev1.ConfigMap]
	Secrets         List[*corev1.Secret] // names of them and of their entries, and only from files: the API server is never asked for them
	Ingresses       List[*networkingv1.Ingress]
	IngressClasses  List[*networkingv1.IngressClass]
	NetworkPolicies List[*networkingv1.NetworkPolicy]
	Deployments     List[*appsv1.Deployment] // of waypoints alone: how many pods each wants, and has

	PeerAuthentications    List[*securityapi.PeerAuthentication]
	RequestAuthentications List[*securityapi.RequestAuthentication]
	AuthorizationPolicies  List[*securityapi.AuthorizationPolicy]
	DestinationRules       List[*networkingapi.DestinationRule]
	VirtualServices        List[*networkingapi.VirtualService]
	Gateways               List[*networkingapi.Gateway]
	ServiceEntries         List[*networkingapi.ServiceEntry]
	Sidecars               List[*networkingapi.Sidecar]
	WorkloadEntries        List[*networkingapi.WorkloadEntry]
	EnvoyFilters           List[*envoyfilterapi.EnvoyFilter]
	ProxyConfigs           List[*proxyconfigapi.ProxyConfig]
	WasmPlugins            List[*extensionsapi.WasmPlugin]
	TrafficExtensions      List[*extensionsapi.TrafficExtension]

	KubeGateways       List[*gatewayv1.Gateway]
	GatewayClasses     List[*gatewayv1.GatewayClass]
	HTTPRoutes         List[*gatewayv1.HTTPRoute]
	GRPCRoutes         List[*gatewayv1.GRPCRoute]
	TLSRoutes          List[*gatewayv1.TLSRoute]
	TCPRoutes          List[*gatewayv1.TCPRoute]
	ReferenceGrants    List[*gatewayv1.ReferenceGrant]
	ListenerSets       List[*gatewayv1.ListenerSet]
	BackendTLSPolicies List[*gatewayv1.BackendTLSPolicy]

	// Legacy holds objects of kinds that Istio removed; they are inert, and named where somebody may believe in them.
	Legacy []*unstructured.Unstructured
	// LegacyFrom tells of each of them where it stands, if it was read from a file.
	LegacyFrom []string
	// Newer names fields that an API server sent and this program does not know, with the object that has them as the gap's resource
	// and the field as its detail. An answer that such an object applies to is not settled.
	Newer []Gap
	// Version is what is known of the versions at work.
	Version Version
	// Absent are objects that were asked for by their names and do not exist, of kinds that are not listed.
	Absent []Ref
	// Config is the mesh config that governs this view; see [Snapshot.For].
	Config Config

	flags *[]Flag // of a view, see [Snapshot.Flags]

	gatewaysOfAll List[*gatewayv1.Gateway] // of a view, see [Snapshot.GatewaysOfAllRevisions]

	views *sync.Map // revision -> *Snapshot
	memo  *sync.Map // see [Derive]
	kept  *sync.Map // see [Keep]
}

// list is what all the snapshot's lists can do whatever they hold.
type list interface {
	Kind() Kind
	Len() int
	Known() bool
	Coverage() Coverage
	put([]metav1.Object) bool
	holds(metav1.Object) bool
	fill(Kind, []metav1.Object)
	blank() metav1.Object
	get(namespace, name string) (metav1.Object, bool)
	drop(names map[objectName]bool) bool
	hide(namespaces []string)
	each(func(metav1.Object))
	keep(func(metav1.Object) bool)
	missing() []Gap
	reading() Reading
	cover(Reading)
}

func (s *Snapshot) lists() []list {
	return []list{
		&s.Namespaces, &s.Nodes, &s.Pods, &s.Services, &s.EndpointSlices, &s.ConfigMaps, &s.Secrets, &s.Ingresses, &s.IngressClasses, &s.NetworkPolicies, &s.Deployments,
		&s.PeerAuthentications, &s.RequestAuthentications, &s.AuthorizationPolicies, &s.DestinationRules, &s.VirtualServices, &s.Gateways,
		&s.ServiceEntries, &s.Sidecars, &s.WorkloadEntries, &s.EnvoyFilters, &s.ProxyConfigs, &s.WasmPlugins, &s.TrafficExtensions,
		&s.KubeGateways, &s.GatewayClasses, &s.HTTPRoutes, &s.GRPCRoutes, &s.TLSRoutes, &s.TCPRoutes, &s.ReferenceGrants, &s.ListenerSets,
		&s.BackendTLSPolicies,
	}
}

// Kinds lists the kinds that a snapshot holds, in the order of its fields.
func (s *Snapshot) Kinds() []Kind {
	var kinds []Kind
	for _, l := range s.lists() {
		kinds = append(kinds, l.Kind())
	}
	return kinds
}

// Each calls f with every object, kind by kind, oldest first.
func (s *Snapshot) Each(f func(Kind, metav1.Object)) {
	for _, l := range s.lists() {
		l.each(func(o metav1.Object) { f(l.Kind(), o) })
	}
}

// Has reports whether the object is in the snapshot.
func (s *Snapshot) Has(r Ref) bool {
	_, found := s.get(r)
	return found
}

// Object returns the object that a reference points at, and whether it is in the snapshot.
func (s *Snapshot) Object(r Ref) (metav1.Object, bool) { return s.get(r) }

func (s *Snapshot) get(r Ref) (metav1.Object, bool) {
	for _, l := range s.lists() {
		if l.Kind() == r.Kind {
			return l.get(r.Namespace, r.Name)
		}
	}
	return nil, false
}

// ResourceVersion is the version of an object as the API server gave it; empty where it is not in the snapshot.
func (s *Snapshot) ResourceVersion(r Ref) string {
	if o, ok := s.get(r); ok {
		return o.GetResourceVersion()
	}
	return ""
}

// Put returns a copy of the snapshot in which the objects replace those of their kind and name, or are added. It takes hardly longer for many than
// for one.
func (s *Snapshot) Put(objects ...metav1.Object) *Snapshot {
	c := s.copy()
	var changed []Kind
	for _, l := range c.lists() {
		if l.put(objects) {
			changed = append(changed, l.Kind())
		}
	}
	return c.renew(changed...)
}

// Drop returns a copy of the snapshot without some objects, and whether any of them was there. It takes as long for many as for one.
func (s *Snapshot) Drop(refs ...Ref) (*Snapshot, bool) {
	names := map[Kind]map[objectName]bool{}
	var kinds []Kind
	for _, r := range refs {
		if names[r.Kind] == nil {
			names[r.Kind], kinds = map[objectName]bool{}, append(kinds, r.Kind)
		}
		names[r.Kind][objectName{r.Namespace, r.Name}] = true
	}
	c, found := s.copy(), false
	for _, l := range c.lists() {
		if of := names[l.Kind()]; of != nil && l.drop(of) {
			found = true
		}
	}
	return c.renew(kinds...), found
}

type objectName struct{ namespace, name string }

// Hide returns the snapshot of somebody who may not read a kind in some namespaces, or nowhere if none is named.
func (s *Snapshot) Hide(k Kind, namespaces ...string) *Snapshot {
	c := s.copy()
	for _, l := range c.lists() {
		if l.Kind() == k {
			l.hide(namespaces)
		}
	}
	return c.renew(k)
}

// Gaps returns what was not read of any kind.
func (s *Snapshot) Gaps() []Gap {
	var gaps []Gap
	for _, l := range s.lists() {
		gaps = append(gaps, l.missing()...)
	}
	return gaps
}

// Ready finishes a snapshot whose lists are filled: it reads the mesh config and the versions. It returns its receiver.
func (s *Snapshot) Ready() *Snapshot { return s.renew(ConfigMap, Pod) }

// renew forgets what was worked out, and works out again what rests on the kinds that changed.
func (s *Snapshot) renew(changed ...Kind) *Snapshot {
	s.views, s.memo = &sync.Map{}, &sync.Map{}
	if s.kept == nil {
		s.kept = &sync.Map{}
	}
	if slices.Contains(changed, KubeGateway) {
		s.gatewaysOfAll = List[*gatewayv1.Gateway]{}
	}
	if slices.Contains(changed, ConfigMap) {
		s.Config = s.configOf("")
	}
	if s.Version.Forced == "" && slices.Contains(changed, Pod) {
		s.Version = s.detectVersion()
	}
	return s
}

func (s *Snapshot) copy() *Snapshot {
	c := *s
	return &c
}

// Derive returns what f computes from the snapshot, computed once for each key. Keys are of unexported types of the caller, as with
// context values; f must depend on nothing but the snapshot and the key.
func Derive[K comparable, V any](s *Snapshot, key K, f func() V) V { return once(s.memo, key, f) }

// Keep returns what f computes from the key alone, computed once for each key. Unlike what [Derive] returns it holds in copies of the snapshot
// too, in which other objects are changed: a key has all that f depends on, objects as pointers.
func Keep[K comparable, V any](s *Snapshot, key K, f func() V) V { return once(s.kept, key, f) }

func once[K comparable, V any](memo *sync.Map, key K, f func() V) V {
	if v, ok := memo.Load(key); ok {
		return v.(V)
	}
	v, _ := memo.LoadOrStore(key, f())
	return v.(V)
}

// Collect makes a snapshot of objects that are all there is, as with files: every kind counts as read everywhere. Of several objects
// of one kind, namespace and name the last one counts. Objects of kinds that no decision reads are left out.
func Collect(objects []metav1.Object) *Snapshot {
	s := &Snapshot{}
	apis := APIs()
	for i, l := range s.lists() {
		l.fill(apis[i].Kind, objects)
	}
	return s.Ready()
}

// NewObject returns an empty object of a kind, to decode into; ok is false for kinds that a snapshot does not hold.
func NewObject(k Kind) (o metav1.Object, ok bool) {
	apis := APIs()
	for i, l := range (&Snapshot{}).lists() {
		if apis[i].Kind == k {
			return l.blank(), true
		}
	}
	return nil, false
}

// RefTo returns the reference to an object; its kind is empty where a snapshot does not hold objects of that type.
func RefTo(o metav1.Object) Ref {
	r := Ref{Namespace: o.GetNamespace(), Name: o.GetName()}
	for i, l := range (&Snapshot{}).lists() {
		if l.holds(o) {
			r.Kind = apis[i].Kind
			break
		}
	}
	return r
}

// Objects lists the objects of a kind, oldest first.
func (s *Snapshot) Objects(k Kind) []Ref {
	var out []Ref
	for _, l := range s.lists() {
		if l.Kind() == k {
			l.each(func(o metav1.Object) { out = append(out, Ref{Kind: k, Namespace: o.GetNamespace(), Name: o.GetName()}) })
		}
	}
	return out
}
