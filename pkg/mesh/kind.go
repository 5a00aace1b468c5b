package mesh

// Kind names a kind of object as people and kubectl write it. Where two API groups use one kind, the less usual one carries its group.
type Kind string

// The kinds that a decision can depend on.
const (
	Namespace     Kind = "Namespace"
	Node          Kind = "Node"
	Pod           Kind = "Pod"
	Service       Kind = "Service"
	EndpointSlice Kind = "EndpointSlice"
	ConfigMap     Kind = "ConfigMap"
	Secret        Kind = "Secret"
	Ingress       Kind = "Ingress"
	IngressClass  Kind = "IngressClass"
	Deployment    Kind = "Deployment"
	NetworkPolicy Kind = "NetworkPolicy"

	PeerAuthentication    Kind = "PeerAuthentication"
	RequestAuthentication Kind = "RequestAuthentication"
	AuthorizationPolicy   Kind = "AuthorizationPolicy"
	DestinationRule       Kind = "DestinationRule"
	VirtualService        Kind = "VirtualService"
	Gateway               Kind = "Gateway"
	ServiceEntry          Kind = "ServiceEntry"
	Sidecar               Kind = "Sidecar"
	WorkloadEntry         Kind = "WorkloadEntry"
	EnvoyFilter           Kind = "EnvoyFilter"
	ProxyConfig           Kind = "ProxyConfig"
	WasmPlugin            Kind = "WasmPlugin"
	TrafficExtension      Kind = "TrafficExtension"

	KubeGateway      Kind = "Gateway.gateway.networking.k8s.io"
	GatewayClass     Kind = "GatewayClass"
	HTTPRoute        Kind = "HTTPRoute"
	GRPCRoute        Kind = "GRPCRoute"
	TLSRoute         Kind = "TLSRoute"
	TCPRoute         Kind = "TCPRoute"
	ReferenceGrant   Kind = "ReferenceGrant"
	ListenerSet      Kind = "ListenerSet"
	BackendTLSPolicy Kind = "BackendTLSPolicy"

	// MeshConfig is no object of the API server but the content of a ConfigMap; it is named where a field of it decides.
	MeshConfig Kind = "MeshConfig"
	// LegacyPolicy stands for the kinds that Istio 1.6 removed (MeshPolicy, Policy, ServiceRole, ...).
	LegacyPolicy Kind = "LegacyPolicy"
)

// API tells where the API server keeps a kind.
type API struct {
	Kind       Kind
	Group      string
	Version    string // the version that is read; manifests may carry any version of the group
	Plural     string
	Namespaced bool
}

// APIs lists every kind that is read, core kinds first.
func APIs() []API { return apis }

var apis = []API{
	{Namespace, "", "v1", "namespaces", false},
	{Node, "", "v1", "nodes", false},
	{Pod, "", "v1", "pods", true},
	{Service, "", "v1", "services", true},
	{EndpointSlice, "discovery.k8s.io", "v1", "endpointslices", true},
	{ConfigMap, "", "v1", "configmaps", true},
	{Secret, "", "v1", "secrets", true},
	{Ingress, "networking.k8s.io", "v1", "ingresses", true},
	{IngressClass, "networking.k8s.io", "v1", "ingressclasses", false},
	{NetworkPolicy, "networking.k8s.io", "v1", "networkpolicies", true},
	{Deployment, "apps", "v1", "deployments", true},

	{PeerAuthentication, "security.istio.io", "v1", "peerauthentications", true},
	{RequestAuthentication, "security.istio.io", "v1", "requestauthentications", true},
	{AuthorizationPolicy, "security.istio.io", "v1", "authorizationpolicies", true},
	{DestinationRule, "networking.istio.io", "v1", "destinationrules", true},
	{VirtualService, "networking.istio.io", "v1", "virtualservices", true},
	{Gateway, "networking.istio.io", "v1", "gateways", true},
	{ServiceEntry, "networking.istio.io", "v1", "serviceentries", true},
	{Sidecar, "networking.istio.io", "v1", "sidecars", true},
	{WorkloadEntry, "networking.istio.io", "v1", "workloadentries", true},
	{EnvoyFilter, "networking.istio.io", "v1alpha3", "envoyfilters", true},
	{ProxyConfig, "networking.istio.io", "v1beta1", "proxyconfigs", true},
	{WasmPlugin, "extensions.istio.io", "v1alpha1", "wasmplugins", true},
	{TrafficExtension, "extensions.istio.io", "v1alpha1", "trafficextensions", true},

	{KubeGateway, "gateway.networking.k8s.io", "v1", "gateways", true},
	{GatewayClass, "gateway.networking.k8s.io", "v1", "gatewayclasses", false},
	{HTTPRoute, "gateway.networking.k8s.io", "v1", "httproutes", true},
	{GRPCRoute, "gateway.networking.k8s.io", "v1", "grpcroutes", true},
	{TLSRoute, "gateway.networking.k8s.io", "v1", "tlsroutes", true},
	{TCPRoute, "gateway.networking.k8s.io", "v1", "tcproutes", true},
	{ReferenceGrant, "gateway.networking.k8s.io", "v1", "referencegrants", true},
	{ListenerSet, "gateway.networking.k8s.io", "v1", "listenersets", true},
	{BackendTLSPolicy, "gateway.networking.k8s.io", "v1", "backendtlspolicies", true},
}

// APIOf returns where a kind is kept; ok is false for kinds without an API of their own (MeshConfig, LegacyPolicy).
func APIOf(k Kind) (api API, ok bool) {
	for _, a := range apis {
		if a.Kind == k {
			return a, true
		}
	}
	return API{}, false
}

// KindOf returns the kind that a manifest of this API group and kind holds; ok is false for kinds that no decision reads.
func KindOf(group, kind string) (k Kind, ok bool) {
	for _, a := range apis {
		if a.Group == group && a.Name() == kind {
			return a.Kind, true
		}
	}
	return "", false
}

// Name is the kind as manifests write it, without the group that tells two kinds of one name apart.
func (a API) Name() string {
	if a.Kind == KubeGateway {
		return "Gateway"
	}
	return string(a.Kind)
}

// GroupVersion is the apiVersion that manifests carry of the version that is read.
func (a API) GroupVersion() string {
	if a.Group == "" {
		return a.Version
	}
	return a.Group + "/" + a.Version
}

// Resource is the kind as kubectl writes it on its command line: the plural with the group, if it has one.
func (a API) Resource() string {
	if a.Group == "" {
		return a.Plural
	}
	return a.Plural + "." + a.Group
}
