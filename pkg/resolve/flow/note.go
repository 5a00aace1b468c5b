package flow

import "github.com/mesh-why/mesh-why/pkg/mesh"

// Note is a code for how a stage passed, with a sentence in the catalogue.
type Note string

// Finding is something beside the verdict that is worth knowing.
type Finding struct {
	Code     Note
	Resource mesh.Ref
	Args     []string
}

// CodeMark begins an argument that is a code of the catalogue itself.
const CodeMark = "#"

// How stages pass a request on.
const (
	NoteRuleDiffers            Note = "RuleDiffers" // of a gap, see [RuleDiffersByVersion]
	NoteClientOutside          Note = "ClientOutside"
	NoteClientKubelet          Note = "ClientKubelet"
	NoteClientIsGateway        Note = "ClientIsGateway"
	NoteClientWithoutSidecar   Note = "ClientWithoutSidecar"
	NoteClientNotEnrolled      Note = "ClientNotEnrolled" // labels ask for ambient mode, and istio-cni did not enrol it
	NoteClientOptedOut         Note = "ClientOptedOut"    // its own label keeps it out of ambient mode
	NoteClientOnHostNetwork    Note = "ClientOnHostNetwork"
	NoteSelfNotCaptured        Note = "SelfNotCaptured"
	NoteClientCaptured         Note = "ClientCaptured"
	NoteClientNotCaptured      Note = "ClientNotCaptured"
	NoteClientMayBeCaptured    Note = "ClientMayBeCaptured"
	NoteScopeDefault           Note = "ScopeDefault"
	NoteScopeSidecar           Note = "ScopeSidecar"
	NoteNoListener             Note = "NoListener"
	NoteNoChain                Note = "NoChain"
	NoteNotHTTPOnHTTPPort      Note = "NotHTTPOnHTTPPort"
	NoteListenerHTTP           Note = "ListenerHTTP"
	NoteListenerTCP            Note = "ListenerTCP"
	NotePassedThrough          Note = "PassedThrough"
	NoteHostUnknown            Note = "HostUnknown"
	NoteDefaultRoute           Note = "DefaultRoute"
	NoteFaultDelays            Note = "FaultDelays"
	NoteFaultAborts            Note = "FaultAborts"
	NoteRuleApplies            Note = "RuleApplies"
	NoteNoRule                 Note = "NoRule"
	NoteOriginalDestination    Note = "OriginalDestination"
	NoteRulePlaintext          Note = "RulePlaintext"
	NoteRuleIstioMutual        Note = "RuleIstioMutual"
	NoteRuleSimple             Note = "RuleSimple"
	NoteRuleMutual             Note = "RuleMutual"
	NoteCredentialDropped      Note = "CredentialDropped"
	NoteCertificatesMissing    Note = "CertificatesMissing"
	NoteExternalPlaintext      Note = "ExternalPlaintext"
	NoteAutoMTLSOff            Note = "AutoMTLSOff"
	NoteSiblingWithoutSidecar  Note = "SiblingWithoutSidecar"
	NoteHintDisable            Note = "HintDisable"
	NoteAutoMutual             Note = "AutoMutual"
	NoteEndpointRulePlaintext  Note = "EndpointRulePlaintext"
	NoteEndpointWithoutSidecar Note = "EndpointWithoutSidecar"
	NoteServerDisable          Note = "ServerDisable"
	NoteServerNotCaptured      Note = "ServerNotCaptured"
	NotePlaintext              Note = "Plaintext"
	NotePlaintextTCP           Note = "PlaintextTCP"
	NoteMutualTLS              Note = "MutualTLS"
	NoteMutualTLSTCP           Note = "MutualTLSTCP"
	NoteTLSToApplication       Note = "TLSToApplication"
	NoteProbeForwarded         Note = "ProbeForwarded"
	NoteProbeNotRewritten      Note = "ProbeNotRewritten"
	NoteIngressEndpoint        Note = "IngressEndpoint"
	NotePathNormalized         Note = "PathNormalized"
	NotePathParametersByPatch  Note = "PathParametersByPatch"
	NoteTokenVerified          Note = "TokenVerified"
	NoteTokenAbsent            Note = "TokenAbsent"
	NoteTokenUnverified        Note = "TokenUnverified"

	// What of a token does not fit a rule, and what stands where a rule looks for one.
	NoteTokenIssuer        Note = "TokenIssuer"
	NoteTokenExpired       Note = "TokenExpired"
	NoteTokenEarly         Note = "TokenEarly"
	NoteTokenAudience      Note = "TokenAudience"
	NoteTokenKid           Note = "TokenKid"
	NoteTokenAlgorithm     Note = "TokenAlgorithm"
	NoteTokenSignature     Note = "TokenSignature"
	NoteTokenMalformed     Note = "TokenMalformed"
	NoteTokenWithPrefix    Note = "TokenWithPrefix"
	NoteTokenPrefixTwice   Note = "TokenPrefixTwice"
	NoteTokenWithoutPrefix Note = "TokenWithoutPrefix"
	NoteTokenPrefixCase    Note = "TokenPrefixCase"
	NoteTokenTaken         Note = "TokenTaken"
	NoteTokenKeysMissing   Note = "TokenKeysMissing"
	NoteTokenKeysUnknown   Note = "TokenKeysUnknown"
	NoteTokenHalfPrincipal Note = "TokenHalfPrincipal"

	// Why istiod cannot have got a key set.
	NoteKeysNoAddress Note = "KeysNoAddress"
	NoteKeysLoopback  Note = "KeysLoopback"
	NoteKeysReserved  Note = "KeysReserved"
	NoteKeysNoService Note = "KeysNoService"
	NoteKeysPlaintext Note = "KeysPlaintext"
	NoteKeysRefused   Note = "KeysRefused"

	// Why a gateway has no route for a request, or a route no backend.
	NoteBackendNotPermitted Note = "BackendNotPermitted"
	NoteBackendMissing      Note = "BackendMissing"
	NoteBackendOfKind       Note = "BackendOfKind"
	NoteOwnListener         Note = "OwnListener"
	NoteRouteLost           Note = "RouteLost"
	NoteIngressLost         Note = "IngressLost"
	NoteRouteNotBound       Note = "RouteNotBound"
	NoteRouteNotExported    Note = "RouteNotExported"
	NoteRouteDelegatesLost  Note = "RouteDelegatesLost"
	NoteCertificateNames    Note = "CertificateNames"
	NoteRouteForNoHost      Note = "RouteForNoHost"

	// What of a rule is lost on a port that is not read as HTTP.
	NoteDenyOfBytes  Note = "DenyOfBytes"
	NoteAllowOfBytes Note = "AllowOfBytes"
	// NoteAllowsNothing is the clause for ALLOW policies without a rule.
	NoteAllowsNothing Note = "AllowsNothing"

	NotePreflightSkipsToken Note = "PreflightSkipsToken"
	NoteAuditOnly           Note = "AuditOnly"
	NoteCustomAsked         Note = "CustomAsked"
	NoteEgressProxyStale    Note = "EgressProxyStale"
	NoteGatewayServer       Note = "GatewayServer"
	NoteSlicePortName       Note = "SlicePortName"
	NotePortUndeclared      Note = "PortUndeclared"
	NoteResolved            Note = "Resolved"
	NoteResolvedOutside     Note = "ResolvedOutside"
	NoteVirtualHost         Note = "VirtualHost"
	NoteServiceHost         Note = "ServiceHost"
	NoteRouteMatched        Note = "RouteMatched"
	NoteDestination         Note = "Destination"
	NoteDestinations        Note = "Destinations"
	NoteEndpoints           Note = "Endpoints"
	NoteLeaves              Note = "Leaves"
	NotePodDialled          Note = "PodDialled"
	NoteKubeProxy           Note = "KubeProxy"
	NoteOuterAddress        Note = "OuterAddress"
	NoteAllowMatched        Note = "AllowMatched"
	NoteNoAllowPolicy       Note = "NoAllowPolicy"
	NoteDenyUnmatched       Note = "DenyUnmatched"
	NoteNoDenyPolicy        Note = "NoDenyPolicy"
	NoteReached             Note = "ApplicationReached"
	NoteRetried             Note = "Retried"
	NoteRetriesFail         Note = "RetriesFail"
	NoteProxyFrozen         Note = "ProxyFrozen"
	NoteRoutesFrozen        Note = "RoutesFrozen"

	NoteClientTaken          Note = "ClientTakenByZtunnel"
	NoteServerTaken          Note = "ServerTakenByZtunnel"
	NoteZtunnelPassed        Note = "ZtunnelPassed"
	NoteAddressOfHost        Note = "AddressOfHost"
	NoteNameOfHost           Note = "NameOfHost" // the client's ztunnel gave the address for a name
	NoteAddressOfPod         Note = "AddressOfPod"
	NoteAddressUnknown       Note = "AddressUnknown"
	NoteThroughWaypoint      Note = "ThroughWaypoint"
	NoteThroughWaypoints     Note = "ThroughWaypoints"
	NoteWithoutWaypoint      Note = "WithoutWaypoint"
	NoteWaypointEndpoints    Note = "WaypointEndpoints"
	NoteTunnel               Note = "Tunnel"
	NoteNoTunnel             Note = "NoTunnel"
	NoteTunnelNotSent        Note = "TunnelNotSent"
	NoteTunnelAccepted       Note = "TunnelAccepted"
	NoteTunnelHTTP           Note = "TunnelHTTP"
	NoteTunnelTCP            Note = "TunnelTCP"
	NoteZtunnelTakesPlain    Note = "ZtunnelTakesPlaintext"
	NoteWaypointService      Note = "WaypointService"
	NoteWaypointWorkload     Note = "WaypointWorkload"
	NoteWaypointRoutes       Note = "WaypointRoutes"
	NoteWaypointDefaultRoute Note = "WaypointDefaultRoute"
	NoteIngressWaypoint      Note = "IngressWaypoint"
	NoteWaypointFrozen       Note = "WaypointFrozen"

	NoteExtensionsAttached       Note = "ExtensionsAttached"
	NoteExtensionHeaders         Note = "ExtensionHeaders"
	NoteExtensionRewrites        Note = "ExtensionRewrites"
	NoteExtensionMayAnswer       Note = "ExtensionMayAnswerUnderLoad"
	NoteExtensionRemoves         Note = "ExtensionRemoves"
	NoteExtensionRemovesPolicy   Note = "ExtensionRemovesPolicy"
	NoteExtensionRemovesListener Note = "ExtensionRemovesListener"
	NoteExtensionRemovesHost     Note = "ExtensionRemovesHost"
	NoteExtensionHost            Note = "ExtensionHost"
	NoteExtensionRoute           Note = "ExtensionRoute"
	NoteExtensionCluster         Note = "ExtensionCluster"
	NoteExtensionPlaintext       Note = "ExtensionPlaintext"
	NoteExtensionRefused         Note = "ExtensionRefused"
	NoteExtensionDropsOthers     Note = "ExtensionDropsOthers"
	NoteExtensionMatchesNothing  Note = "ExtensionMatchesNothing"
	NoteExtensionUnfetched       Note = "ExtensionUnfetched"
	NoteExtensionOldType         Note = "ExtensionOldType"
	NoteExtensionOldName         Note = "ExtensionOldName"
	NoteExtensionNoAnchor        Note = "ExtensionNoAnchor"
	NoteExtensionNoEffect        Note = "ExtensionNoEffect"
	NoteExtensionAtTunnel        Note = "ExtensionAtTunnel" // a filter meets the CONNECT requests of a waypoint's tunnels too
	// Patches for what istiod does not patch at a waypoint.
	NoteExtensionWaypointRoutes   Note = "ExtensionWaypointRoutes"
	NoteExtensionWaypointClusters Note = "ExtensionWaypointClusters"
)

// Why a provider of CUSTOM policies cannot be used.
const (
	NoteProviderUnnamed  Note = "ProviderUnnamed"
	NoteProviderMissing  Note = "ProviderMissing"
	NoteProviderTwice    Note = "ProviderTwice"
	NoteProviderKind     Note = "ProviderKind"
	NoteProviderField    Note = "ProviderField"
	NoteProviderService  Note = "ProviderService"
	NoteProvidersDiffer  Note = "ProvidersDiffer"
	NoteProviderOfDryRun Note = "ProviderOfDryRun"
)

// What answers presume.
const (
	PresumesNoLoad         Note = "PresumesNoLoad"
	PresumesSmallBody      Note = "PresumesSmallBody"
	PresumesNothingDeleted Note = "PresumesNothingDeleted"
	PresumesSecret         Note = "PresumesSecret"
	PresumesClientSecret   Note = "PresumesClientSecret"
	PresumesSecretContent  Note = "PresumesSecretContent"
)

// What answers presume of programs, and of what the input leaves out.
const (
	PresumesListens        Note = "PresumesListens"
	PresumesMachineListens Note = "PresumesMachineListens"
	PresumesTLS            Note = "PresumesTLS"
	PresumesCertificate    Note = "PresumesCertificate"
	PresumesOutside        Note = "PresumesOutside"
	PresumesDNSCapture     Note = "PresumesDNSCapture" // of a captured pod, by default
	PresumesWorkload       Note = "PresumesWorkload"
	AddressConcealed       Note = "AddressConcealed"
	PresumesNamespace      Note = "PresumesNamespace"
	PresumesMachine        Note = "PresumesMachine"
	PresumesEndpoints      Note = "PresumesEndpoints"
	PresumesDefault        Note = "PresumesDefault"
)

// What only a mesh config says, where none was read.
const (
	NoteMeshConfigAbsent Note = "MeshConfigAbsent"
)

// Proxies that are dialled in a way that is not modelled.
const (
	NoteGatewayCaptured Note = "GatewayCaptured"
	NoteWaypointDialled Note = "WaypointDialled"
)

// On what conditions an answer holds of which nobody knows whether they do.
const (
	IfListens        Note = "IfListens"
	IfMachineListens Note = "IfMachineListens"
	IfTLS            Note = "IfTLS"
	IfClear          Note = "IfClear"
	IfCertificate    Note = "IfCertificate"
)
