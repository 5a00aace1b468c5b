package precedence

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// MeshGateway is the reserved name that stands for all sidecars.
const MeshGateway = "mesh"

// VirtualService is a VirtualService as istiod works with it: short names completed, delegates merged, gateways as namespace/name.
// Routes of the Gateway API become such VirtualServices too.
type VirtualService struct {
	Ref        mesh.Ref
	Namespace  string
	Hosts      []string // in lower case
	written    []string // the same, with the letters that they are written in
	Gateways   []string // MeshGateway, or namespace/name
	GatewayAPI bool
	HTTP       []HTTPRoute
	TLS        []TLSRoute
	TCP        []TCPRoute
	Missing    []mesh.Ref // entries that were dropped as their delegate is missing, hidden or does not fit

	name     string     // of one made of the Gateway API, as it is ordered by; else empty
	sources  []mesh.Ref // the routes of the Gateway API that it was made of
	created  time.Time
	exportTo exports // "." replaced by the namespace, the mesh's default filled in
}

// HTTPRoute is an entry of http[], and where it stands.
type HTTPRoute struct {
	*networking.HTTPRoute
	Ref mesh.Ref // spec.http[i]

	parts map[string]string // of a rule of the Gateway API; see [HTTPRoute.Part]
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

type virtualServicesKey struct{}

// VirtualServices returns all VirtualServices that can act, oldest first, with those made from the Gateway API's routes.
func VirtualServices(s *mesh.Snapshot) []*VirtualService {
	return mesh.Derive(s, virtualServicesKey{}, func() []*VirtualService {
		var out []*VirtualService
		list, _ := s.VirtualServices.All()
		for _, v := range list {
			if len(v.Spec.Hosts) > 0 { // one without hosts acts only as a delegate
				out = append(out, resolve(s, v))
			}
		}
		out = append(out, fromGatewayAPI(s)...)
		slices.SortStableFunc(out, func(a, b *VirtualService) int {
			if c := a.created.Compare(b.created); c != 0 {
				return c
			}
			return strings.Compare(cmp.Or(a.name, a.Ref.Name)+"\x00"+a.Namespace, cmp.Or(b.name, b.Ref.Name)+"\x00"+b.Namespace)
		})
		return out
	})
}

func virtualRef(v *networkingapi.VirtualService) mesh.Ref {
	return mesh.Ref{Kind: mesh.VirtualService, Namespace: v.Namespace, Name: v.Name}
}

// resolve completes names in the VirtualService's own namespace and merges its delegates (ResolveVirtualServiceShortnames and
// mergeVirtualServices of pilot/pkg/model).
func resolve(s *mesh.Snapshot, v *networkingapi.VirtualService) *VirtualService {
	out := &VirtualService{Ref: virtualRef(v), Namespace: v.Namespace, created: v.CreationTimestamp.Time,
		exportTo: virtualExports(s, v)}
	for _, h := range v.Spec.Hosts {
		out.written = append(out.written, mesh.ResolveHost(h, v.Namespace))
	}
	out.Hosts = lowered(out.written)
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

func virtualExports(s *mesh.Snapshot, v *networkingapi.VirtualService) exports {
	return resolvedExports(s, v.Spec.ExportTo, v.Namespace)
}

func resolvedExports(s *mesh.Snapshot, e []string, namespace string) exports {
	if len(e) == 0 {
		if e = s.Config.Proto.GetDefaultVirtualServiceExportTo(); e == nil {
			e = []string{"*"}
		}
	}
	set := exportSet(e)
	for i, x := range set {
		if x == "." {
			set[i] = namespace
		}
	}
	return exportSet(set)
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

// boundTo returns the VirtualServices for a gateway (or the mesh) as a proxy of a namespace sees them, in the order in which they
// count: those that the namespace keeps to itself, those exported to it by name, the public ones; in each group the oldest first. Of
// the public ones, routes of the Gateway API that live in the proxy's own namespace come first.
func boundTo(s *mesh.Snapshot, gateway, namespace string) []*VirtualService {
	type key struct{ gateway, namespace string }
	return mesh.Derive(s, key{gateway, namespace}, func() []*VirtualService {
		var private, named, consumer, public []*VirtualService
		for _, v := range VirtualServices(s) {
			if !slices.Contains(v.Gateways, gateway) {
				continue
			}
			switch {
			case v.exportTo.has("*") && v.GatewayAPI && v.Namespace == namespace:
				consumer = append(consumer, v)
			case v.exportTo.has("*"):
				public = append(public, v)
			case v.exportTo.has("~"):
			case v.exportTo.has(namespace) && v.Namespace == namespace:
				private = append(private, v)
			case v.exportTo.has(namespace):
				named = append(named, v)
			}
		}
		return slices.Concat(private, named, consumer, public)
	})
}

// VisibleTo tells whether proxies of a namespace see the VirtualService.
func (v *VirtualService) VisibleTo(namespace string) bool {
	return v.exportTo.has("*") || !v.exportTo.has("~") && v.exportTo.has(namespace)
}
