package policies

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
)

// Rules are the rules about what policies do not say, in the order in which their findings are shown. A new rule is a line here.
var Rules = []walk.Rule{
	rewritten, slightChange, addressTaken, repliesWithoutCORS, tokensOnTCP, hostWithoutPort, lostOnTCP, brokenCondition, unmatchable, wrongPort, missingNamespace, accountWithoutPods, gatewayAddress, identityAtGateway,
	alternatives, plaintextEvades, tokenNeverVerified, unknownIssuer, tokenNotRequired,
	dryRun, missingProvider,
}
