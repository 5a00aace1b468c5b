package waypoint

import (
	meshconfig "istio.io/api/mesh/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// Visibility is who knows a ServiceEntry, as the mesh config's serviceEntryVisibility says.
type Visibility int

// The visibilities.
const (
	Public      Visibility = iota
	InNamespace            // clients of its own namespace alone
	Nobody                 // istiod tells nobody of it
)

// Visible returns the visibility of the ServiceEntries of a namespace, and the field that decides: the first policy whose rules all match
// the namespace's labels, else the default (pilot/pkg/model/serviceentry_visibility.go).
func Visible(s *mesh.Snapshot, namespace string) (Visibility, mesh.Ref, []mesh.Gap) {
	config := s.Config.Proto.GetServiceEntryVisibility()
	at := s.Config.Field("serviceEntryVisibility")
	if config == nil || s.Version.Istiod.Before(release.Release{Major: 1, Minor: 31}) {
		return Public, mesh.Ref{}, nil
	}
	var own map[string]string
	ns, found, gaps := s.Namespaces.Get("", namespace)
	if found {
		own = ns.Labels
	}
	for _, p := range config.GetPolicies() {
		if matchesAll(p.GetMatchingRules(), own) {
			return visibilityOf(p.GetVisibility()), at, gaps
		}
	}
	return visibilityOf(config.GetDefaultVisibility()), at, gaps
}

// matchesAll: no rules match everything, a rule without a selector, or with one that is none, nothing.
func matchesAll(rules []*meshconfig.ServiceEntryVisibility_MatchRule, own map[string]string) bool {
	for _, r := range rules {
		want := r.GetNamespaceSelector()
		if want == nil {
			return false
		}
		selector := &metav1.LabelSelector{MatchLabels: want.GetMatchLabels()}
		for _, e := range want.GetMatchExpressions() {
			selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{
				Key: e.GetKey(), Operator: metav1.LabelSelectorOperator(e.GetOperator()), Values: e.GetValues()})
		}
		m, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil || !m.Matches(labels.Set(own)) {
			return false
		}
	}
	return true
}

func visibilityOf(v meshconfig.ServiceEntryVisibility_Visibility) Visibility {
	switch v {
	case meshconfig.ServiceEntryVisibility_NONE:
		return Nobody
	case meshconfig.ServiceEntryVisibility_NAMESPACE:
		return InNamespace
	}
	return Public
}
