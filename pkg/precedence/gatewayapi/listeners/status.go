package listeners

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// current keeps of what istiod wrote what is about the object as it is now: conditions that are older than the last change of its spec say
// nothing. An object without a generation does not tell; its conditions are taken for those of now.
func current(conditions []metav1.Condition, generation int64) []metav1.Condition {
	return slices.DeleteFunc(slices.Clone(conditions), func(c metav1.Condition) bool { return c.ObservedGeneration < generation })
}

// writtenOf returns the conditions of a Gateway's listener.
func writtenOf(gw *gatewayv1.Gateway, name gatewayv1.SectionName) []metav1.Condition {
	for _, s := range gw.Status.Listeners {
		if s.Name == name {
			return current(s.Conditions, gw.Generation)
		}
	}
	return nil
}

// writtenOfSet is the same for a ListenerSet.
func writtenOfSet(set *gatewayv1.ListenerSet, name gatewayv1.SectionName) []metav1.Condition {
	for _, s := range set.Status.Listeners {
		if s.Name == name {
			return current(s.Conditions, set.Generation)
		}
	}
	return nil
}

// refused reports whether istiod says that it does not serve the listener for a reference that it could not follow, of a reason: it has read the
// Secrets and ConfigMaps that nothing else shows (pilot/pkg/config/kube/gateway/conditions.go, reportListenerCondition).
func (l *Listener) refused(reason gatewayv1.ListenerConditionReason) bool {
	return l.has(gatewayv1.ListenerConditionProgrammed, metav1.ConditionFalse, "") && l.has(gatewayv1.ListenerConditionResolvedRefs, metav1.ConditionFalse, reason)
}

// Resolved reports whether istiod says that it could follow all references of the listener.
func (l *Listener) Resolved() bool {
	return l.has(gatewayv1.ListenerConditionResolvedRefs, metav1.ConditionTrue, "") && l.has(gatewayv1.ListenerConditionProgrammed, metav1.ConditionTrue, "")
}

func (l *Listener) has(kind gatewayv1.ListenerConditionType, status metav1.ConditionStatus, reason gatewayv1.ListenerConditionReason) bool {
	return slices.ContainsFunc(l.conditions, func(c metav1.Condition) bool {
		return c.Type == string(kind) && c.Status == status && (reason == "" || c.Reason == string(reason))
	})
}
