package precedence

import (
	"k8s.io/utils/ptr"
)

// GroupKind names a kind of object with its API group, as references do.
type GroupKind struct{ Group, Kind string }

var (
	ServiceKind   = GroupKind{"", "Service"}
	SecretKind    = GroupKind{"", "Secret"}
	ConfigMapKind = GroupKind{"", "ConfigMap"}
)

func GroupKindOf[G, K ~string](group *G, kind *K, def GroupKind) GroupKind {
	return GroupKind{string(ptr.Deref(group, G(def.Group))), string(ptr.Deref(kind, K(def.Kind)))}
}
