package waypoint

import (
	"strconv"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/precedence"
)

// PeerIsNoAddress is why a condition on the address of the peer is lost at a waypoint. What is compared there is the peer of a listener
// within the proxy, which is no IP address: a positive condition never holds, not even for 0.0.0.0/0, and a negative one always does.
// What the client's address is, remoteIpBlocks and remote.ip tell.
const PeerIsNoAddress precedence.LossReason = "PeerIsNoAddress"

// Fate is what a waypoint makes of a rule that compares the address of the peer.
type Fate struct {
	Fields   []string // the conditions that are lost
	Inert    bool     // the rule matches nothing
	Wider    bool     // it matches more than is written
	Narrower bool     // it matches less
}

// AddressFate judges a rule; at is its field within the policy.
func AddressFate(at string, r *security.Rule) Fate {
	f := Fate{}
	ways := 0
	for i, from := range r.GetFrom() {
		field := at + ".from[" + strconv.Itoa(i) + "].source."
		never := f.lose(field+"ipBlocks", field+"notIpBlocks", from.GetSource().GetIpBlocks(), from.GetSource().GetNotIpBlocks())
		if !never {
			ways++
		}
	}
	f.Inert = len(r.GetFrom()) > 0 && ways == 0
	for i, when := range r.GetWhen() {
		if when.GetKey() != "source.ip" {
			continue
		}
		field := at + ".when[" + strconv.Itoa(i) + "]."
		f.Inert = f.lose(field+"values", field+"notValues", when.GetValues(), when.GetNotValues()) || f.Inert
	}
	return f
}

// lose notes a pair of conditions, and reports whether what they stand in never matches.
func (f *Fate) lose(positive, negative string, values, not []string) (never bool) {
	if len(not) > 0 {
		f.Fields, f.Wider = append(f.Fields, negative), true
	}
	if len(values) > 0 {
		f.Fields, f.Narrower = append(f.Fields, positive), true
	}
	return len(values) > 0
}
