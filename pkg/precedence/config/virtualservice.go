package config

import (
	"strconv"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// MeshGateway is the reserved name that stands for all sidecars.
const MeshGateway = "mesh"

// VirtualService is a VirtualService as istiod works with it: short names completed, delegates merged, gateways as namespace/name.
// Routes of the Gateway API become such VirtualServices too.
type VirtualService struct {
	Ref        mesh.Ref
	Namespace  string
	Hosts      []string // in lower case
	Written    []string // the same, with the letters that they are written in
	Gateways   []string // MeshGateway, or namespace/name
	GatewayAPI bool
	Ingress    bool
	HTTP       []HTTPRoute
	TLS        []TLSRoute
	TCP        []TCPRoute
	Missing    []mesh.Ref // entries that were dropped as their delegate is missing, hidden or does not fit

	Name     string     // of one made of other objects, as it is ordered by; else empty
	Objects  []mesh.Ref // the routes of the Gateway API, or the Ingresses, that it was made of
	Created  time.Time
	ExportTo precedence.Exports // "." replaced by the namespace, the mesh's default filled in
}

// HTTPRoute is an entry of http[], and where it stands.
type HTTPRoute struct {
	*networking.HTTPRoute
	Ref mesh.Ref // spec.http[i]

	Parts map[string]string // of a rule of the Gateway API; see [HTTPRoute.Part]
}

// TLSRoute is an entry of tls[].
type TLSRoute struct {
	*networking.TLSRoute
	Ref mesh.Ref
}

// TCPRoute is an entry of tcp[].
type TCPRoute struct {
	*networking.TCPRoute
	Ref mesh.Ref
}

func virtualRef(v *networkingapi.VirtualService) mesh.Ref {
	return mesh.Ref{Kind: mesh.VirtualService, Namespace: v.Namespace, Name: v.Name}
}

// Resolve completes names in the VirtualService's own namespace and merges its delegates (ResolveVirtualServiceShortnames and
// mergeVirtualServices of pilot/pkg/model).
func Resolve(s *mesh.Snapshot, v *networkingapi.VirtualService) *VirtualService {
	out := &VirtualService{Ref: virtualRef(v), Namespace: v.Namespace, Created: v.CreationTimestamp.Time,
		ExportTo: virtualExports(s, v)}
	for _, h := range v.Spec.Hosts {
		out.Written = append(out.Written, mesh.ResolveHost(h, v.Namespace))
	}
	out.Hosts = Lowered(out.Written)
	out.Gateways = gatewayNames(v.Spec.Gateways, v.Namespace)
	if len(out.Gateways) == 0 {
		out.Gateways = []string{MeshGateway}
	}
	for i, r := range v.Spec.Http {
		route := HTTPRoute{HTTPRoute: resolveHTTP(r, v.Namespace), Ref: out.Ref.At("spec.http[" + strconv.Itoa(i) + "]")}
		if r.Delegate == nil {
			out.HTTP = append(out.HTTP, route)
			continue
		}
		merged, ok := delegated(s, v, route)
		out.HTTP = append(out.HTTP, merged...)
		if !ok {
			out.Missing = append(out.Missing, route.Ref.At(route.Ref.Field+".delegate"))
		}
	}
	for i, r := range v.Spec.Tls {
		out.TLS = append(out.TLS, TLSRoute{resolveTLS(r, v.Namespace), out.Ref.At("spec.tls[" + strconv.Itoa(i) + "]")})
	}
	for i, r := range v.Spec.Tcp {
		out.TCP = append(out.TCP, TCPRoute{resolveTCP(r, v.Namespace), out.Ref.At("spec.tcp[" + strconv.Itoa(i) + "]")})
	}
	return out
}

func virtualExports(s *mesh.Snapshot, v *networkingapi.VirtualService) precedence.Exports {
	return ResolvedExports(s, v.Spec.ExportTo, v.Namespace)
}

// ResolvedExports are the values of a VirtualService's exportTo, or the mesh's defaults, with the owner's namespace in place of ".".
func ResolvedExports(s *mesh.Snapshot, e []string, namespace string) precedence.Exports {
	if len(e) == 0 {
		if e = s.Config.Proto.GetDefaultVirtualServiceExportTo(); e == nil {
			e = []string{"*"}
		}
		e = precedence.DefaultExports(s, e)
	}
	set := precedence.ExportSet(e)
	for i, x := range set {
		if x == "." {
			set[i] = namespace
		}
	}
	return precedence.ExportSet(set)
}

// gatewayNames resolves references to Gateways: a bare name is one of the VirtualService's namespace, and so is ./name; the form
// name.namespace.svc... of old is understood (pilot/pkg/model/virtualservice.go, resolveGatewayName).
func gatewayNames(names []string, namespace string) []string {
	var out []string
	for _, n := range names {
		ns, name, slash := strings.Cut(n, "/")
		switch {
		case n == MeshGateway:
		case slash && ns == ".":
			n = namespace + "/" + name
		case !slash && strings.Contains(n, "."):
			name, rest, _ := strings.Cut(n, ".")
			ns, _, _ := strings.Cut(rest, ".")
			n = ns + "/" + name
		case !slash:
			n = namespace + "/" + n
		}
		out = append(out, n)
	}
	return out
}

// Made reports whether no VirtualService of Istio's own stands behind it, but routes of the Gateway API or Ingresses.
func (v *VirtualService) Made() bool { return v.GatewayAPI || v.Ingress }

// VisibleTo reports whether proxies of a namespace see the VirtualService.
func (v *VirtualService) VisibleTo(namespace string) bool {
	return v.ExportTo.Has("*") || !v.ExportTo.Has("~") && v.ExportTo.Has(namespace)
}
