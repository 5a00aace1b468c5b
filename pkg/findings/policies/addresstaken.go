package policies

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// addressTaken: where a policy compares the client's address in vain, it tells which one that is and why. A gateway takes the address of the
// connection, or the entry of X-Forwarded-For that is as far from its end as numTrustedProxies says (Istio: "Configuring Gateway Network Topology");
// a sidecar takes the last entry, which the proxy before it wrote.
func addressTaken(w *walk.Walk) []flow.Finding {
	var out []flow.Finding
	for _, h := range w.Guards() {
		for _, a := range []security.AuthorizationPolicy_Action{security.AuthorizationPolicy_ALLOW, security.AuthorizationPolicy_DENY} {
			for _, c := range h.Candidates(a) {
				for _, x := range c.Checks {
					allows := a == security.AuthorizationPolicy_ALLOW && x.Is == evidence.False && h.Refused()
					denies := a == security.AuthorizationPolicy_DENY && c.Matches == evidence.True
					if comparesClient(x) && (allows || denies) {
						out = append(out, taken(h, c.Ref.At(x.Field), x)...)
					}
				}
			}
		}
	}
	return out
}

func comparesClient(x evidence.Check) bool {
	return strings.HasSuffix(strings.ToLower(x.Field), "remoteipblocks") || x.Key == "remote.ip"
}

// taken tells where a proxy has the client's address from, and which entry of X-Forwarded-For would fit.
func taken(h *walk.Hop, at mesh.Ref, x evidence.Check) []flow.Finding {
	entries := forwarded(h)
	if !h.IsGateway() {
		if h.From == nil || !h.From.IsGateway() || x.Got == "" {
			return nil
		}
		gateway := mesh.PodRef(h.From.Pod).ID()
		return []flow.Finding{walk.Found(AddressFromGateway, at, x.Got, gateway, strconv.Itoa(h.From.View.Config.TrustedProxies(h.From.Pod)), fitting(forwarded(h.From), x.Want))}
	}
	if len(entries) == 0 || x.Got == "" {
		return nil
	}
	return []flow.Finding{walk.Found(AddressTaken, at, x.Got, strconv.Itoa(h.View.Config.TrustedProxies(h.Pod)), fitting(entries, x.Want))}
}

// forwarded are the entries of X-Forwarded-For that come in at a proxy.
func forwarded(h *walk.Hop) []string {
	var out []string
	for _, line := range h.In.Message.Headers.Values("x-forwarded-for") {
		for _, e := range strings.Split(line, ",") {
			out = append(out, strings.TrimSpace(e))
		}
	}
	return out
}

// fitting is how far from the end the entry is that a rule wants; empty where none is.
func fitting(entries, want []string) string {
	ranges := prefixes(want)
	for i := len(entries) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(entries[i])
		if err == nil && slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) }) {
			return strconv.Itoa(len(entries) - i)
		}
	}
	return ""
}
