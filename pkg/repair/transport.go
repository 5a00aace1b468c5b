package repair

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	networkingapi "istio.io/client-go/pkg/apis/networking/v1"
	securityapi "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// service is the port of a Service that stands for a pod's address.
type service struct {
	name string
	port int
}

func (s service) authority(q *flow.Request) string {
	if q.Scheme == "http" && s.port == 80 || q.Scheme == "https" && s.port == 443 {
		return s.name
	}
	return s.name + ":" + strconv.Itoa(s.port)
}

// dialledByAddress is the Service to dial in place of a pod's address; nil where no address is dialled, or no Service has the port.
func (i *incident) dialledByAddress() *service {
	if i.q.Source == nil || mesh.RoleOf(i.q.Source) != mesh.SidecarProxy {
		return nil
	}
	pod, port := i.dialledPod()
	if pod == nil {
		return nil
	}
	var found *service
	for _, t := range i.s.Targets(pod) {
		if t.Number == port && !t.Host.Headless() && t.Host.Kube && (found == nil || t.Host.Resolution == mesh.LoadBalanced) {
			found = &service{t.Host.Ref.Name + "." + t.Host.Namespace, t.Port.Number}
			if t.Host.Resolution == mesh.LoadBalanced {
				break
			}
		}
	}
	return found
}

// dialledPod is the pod whose address the client dials, as the question has it or as a headless Service's name resolves, and the port; nil where it
// dials something else.
func (i *incident) dialledPod() (*corev1.Pod, int) {
	if ip, err := netip.ParseAddr(strings.Trim(i.q.Host, "[]")); err == nil {
		return i.s.PodAt(ip.String()), i.q.Port
	}
	c := i.cluster()
	if c == nil || c.Host == nil || !c.Host.Headless() {
		return nil, 0
	}
	all, _ := i.s.Endpoints(c.Host, c.Port)
	n := slices.IndexFunc(all, func(e mesh.Endpoint) bool { return e.Pod != nil })
	if n < 0 {
		return nil, 0
	}
	return all[n].Pod, all[n].Port
}

// mutual sets ISTIO_MUTUAL where a DestinationRule makes a client that has a sidecar send something else.
func (i *incident) mutual() []Change {
	var out []Change
	for ref, d := range causing(i, i.s.DestinationRules) {
		c := d.DeepCopy()
		if tls := tlsAt(&c.Spec, ref.Field); tls != nil && (*tls).GetMode() != networking.ClientTLSSettings_ISTIO_MUTUAL {
			*tls = &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_ISTIO_MUTUAL}
			out = append(out, Change{Code: "NextMutual", Args: []string{ref.String()}, Objects: []metav1.Object{c}})
		}
	}
	return out
}

// ownMutual sends mutual TLS by a rule where automatic mTLS is off for the mesh (Istio: MeshConfig, enableAutoMtls): by the rule that applies, or by
// one of the client's namespace.
func (i *incident) ownMutual() []Change {
	c := i.cluster()
	if c == nil || c.Host == nil || !slices.ContainsFunc(i.o.By, func(r flow.Responsible) bool { return r.Field == "enableAutoMtls" }) {
		return nil
	}
	tls := &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_ISTIO_MUTUAL}
	if d, ok := i.rule(c); ok {
		n := d.DeepCopy()
		if n.Spec.TrafficPolicy == nil {
			n.Spec.TrafficPolicy = &networking.TrafficPolicy{}
		}
		n.Spec.TrafficPolicy.Tls = tls
		return []Change{{Code: "NextMutual", Args: []string{mesh.RefTo(n).At("spec.trafficPolicy.tls.mode").String()}, Objects: []metav1.Object{n}}}
	}
	namespace := cmp.Or(i.q.Namespace(), c.Host.Namespace)
	n := &networkingapi.DestinationRule{ObjectMeta: metav1.ObjectMeta{Name: hostLabel(c.Host) + "-mtls", Namespace: namespace}}
	n.Spec.Host, n.Spec.TrafficPolicy = c.Host.Name, &networking.TrafficPolicy{Tls: tls}
	return []Change{{Code: "NextMutualNew", Args: []string{mesh.RefTo(n).String()}, Objects: []metav1.Object{n}}}
}

// tlsAt is the tls block that a field of a DestinationRule lies in, or that decides where the field names the policy around it.
func tlsAt(d *networking.DestinationRule, field string) **networking.ClientTLSSettings {
	rest := strings.TrimPrefix(field, "spec.")
	policy := d.TrafficPolicy
	if n, after, ok := indexed(strings.TrimPrefix(rest, "subsets")); ok && strings.HasPrefix(rest, "subsets") && n < len(d.Subsets) {
		policy, rest = d.Subsets[n].TrafficPolicy, strings.TrimPrefix(after, ".")
	}
	if policy == nil {
		return nil
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "trafficPolicy"), ".")
	if n, _, ok := indexed(strings.TrimPrefix(rest, "portLevelSettings")); ok && strings.HasPrefix(rest, "portLevelSettings") && n < len(policy.PortLevelSettings) {
		return &policy.PortLevelSettings[n].Tls
	}
	if policy.Tls == nil {
		return nil
	}
	return &policy.Tls
}

// enable takes mutual TLS at a server whose PeerAuthentication switches it off, which makes clients send plaintext; plaintext stays allowed.
func (i *incident) enable() []Change {
	var out []Change
	for ref, p := range causing(i, i.s.PeerAuthentications) {
		c := p.DeepCopy()
		changed := false
		on := func(m *security.PeerAuthentication_MutualTLS) {
			if m != nil && m.Mode == security.PeerAuthentication_MutualTLS_DISABLE {
				m.Mode, changed = security.PeerAuthentication_MutualTLS_PERMISSIVE, true
			}
		}
		if port, _, isPort := indexed(strings.TrimPrefix(ref.Field, "spec.portLevelMtls")); isPort {
			on(c.Spec.PortLevelMtls[uint32(port)])
		} else {
			on(c.Spec.Mtls)
		}
		if changed {
			out = append(out, Change{Code: "NextEnableMTLS", Args: []string{ref.String()}, Objects: []metav1.Object{c}})
		}
	}
	return out
}

// acceptTunnels has a sidecar take tunnels, where a ztunnel or a waypoint sends plaintext because it takes none: neither of them uses the
// mutual TLS that sidecars use among themselves.
func (i *incident) acceptTunnels() []Change {
	pod := i.server()
	f, ok := i.at()
	if pod == nil || !ok || f.Wire.Why != flow.NoteNoTunnel {
		return nil
	}
	c := pod.DeepCopy()
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	c.Labels[capture.TunnelLabel] = "http"
	return []Change{{Code: "NextAcceptTunnels", Args: []string{pod.Namespace + "/" + pod.Name}, pod: c}}
}

// admitPlaintext lets plaintext in at the one port, where the client cannot send anything else: never for a namespace or the mesh.
func (i *incident) admitPlaintext() []Change {
	pod := i.server()
	f, ok := i.at()
	if pod == nil || !ok || i.q.Source != nil && mesh.RoleOf(i.q.Source) == mesh.SidecarProxy || len(i.causes(mesh.DestinationRule)) > 0 {
		return nil // who sends has a proxy, and a rule for what it sends
	}
	if f.Wire.Why == flow.NoteNoTunnel {
		return nil // who sends has an identity, and a server that takes tunnels would see it
	}
	port := uint32(f.Wire.Port)
	var out []Change
	if i.q.Kubelet {
		out = letProbe(i.q, pod)
	}
	p := i.workloadPolicy(pod)
	if p == nil || port == 0 {
		return out
	}
	permissive(p, port)
	code := "NextPermissive"
	switch {
	case i.q.Kubelet:
		code = "NextPermissiveProbe"
	case i.behindGateway(), f.Wire.Why == flow.NoteSiblingWithoutSidecar:
		code = "NextPermissiveStopgap" // who sends has a proxy
	case i.q.Outside():
		code = "NextPermissiveOutside"
	}
	return append(out, Change{Code: code, Args: []string{strconv.Itoa(int(port)), pod.Namespace + "/" + pod.Name}, Objects: []metav1.Object{p}, Last: true, Spare: i.q.Kubelet})
}

// permissive lets plaintext in at one port of a workload.
func permissive(p *securityapi.PeerAuthentication, port uint32) {
	if p.Spec.PortLevelMtls == nil {
		p.Spec.PortLevelMtls = map[uint32]*security.PeerAuthentication_MutualTLS{}
	}
	p.Spec.PortLevelMtls[port] = &security.PeerAuthentication_MutualTLS{Mode: security.PeerAuthentication_MutualTLS_PERMISSIVE}
}

// workloadPolicy is the PeerAuthentication of a workload: the one that it has, or a new one that keeps to the mode of the port's.
func (i *incident) workloadPolicy(pod *corev1.Pod) *securityapi.PeerAuthentication {
	policies, _ := i.s.PeerAuthentications.In(pod.Namespace)
	for _, p := range policies {
		if labels := p.Spec.GetSelector().GetMatchLabels(); len(labels) > 0 && mesh.Selects(labels, pod.Labels) && pod.Namespace != i.s.Config.RootNamespace {
			return p.DeepCopy()
		}
	}
	selector := i.selectorFor(pod)
	if selector == nil || pod.Namespace == i.s.Config.RootNamespace {
		return nil
	}
	p := &securityapi.PeerAuthentication{ObjectMeta: metav1.ObjectMeta{Name: nameFor(selector, "plaintext"), Namespace: pod.Namespace}}
	p.Spec.Selector = workloads(selector)
	return p
}

func workloads(selector map[string]string) *typeapi.WorkloadSelector {
	return &typeapi.WorkloadSelector{MatchLabels: selector}
}

// nameFor names an object for a workload.
func nameFor(selector map[string]string, suffix string) string {
	for _, k := range []string{"app", "app.kubernetes.io/name", "k8s-app"} {
		if v := selector[k]; v != "" {
			return strings.ToLower(v) + "-" + suffix
		}
	}
	return "workload-" + suffix
}

// speakClear leaves TLS out for a port whose server speaks clear text: in the rule that asks for it, if that is for this host alone, else by
// a rule for the host.
func (i *incident) speakClear() []Change {
	c := i.cluster()
	if c == nil {
		return nil
	}
	var out []Change
	for ref, d := range causing(i, i.s.DestinationRules) {
		if change, ok := i.secondTLS(c, d, ref); ok {
			out = append(out, change...)
			continue
		}
		if !mesh.IsWild(d.Spec.Host) {
			out = append(out, i.clearPort(d, ref, c))
			continue
		}
		n := &networkingapi.DestinationRule{ObjectMeta: metav1.ObjectMeta{Name: hostLabel(c.Host) + "-plaintext", Namespace: c.Host.Namespace}}
		n.Spec.Host = c.Host.Name
		n.Spec.TrafficPolicy = &networking.TrafficPolicy{PortLevelSettings: []*networking.TrafficPolicy_PortTrafficPolicy{clearSettings(c.Port.Number)}}
		out = append(out, Change{Code: "NextPlaintext", Args: []string{c.Host.Name, strconv.Itoa(c.Port.Number)}, Objects: []metav1.Object{n}})
		if own := i.q.Namespace(); own != "" && own != n.Namespace {
			m := n.DeepCopy()
			m.Namespace = own
			out = append(out, Change{Code: "NextPlaintext", Args: []string{c.Host.Name, strconv.Itoa(c.Port.Number)}, Objects: []metav1.Object{m}})
		}
	}
	return out
}

func hostLabel(h *mesh.Host) string {
	if h.Kube {
		return h.Ref.Name
	}
	return strings.ReplaceAll(strings.TrimPrefix(h.Name, "*."), ".", "-")
}

func clearSettings(port int) *networking.TrafficPolicy_PortTrafficPolicy {
	return &networking.TrafficPolicy_PortTrafficPolicy{Port: &networking.PortSelector{Number: uint32(port)}, Tls: &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_DISABLE}}
}

// clearPort sets DISABLE for a port in the policy that decides.
func (i *incident) clearPort(d *networkingapi.DestinationRule, ref mesh.Ref, c *flow.Cluster) Change {
	n := d.DeepCopy()
	policy := &n.Spec.TrafficPolicy
	if k, _, ok := indexed(strings.TrimPrefix(ref.Field, "spec.subsets")); ok && strings.HasPrefix(ref.Field, "spec.subsets") && k < len(n.Spec.Subsets) {
		policy = &n.Spec.Subsets[k].TrafficPolicy
	}
	if *policy == nil {
		*policy = &networking.TrafficPolicy{}
	}
	at := slices.IndexFunc((*policy).PortLevelSettings, func(p *networking.TrafficPolicy_PortTrafficPolicy) bool {
		return int(p.GetPort().GetNumber()) == c.Port.Number
	})
	if at >= 0 {
		(*policy).PortLevelSettings[at].Tls = &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_DISABLE}
	} else {
		(*policy).PortLevelSettings = append((*policy).PortLevelSettings, clearSettings(c.Port.Number))
	}
	return Change{Code: "NextPlaintext", Args: []string{c.Host.Name, strconv.Itoa(c.Port.Number)}, Objects: []metav1.Object{n}}
}

// secondTLS mends TLS origination: a client that speaks TLS already needs none of the rule's, and a port on which the outside speaks clear
// text leads to the one on which it speaks TLS (Istio: "Egress TLS Origination").
func (i *incident) secondTLS(c *flow.Cluster, d *networkingapi.DestinationRule, ref mesh.Ref) ([]Change, bool) {
	entry := c.Host.Entry
	if entry == nil || entry.Spec.Location != networking.ServiceEntry_MESH_EXTERNAL {
		return nil, false
	}
	if i.q.TLS() {
		n := d.DeepCopy()
		var out []Change
		for _, p := range entry.Spec.Ports {
			if clear := mesh.ParseProtocol(p.Protocol); clear.Class() == mesh.ClassHTTP {
				q := *i.q
				q.Scheme, q.Port = "http", int(p.Number)
				q.Authority = service{i.q.Host, q.Port}.authority(&q)
				out = append(out, Change{Code: "NextClearRequest", Args: []string{"http://" + q.Authority}, Request: &q, Sender: true})
			}
		}
		n = i.clearPort(n, ref, c).Objects[0].(*networkingapi.DestinationRule)
		return append(out, Change{Code: "NextOneTLS", Args: []string{ref.Object().String(), strconv.Itoa(c.Port.Number)}, Objects: []metav1.Object{n}}), true
	}
	n := entry.DeepCopy()
	for _, p := range n.Spec.Ports {
		if int(p.Number) == c.Port.Number && cmp.Or(p.TargetPort, p.Number) != 443 {
			p.TargetPort = 443
			return []Change{{Code: "NextOriginationPort", Args: []string{mesh.Ref{Kind: mesh.ServiceEntry, Namespace: n.Namespace, Name: n.Name}.String(), strconv.Itoa(c.Port.Number)}, Objects: []metav1.Object{n}}}, true
		}
	}
	return nil, false
}
