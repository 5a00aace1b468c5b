package mesh

import (
	"strings"

	"github.com/mesh-why/mesh-why/internal/shell"
)

// Ref points at an object, and within it at a field.
type Ref struct {
	Kind      Kind   `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Field     string `json:"field,omitempty"` // a path such as spec.rules[0].from[1].source.namespaces; empty for the whole object
}

// At returns the same object with another field.
func (r Ref) At(field string) Ref {
	r.Field = field
	return r
}

// Object drops the field.
func (r Ref) Object() Ref { return r.At("") }

// IsZero tells a reference that points nowhere.
func (r Ref) IsZero() bool { return r == Ref{} }

// ID is the object's name as people write it: namespace/name, or the name alone for what has no namespace.
func (r Ref) ID() string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// Plain is the object as people name it: the kind without its group, the namespace and the name, and the field if it has one.
func (r Ref) Plain() string {
	if api, known := APIOf(r.Kind); known {
		r.Kind = Kind(api.Name())
	}
	return r.String()
}

func (r Ref) String() string {
	s := string(r.Kind) + " " + r.ID()
	if r.Field != "" {
		s += " " + r.Field
	}
	return s
}

// Cause tells why something is not known.
type Cause string

// The causes of a gap, as the JSON contract spells them.
const (
	Forbidden   Cause = "forbidden"   // the API server refused the read
	Failed      Cause = "failed"      // the read failed, or an object did not decode
	External    Cause = "external"    // a party outside of the resources decides
	Unverified  Cause = "unverified"  // a signature that nobody could check
	Unsupported Cause = "unsupported" // a rule that is not modelled
	Rejected    Cause = "rejected"    // the proxy refuses a resource and keeps its last configuration
)

// Gap is something that is not known and could matter.
type Gap struct {
	Kind      Kind   `json:"kind"`
	Namespace string `json:"namespace,omitempty"` // empty for all namespaces
	Cause     Cause  `json:"cause"`
	Resource  Ref    `json:"resource,omitzero"`
	Detail    string `json:"detail,omitempty"` // words of a server or a proxy; never a sentence of ours
	Rule      string `json:"rule,omitempty"`   // what it is about, as a code of the catalogue; of a rule that differs between releases Detail has the release
}

// CanI is the question to put to kubectl that tells whether the read is allowed; empty where no permission is missing.
func (g Gap) CanI() string {
	api, ok := APIOf(g.Kind)
	if !ok || g.Cause != Forbidden {
		return ""
	}
	words := []string{"kubectl", "auth", "can-i", "list", api.Resource()}
	if g.Kind == ConfigMap && g.Resource.Name != "" { // asked for by its name
		words = []string{"kubectl", "auth", "can-i", "get", api.Resource() + "/" + g.Resource.Name}
	}
	switch {
	case !api.Namespaced:
	case g.Namespace == "":
		words = append(words, "-A")
	default:
		words = append(words, "-n", g.Namespace)
	}
	return shell.Command(words...)
}

// ParseRef reads kind/namespace/name, or kind/name for kinds without a namespace. Kinds are recognised without regard to case,
// also by their plural and by the short names that kubectl knows; the group may follow the kind after a dot, as kubectl writes it.
func ParseRef(s string) (Ref, bool) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return Ref{}, false
	}
	for _, a := range apis {
		if !a.named(parts[0]) {
			continue
		}
		switch {
		case a.Namespaced && len(parts) == 3 && parts[1] != "" && parts[2] != "":
			return Ref{Kind: a.Kind, Namespace: parts[1], Name: parts[2]}, true
		case !a.Namespaced && len(parts) == 2 && parts[1] != "":
			return Ref{Kind: a.Kind, Name: parts[1]}, true
		}
	}
	return Ref{}, false
}

// shortNames are those that kubectl knows the kinds by (the shortNames of the CustomResourceDefinitions of Istio and of the Gateway API).
var shortNames = map[Kind]string{
	AuthorizationPolicy: "ap", PeerAuthentication: "pa", RequestAuthentication: "ra", DestinationRule: "dr", VirtualService: "vs", Gateway: "gw",
	ServiceEntry: "se", WorkloadEntry: "we", Pod: "po", Service: "svc", ConfigMap: "cm", Namespace: "ns", Ingress: "ing", NetworkPolicy: "netpol",
	GatewayClass: "gc", ReferenceGrant: "refgrant", BackendTLSPolicy: "btlspolicy",
}

func (a API) named(s string) bool {
	return strings.EqualFold(s, shortNames[a.Kind]) && s != "" || strings.EqualFold(s, string(a.Kind)) || strings.EqualFold(s, a.Plural) || strings.EqualFold(s, a.Resource()) ||
		strings.EqualFold(s, a.Name()+"."+a.Group)
}
