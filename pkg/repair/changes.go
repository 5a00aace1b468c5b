package repair

import "github.com/mesh-why/mesh-why/pkg/resolve/flow"

// byReason are the changes that can mend an outcome, by its reason.
var byReason = map[flow.Reason][]func(*incident) []Change{
	flow.RBACNoAllowMatched: {(*incident).bind, (*incident).prefixed, (*incident).forward, (*incident).verifyHere, (*incident).supply, (*incident).identify, (*incident).direct, (*incident).reselect, (*incident).allow, (*incident).correct},
	flow.RBACDenyMatched:    {(*incident).bind, (*incident).ofClients, (*incident).prefixed, (*incident).forward, (*incident).verifyHere, (*incident).supply, (*incident).identify, (*incident).reselect, (*incident).exclude},
	flow.TokenRefused:       {(*incident).bearer, (*incident).sendElsewhere, (*incident).spellIssuer, (*incident).openKeys},
	flow.PlaintextRefused:   {(*incident).identify, (*incident).enrolSibling, (*incident).moveRule, (*incident).podPort, (*incident).moveSelector, (*incident).reselect, (*incident).ownMutual, (*incident).admitPlaintext},
	flow.ServerSpeaksClear:  {(*incident).capture, (*incident).reselect, (*incident).moveRule, (*incident).enable, (*incident).speakClear},
	flow.CertificateRefused: {(*incident).altNames, (*incident).mutual},
	flow.SubsetUndefined:    {(*incident).moveRule, (*incident).defineSubset},
	flow.SubsetEmpty:        {(*incident).relabelSubset},
	flow.RouteNotFound:      {(*incident).attach, (*incident).bareHost, (*incident).bindGateway, (*incident).delegate, (*incident).anyPort, (*incident).join, (*incident).addRoute},
	flow.DestinationUnknown: {(*incident).nameDestination},
	flow.RegistryOnly:       {(*incident).importHost, (*incident).addEntry},
	flow.NobodyListens:      {(*incident).attach, (*incident).correctTarget},
	flow.Redirected:         {(*incident).trustForwarded},
	flow.BackendInvalid:     {(*incident).grant, (*incident).otherBackend},

	flow.FaultAborted:      {(*incident).stopFault},
	flow.CredentialMissing: {(*incident).nameSecret},
	flow.ServerNameUnknown: {(*incident).attach},

	flow.WaypointUnreachable: {(*incident).wake},
}

// changes lists what could mend the outcome, not tried yet.
func (i *incident) changes() []Change {
	var out []Change
	for _, f := range byReason[i.o.Reason] {
		out = append(out, f(i)...)
	}
	return out
}
