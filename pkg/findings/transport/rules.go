package transport

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
)

// Rules are the rules about what the bytes run into, in the order in which their findings are shown. A new rule is a line here.
var Rules = []walk.Rule{
	rootSelector, ignoredPeerAuthentication, portLevelServicePort, portLevelWithoutSelector, ruleInThirdNamespace, shortRule, hiddenRule, droppedTLS, ignoredCredential, ruleWithoutTLS, protocolTaken,
}
