package precedence

import (
	"k8s.io/utils/ptr"
)

// GroupKind names a kind of object with its API group, as references do.
type GroupKind struct{ Group, Kind string }

// The kinds of the core group that references lead to.
var (
	ServiceKind   = GroupKind{"", "Service"}
	SecretKind    = GroupKind{"", "Secret"}
	ConfigMapKind = GroupKind{"", "ConfigMap"}
)

// GroupKindOf is the group and kind of a reference, with those of def where it names none.
func GroupKindOf[G, K ~string](group *G, kind *K, def GroupKind) GroupKind {
	return GroupKind{string(ptr.Deref(group, G(def.Group))), string(ptr.Deref(kind, K(def.Kind)))}
}
