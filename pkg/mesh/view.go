package mesh

import (
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

const revisionLabel = "istio.io/rev"

// For returns the mesh as the control plane sees it that governs a pod: with that revision's mesh config, without what its
// discovery selectors leave out, and without the Istio objects that are labelled for another revision. A nil pod is governed by the
// default revision.
func (s *Snapshot) For(pod *corev1.Pod) *Snapshot {
	rev := s.revision(pod)
	if v, ok := s.views.Load(rev); ok {
		return v.(*Snapshot)
	}
	v, _ := s.views.LoadOrStore(rev, s.view(rev))
	return v.(*Snapshot)
}

type revisionKey struct{ own, status, label string }

// revision is [Revision], read once of pods that say the same.
func (s *Snapshot) revision(pod *corev1.Pod) string {
	if pod == nil {
		return ""
	}
	key := revisionKey{pod.Annotations[revisionLabel], pod.Annotations["sidecar.istio.io/status"], pod.Labels[revisionLabel]}
	if key == (revisionKey{}) {
		return ""
	}
	return Derive(s, key, func() string { return Revision(pod) })
}

// Revision is the control plane's revision that injected a pod: its annotation istio.io/rev, else what the injector noted in
// sidecar.istio.io/status, else its label; empty for the default one.
func Revision(pod *corev1.Pod) string {
	if pod == nil {
		return ""
	}
	rev := pod.Annotations[revisionLabel]
	if rev == "" {
		var status struct{ Revision string }
		if json.Unmarshal([]byte(pod.Annotations["sidecar.istio.io/status"]), &status) == nil {
			rev = status.Revision
		}
	}
	if rev == "" {
		rev = pod.Labels[revisionLabel]
	}
	if rev == "default" {
		return ""
	}
	return rev
}

func (s *Snapshot) view(rev string) *Snapshot {
	c := s.copy().renew()
	c.Config = s.configOf(rev)
	// istiod's own pods may be hidden from it.
	if r, ok := s.istiodOf(rev); ok && s.Version.Forced == "" {
		c.Version.Istiod = r
	}
	flags := c.flagsOf(rev)
	c.flags = &flags
	if len(c.Config.Proto.GetDiscoverySelectors()) > 0 {
		c.Config.Gaps = append(slices.Clone(c.Config.Gaps), s.Namespaces.missing()...) // their labels decide what is seen
	}
	// Before, discoverySelectors left out no objects of Istio's own (pilot/pkg/features, EnableEnhancedResourceScoping).
	seesAll := !c.Follows(release.ObjectsOfUndiscovered, "ENABLE_ENHANCED_RESOURCE_SCOPING")
	hidden := c.undiscovered()
	c.gatewaysOfAll = c.KubeGateways.without(hidden)
	for _, l := range c.lists() {
		api, _ := APIOf(l.Kind())
		if c.ignored(api) {
			l.keep(func(metav1.Object) bool { return false })
			continue
		}
		istio := isIstio(api.Group)
		discovered := istio || l.Kind() == Service || l.Kind() == EndpointSlice || l.Kind() == Pod || l.Kind() == Ingress
		if !discovered || !istio && len(hidden) == 0 {
			continue
		}
		drop := func(o metav1.Object) bool {
			return hidden[o.GetNamespace()] && !(istio && seesAll) || istio && !inRevision(o.GetLabels()[revisionLabel], rev)
		}
		any := false
		l.each(func(o metav1.Object) { any = any || drop(o) })
		if any {
			l.keep(func(o metav1.Object) bool { return !drop(o) })
		}
	}
	c.pruneTargets()
	// A view governs itself, whichever pod asks.
	c.views.Store(rev, c)
	return c
}

// pruneTargets takes from policies what the control plane does not know of: an older one reads a policy with targetRefs as if it had none, so that it
// is for every workload of its namespace.
func (s *Snapshot) pruneTargets() {
	if s.Version.Istiod.Has(release.TargetRefsNames) {
		return
	}
	single := s.Version.Istiod.Has(release.TargetRefNames)
	var changed []metav1.Object
	policies, _ := s.AuthorizationPolicies.All()
	for _, p := range policies {
		if len(p.Spec.TargetRefs) > 0 || p.Spec.TargetRef != nil && !single {
			p = p.DeepCopy()
			if p.Spec.TargetRefs = nil; !single {
				p.Spec.TargetRef = nil
			}
			changed = append(changed, p)
		}
	}
	tokens, _ := s.RequestAuthentications.All()
	for _, p := range tokens {
		if len(p.Spec.TargetRefs) > 0 || p.Spec.TargetRef != nil && !single {
			p = p.DeepCopy()
			if p.Spec.TargetRefs = nil; !single {
				p.Spec.TargetRef = nil
			}
			changed = append(changed, p)
		}
	}
	s.AuthorizationPolicies.put(changed)
	s.RequestAuthentications.put(changed)
}

const ztunnelApp = "ztunnel"

// ForZtunnels returns the mesh as the control plane sees it that the ztunnels belong to: what a pod's own revision is they do not ask. Where
// none of them was read it is the default revision's.
func (s *Snapshot) ForZtunnels() *Snapshot {
	type key struct{}
	return s.For(Derive(s, key{}, func() *corev1.Pod {
		pods, _ := s.Pods.All()
		for _, p := range pods {
			if p.Labels["app"] == ztunnelApp {
				return p
			}
		}
		return nil
	}))
}

// GatewaysOfAllRevisions are the Gateways of the Gateway API, those among them that other control planes serve: an object is bound to a
// waypoint whichever that is (pilot/pkg/serviceregistry/ambient/waypoints.go).
func (s *Snapshot) GatewaysOfAllRevisions() List[*gatewayv1.Gateway] {
	if s.gatewaysOfAll.kind == "" {
		return s.KubeGateways
	}
	return s.gatewaysOfAll
}

func isIstio(group string) bool {
	return group == "security.istio.io" || group == "networking.istio.io" || group == "extensions.istio.io" || group == "gateway.networking.k8s.io"
}

// inRevision: an unlabelled object is for every control plane (pkg/config/model.go, LabelsInRevisionOrTags). Which tags point at a
// revision is not in the resources that are read.
func inRevision(label, rev string) bool {
	if label == "default" {
		label = ""
	}
	return label == "" || label == rev
}

// undiscovered returns the namespaces that discoverySelectors leave out; the root namespace is always seen
// (pkg/kube/namespace/filter.go). A namespace that was not read counts as seen.
func (s *Snapshot) undiscovered() map[string]bool {
	selectors := s.Config.Proto.GetDiscoverySelectors()
	if len(selectors) == 0 {
		return nil
	}
	hidden := map[string]bool{}
	namespaces, _ := s.Namespaces.All()
	for _, ns := range namespaces {
		seen := ns.Name == s.Config.RootNamespace
		for _, sel := range selectors {
			want := &metav1.LabelSelector{MatchLabels: sel.GetMatchLabels()}
			for _, e := range sel.GetMatchExpressions() {
				want.MatchExpressions = append(want.MatchExpressions, metav1.LabelSelectorRequirement{
					Key: e.GetKey(), Operator: metav1.LabelSelectorOperator(e.GetOperator()), Values: e.GetValues()})
			}
			if m, err := metav1.LabelSelectorAsSelector(want); err == nil && m.Matches(labels.Set(ns.Labels)) {
				seen = true
			}
		}
		if !seen {
			hidden[ns.Name] = true
		}
	}
	return hidden
}

// Assume returns a copy of the snapshot with another mesh config, for the time being.
func (s *Snapshot) Assume(c *meshconfig.MeshConfig) *Snapshot {
	data, err := protojson.Marshal(c)
	if err != nil {
		return s // a message of our own making always marshals
	}
	return s.Put(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "istio", Namespace: DefaultRootNamespace}, Data: map[string]string{"mesh": string(data)}})
}
