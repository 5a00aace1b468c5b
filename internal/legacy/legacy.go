package legacy

// The messages of the old kinds, field for field (istio/api at 1.4, authentication/v1alpha1/policy.proto and rbac/v1alpha1/rbac.proto).
// The tag enum lists the values of an enumeration, the first one being the default; present marks a message that counts as set
// when it is written without a value.

type policySpec struct {
	Targets          []targetSelector `json:"targets"`
	Peers            []peerMethod     `json:"peers"`
	PeerIsOptional   bool             `json:"peerIsOptional"`
	Origins          []originMethod   `json:"origins"`
	OriginIsOptional bool             `json:"originIsOptional"`
	PrincipalBinding string           `json:"principalBinding" enum:"USE_PEER USE_ORIGIN"`
}

type targetSelector struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	Ports  []portSelector    `json:"ports"`
}

type portSelector struct {
	Number uint32 `json:"number"`
	Name   string `json:"name"`
}

type peerMethod struct {
	MTLS *mutualTLS `json:"mtls" present:"true"`
	JWT  *jwt       `json:"jwt"`
}

type mutualTLS struct {
	AllowTLS bool   `json:"allowTls"`
	Mode     string `json:"mode" enum:"STRICT PERMISSIVE"`
}

type originMethod struct {
	JWT *jwt `json:"jwt"`
}

type jwt struct {
	Issuer       string        `json:"issuer"`
	Audiences    []string      `json:"audiences"`
	JwksURI      string        `json:"jwksUri"`
	Jwks         string        `json:"jwks"`
	JwtHeaders   []string      `json:"jwtHeaders"`
	JwtParams    []string      `json:"jwtParams"`
	TriggerRules []triggerRule `json:"triggerRules"`
}

type triggerRule struct {
	ExcludedPaths []stringMatch `json:"excludedPaths"`
	IncludedPaths []stringMatch `json:"includedPaths"`
}

type stringMatch struct {
	Exact  *string `json:"exact"`
	Prefix *string `json:"prefix"`
	Suffix *string `json:"suffix"`
	Regex  *string `json:"regex"`
}

type serviceRoleSpec struct {
	Rules []accessRule `json:"rules"`
}

type accessRule struct {
	Services    []string     `json:"services"`
	Hosts       []string     `json:"hosts"`
	NotHosts    []string     `json:"notHosts"`
	Paths       []string     `json:"paths"`
	NotPaths    []string     `json:"notPaths"`
	Methods     []string     `json:"methods"`
	NotMethods  []string     `json:"notMethods"`
	Ports       []int32      `json:"ports"`
	NotPorts    []int32      `json:"notPorts"`
	Constraints []constraint `json:"constraints"`
}

type constraint struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

type serviceRoleBindingSpec struct {
	Subjects []subject    `json:"subjects"`
	RoleRef  *roleRef     `json:"roleRef"`
	Mode     string       `json:"mode" enum:"ENFORCED PERMISSIVE"`
	Actions  []accessRule `json:"actions"`
	Role     string       `json:"role"`
}

type subject struct {
	User          string            `json:"user"`
	Names         []string          `json:"names"`
	NotNames      []string          `json:"notNames"`
	Group         string            `json:"group"`
	Groups        []string          `json:"groups"`
	NotGroups     []string          `json:"notGroups"`
	Namespaces    []string          `json:"namespaces"`
	NotNamespaces []string          `json:"notNamespaces"`
	IPs           []string          `json:"ips"`
	NotIPs        []string          `json:"notIps"`
	Properties    map[string]string `json:"properties"`
}

type roleRef struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

type rbacConfigSpec struct {
	Mode            string      `json:"mode" enum:"OFF ON ON_WITH_INCLUSION ON_WITH_EXCLUSION"`
	Inclusion       *rbacTarget `json:"inclusion"`
	Exclusion       *rbacTarget `json:"exclusion"`
	EnforcementMode string      `json:"enforcementMode" enum:"ENFORCED PERMISSIVE"`
}

type rbacTarget struct {
	Services   []string `json:"services"`
	Namespaces []string `json:"namespaces"`
}
