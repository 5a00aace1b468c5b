package routing

import (
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
)

// Rules are the rules about what keeps routes from this request, in the order in which their findings are shown. A new rule is a line here.
var Rules = []walk.Rule{
	hiddenDestination, shortDestination, shortVirtualService, hiddenVirtualService, hostTaken, unreachableRoute, missingDelegate,
	subsetElsewhere, missingSubset, httpRoutesOnTCP,
	missingGateway, gatewayLacksHost, droppedServer, sharedCertificate, shadowed, gatewaysOnly, hostHasPort, notRead,
}
