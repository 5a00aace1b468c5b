package transport

import (
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Findings about how the bytes are wrapped.
const (
	PeerAuthenticationRootSelector  flow.Note = "PeerAuthenticationRootSelector"  // a selector in the root namespace
	PeerAuthenticationIgnored       flow.Note = "PeerAuthenticationIgnored"       // an older one of its level counts
	PortLevelServicePort            flow.Note = "PortLevelServicePort"            // portLevelMtls with a Service's port
	PortLevelWithoutSelector        flow.Note = "PortLevelWithoutSelector"        // portLevelMtls of a policy for everybody
	DestinationRuleInThirdNamespace flow.Note = "DestinationRuleInThirdNamespace" // it is never looked up there
	DestinationRuleShortHost        flow.Note = "DestinationRuleShortHost"        // its host has a dot but is no full name
	DestinationRuleNotExported      flow.Note = "DestinationRuleNotExported"      // exportTo hides it from the client
	DestinationRuleWithoutTLS       flow.Note = "DestinationRuleWithoutTLS"       // it applies, and does not say how to wrap
	PortSettingsDropTLS             flow.Note = "PortSettingsDropTLS"             // portLevelSettings replace tls by nothing
	CredentialNameIgnored           flow.Note = "CredentialNameIgnored"           // a sidecar does not read the Secret
	PortProtocolTaken               flow.Note = "PortProtocolTaken"               // an older Service fixes the port's protocol
)
