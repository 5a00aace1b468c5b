package repair

import (
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/envoy"
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// corrected is the code of changes that correct what a rule says.
const corrected = "NextCorrect"

// correct writes a value of a rule that nearly matches as it was surely meant: a name of which a letter is wrong, the trust domain of this mesh,
// the slash at the end of an issuer, the port of a host, the field of the client's address. What else the rule lets in then, its reach tells.
func (i *incident) correct() []Change {
	var out []Change
	for _, r := range i.nearRules() {
		const few = 3
		if len(r.failing) != 1 || len(out) >= few {
			continue
		}
		c := r.failing[0]
		if subjectOf(c) == ofAddress {
			out = append(out, i.clientAddress(r, c)...)
			continue
		}
		p := r.policy.DeepCopy()
		list, ok := fieldOf(p.Spec.Rules[r.rule], c)
		if !ok || c.Is != evidence.False || c.Got == "" || negated(c) {
			continue
		}
		for n, w := range *list {
			to, code := meant(c, w), corrected
			if to == "" && i.sameConnection(c, w) {
				to, code = c.Got, otherPort
			}
			if to == "" {
				continue
			}
			*list = slices.Clone(*list)
			if code == corrected && strings.HasPrefix(to, w) { // with a port, beside the one without
				*list = append(*list, to)
				code = "NextAlso"
			} else {
				(*list)[n] = to
			}
			at := mesh.RefTo(p).At(c.Field + "[" + strconv.Itoa(n) + "]").String()
			out = append(out, Change{Code: code, Args: []string{to, w, at}, Objects: []metav1.Object{p}})
			break
		}
	}
	return out
}

// meant is a value of a rule as it would match the request, where the two are surely meant to; else empty.
func meant(c evidence.Check, want string) string {
	got := valueOf(c)
	var to string
	switch subject := subjectOf(c); {
	case subject == ofIdentity && strings.Contains(want, "/ns/") && strings.Contains(got, "/ns/"):
		_, rest, _ := strings.Cut(want, "/")
		domain, _, _ := strings.Cut(got, "/")
		to = domain + "/" + rest
	case subject == ofToken && strings.HasSuffix(want, "/*"):
		at := strings.LastIndexByte(got, '/')
		if issuer := strings.TrimSuffix(want, "/*"); at > 0 && bareIssuer(issuer) == bareIssuer(got[:at]) {
			to = got[:at] + "/*"
		}
	case strings.HasSuffix(c.Field, ".hosts") && strings.HasPrefix(want, "*"):
		if at := strings.LastIndexByte(got, ':'); at > 0 {
			to = want + got[at:]
		}
	}
	if (to == "" || to == want || !envoy.ParsePattern(to).Match(got)) && !strings.Contains(want, "*") && subjectOf(c) != ofRequest && walk.Alike(want, got) && suggest.Within(want, got, 2) {
		to = got
	}
	if to == want || to == "" || !envoy.ParsePattern(to).Match(got) {
		return ""
	}
	return to
}

// clientAddress compares the client's address, which the gateway hands on, where a rule behind a gateway compares that of its peer: that is the
// gateway; at a waypoint it is the end of a tunnel (Istio: AuthorizationPolicy, Source.ipBlocks and remoteIpBlocks).
func (i *incident) clientAddress(r nearRule, c evidence.Check) []Change {
	f, ok := i.at()
	if !ok || f.Gateway != nil || !strings.HasSuffix(c.Field, ".ipBlocks") || f.At.Role != flow.Waypoint && !i.behindGateway() {
		return nil
	}
	_, rest, ok := indexed(strings.TrimPrefix(c.Field, "spec.rules"))
	n, _, isFrom := indexed(strings.TrimPrefix(rest, ".from"))
	p := r.policy.DeepCopy()
	if !ok || !isFrom || n >= len(p.Spec.Rules[r.rule].From) {
		return nil
	}
	src := p.Spec.Rules[r.rule].From[n].GetSource()
	if src == nil || len(src.RemoteIpBlocks) > 0 {
		return nil
	}
	src.RemoteIpBlocks, src.IpBlocks = src.IpBlocks, nil
	return []Change{{Code: "NextClientAddress", Args: []string{mesh.RefTo(p).At(c.Field).String()}, Objects: []metav1.Object{p}}}
}

// behindGateway reports whether a gateway hands the request on to the proxy that refused it.
func (i *incident) behindGateway() bool {
	found := false
	i.root.Each(func(n *flow.Node, _ *flow.Result) {
		found = found || (n.Role == flow.IngressGateway || n.Role == flow.EgressGateway) && n.Down != nil
	})
	return found
}

// altNames accepts the identity that the server has, in the subjectAltNames of the rule that refuses it (Istio: DestinationRule,
// ClientTLSSettings.subjectAltNames).
func (i *incident) altNames() []Change {
	pod := i.server()
	if pod == nil {
		return nil
	}
	own := mesh.Identity(i.s.Config.TrustDomain(), pod.Namespace, mesh.ServiceAccountOf(pod))
	var out []Change
	for ref, d := range causing[*networkingapi.DestinationRule](i, i.s.DestinationRules) {
		c := d.DeepCopy()
		tls := tlsAt(&c.Spec, ref.Field)
		if tls == nil || *tls == nil || len((*tls).SubjectAltNames) == 0 || slices.Contains((*tls).SubjectAltNames, own) {
			continue
		}
		names := (*tls).SubjectAltNames
		if near := slices.IndexFunc(names, func(n string) bool { return walk.Alike(n, own) }); near >= 0 {
			names = slices.Replace(slices.Clone(names), near, near+1, own)
		} else {
			names = append(slices.Clone(names), own)
		}
		(*tls).SubjectAltNames = names
		at := ref.Object().At(strings.TrimSuffix(ref.Field, ".mode") + ".subjectAltNames")
		out = append(out, Change{Code: "NextAltName", Args: []string{own, at.String()}, Objects: []metav1.Object{c}})
	}
	return out
}
