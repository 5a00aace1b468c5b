package upstream

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// A place is where a proxy or an endpoint is, by the labels of its node, or by its own label istio-locality.
type place struct {
	region, zone, subzone, node string

	gap mesh.Gap // why it is not known; its zero value where it is
}

const (
	regionLabel  = "topology.kubernetes.io/region"
	zoneLabel    = "topology.kubernetes.io/zone"
	subzoneLabel = "topology.istio.io/subzone"
)

// nearest leaves those endpoints that the proxy prefers by where they are: all ready ones of the nearest place that has any. It does so where failover by
// locality is on and a rule detects outliers, or the Service asks for traffic to stay near
// (pilot/pkg/networking/core/loadbalancer/loadbalancer.go, GetEffectiveLbSetting, applyLocalityFailover).
//
// Where it is not known which are near, it leaves all of them and returns why, unless none of them can differ in what comes of the request.
func nearest(r *flow.Result, s *mesh.Snapshot, f flow.Flow, usable []mesh.Endpoint) (near []mesh.Endpoint, unknown mesh.Gap) {
	setting := preference(s, f)
	if f.Pod == nil || len(usable) < 2 {
		return usable, unknown
	}
	if setting == nil {
		return usable, inherited(s, f.Cluster)
	}
	own := placeOf(s, f.Pod)
	ranks, best := make([]int, len(usable)), 0
	apart := false
	unknown = own.gap
	first := placeOfEndpoint(s, usable[0])
	for i, e := range usable {
		at := placeOfEndpoint(s, e)
		if unknown == (mesh.Gap{}) {
			unknown = at.gap
		}
		at.gap = first.gap
		apart = apart || at != first || len(setting.GetFailoverPriority()) > 0
		if ranks[i] = rank(setting, own, at, f.Pod.Labels, e.Labels); i == 0 || ranks[i] < best {
			best = ranks[i]
		}
	}
	switch {
	case !apart, own.region == "" && own.gap == (mesh.Gap{}) && len(setting.GetFailoverPriority()) == 0:
		return usable, mesh.Gap{}
	case unknown != (mesh.Gap{}) && len(Groups(s, f, usable)) > 1:
		return usable, unknown
	case unknown != (mesh.Gap{}):
		return usable, mesh.Gap{}
	}
	for i, e := range usable {
		if ranks[i] == best {
			near = append(near, e)
			continue
		}
		farther(r, e, own, placeOfEndpoint(s, e))
	}
	return near, mesh.Gap{}
}

// Place tells where a proxy is, as far as that bears on where it sends requests; empty where it bears on none of them.
func Place(s *mesh.Snapshot, pod *corev1.Pod) string {
	type key struct{}
	chooses := mesh.Derive(s, key{}, func() [2]bool {
		near, node := len(s.Config.Proto.GetLocalityLbSetting().GetDistribute()) > 0, false
		rules, _ := s.DestinationRules.All()
		for _, x := range rules {
			near = near || detects(x.Spec.TrafficPolicy) || slices.ContainsFunc(x.Spec.Subsets, func(sub *networking.Subset) bool { return detects(sub.GetTrafficPolicy()) })
		}
		services, _ := s.Services.All()
		for _, x := range services {
			labels := keepsNear(x)
			near, node = near || labels != nil, node || slices.Contains(labels, corev1.LabelHostname)
		}
		return [2]bool{near, node}
	})
	if !chooses[0] {
		return ""
	}
	p := placeOf(s, pod)
	if chooses[1] || p.gap != (mesh.Gap{}) {
		return p.String() + " " + p.node
	}
	return p.String()
}

// detects reports whether a policy detects outliers or shares requests out by locality, on some port at least.
func detects(p *networking.TrafficPolicy) bool {
	looks := func(o *networking.OutlierDetection, lb *networking.LoadBalancerSettings) bool {
		return o != nil || len(lb.GetLocalityLbSetting().GetDistribute()) > 0
	}
	return looks(p.GetOutlierDetection(), p.GetLoadBalancer()) || slices.ContainsFunc(p.GetPortLevelSettings(), func(e *networking.TrafficPolicy_PortTrafficPolicy) bool {
		return looks(e.GetOutlierDetection(), e.GetLoadBalancer())
	})
}

// preference is how the cluster's proxies choose by locality; nil where they do not.
func preference(s *mesh.Snapshot, f flow.Flow) *networking.LocalityLoadBalancerSetting {
	ejects := block(f.Cluster, (*networking.TrafficPolicy).GetOutlierDetection, (*networking.TrafficPolicy_PortTrafficPolicy).GetOutlierDetection) != nil
	setting := loadBalancer(f.Cluster).GetLocalityLbSetting()
	if setting == nil {
		if labels := keepsNear(f.Cluster.Host.Service); labels != nil {
			return &networking.LocalityLoadBalancerSetting{FailoverPriority: labels}
		}
		setting = s.Config.Proto.GetLocalityLbSetting()
	}
	if !ejects || len(setting.GetDistribute()) > 0 || setting.GetEnabled() != nil && !setting.GetEnabled().GetValue() {
		return nil
	}
	if setting == nil {
		setting = &networking.LocalityLoadBalancerSetting{} // on, unless the mesh config says otherwise
	}
	return setting
}

const distribution = "networking.istio.io/traffic-distribution"

// inherited is the annotation of a namespace, or of a ServiceEntry, by which traffic may stay near where the host itself says nothing of it. It is written for
// ztunnels (Istio, "Traffic Distribution"); whether sidecars and gateways heed it depends on the release, and is not worked out. Zero where there is none.
func inherited(s *mesh.Snapshot, c *flow.Cluster) mesh.Gap {
	stays := func(annotations map[string]string) bool {
		return strings.HasPrefix(strings.ToLower(annotations[distribution]), "prefer")
	}
	h := c.Host
	switch {
	case loadBalancer(c).GetLocalityLbSetting() != nil:
	case h.Service != nil:
		if h.Service.Annotations[distribution] != "" || h.Service.Spec.TrafficDistribution != nil {
			break
		}
		if ns, ok, _ := s.Namespaces.Get("", h.Namespace); ok && stays(ns.Annotations) {
			at := mesh.Ref{Kind: mesh.Namespace, Name: ns.Name}.At("metadata.annotations[" + distribution + "]")
			return mesh.Gap{Kind: at.Kind, Cause: mesh.Unsupported, Resource: at}
		}
	case h.Entry != nil && stays(h.Entry.Annotations):
		at := h.Ref.At("metadata.annotations[" + distribution + "]")
		return mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.Unsupported, Resource: at}
	}
	return mesh.Gap{}
}

// keepsNear are the labels by which a Service has its traffic stay near, by spec.trafficDistribution or the annotation of that name.
func keepsNear(svc *corev1.Service) []string {
	if svc == nil {
		return nil
	}
	asked := svc.Annotations[distribution]
	if d := svc.Spec.TrafficDistribution; d != nil {
		asked = *d
	}
	switch strings.ToLower(asked) {
	case "preferclose", "prefersamezone":
		return []string{regionLabel, zoneLabel}
	case "prefersamenode":
		return []string{regionLabel, zoneLabel, subzoneLabel, corev1.LabelHostname}
	}
	return nil
}

// rank is how far an endpoint is, 0 for the nearest: by the labels of failoverPriority that it does not share, then by its locality.
func rank(setting *networking.LocalityLoadBalancerSetting, own, at place, mine, its map[string]string) int {
	labels := setting.GetFailoverPriority()
	n := len(labels)
	for i, l := range labels {
		name, want, given := strings.Cut(l, "=")
		if !given {
			want = own.label(name, mine)
		}
		if at.label(name, its) != want {
			break
		}
		n = len(labels) - i - 1
	}
	if len(labels) > 0 && len(setting.GetFailover()) == 0 {
		return n
	}
	return n*5 + own.distance(at, setting.GetFailover())
}

func (p place) distance(q place, failover []*networking.LocalityLoadBalancerSetting_Failover) int {
	switch {
	case p.region == q.region && p.zone == q.zone && p.subzone == q.subzone:
		return 0
	case p.region == q.region && p.zone == q.zone:
		return 1
	case p.region == q.region:
		return 2
	}
	for _, x := range failover {
		if x.GetFrom() == p.region {
			if x.GetTo() == q.region {
				return 3
			}
			return 4
		}
	}
	return 3
}

// label is the value of a label, where those of the place count among them.
func (p place) label(name string, labels map[string]string) string {
	switch name {
	case regionLabel:
		return p.region
	case zoneLabel:
		return p.zone
	case subzoneLabel:
		return p.subzone
	case corev1.LabelHostname:
		return p.node
	}
	return labels[name]
}

func (p place) String() string {
	return strings.TrimRight(p.region+"/"+p.zone+"/"+p.subzone, "/")
}

// placeOf is where a pod is: its label istio-locality, REGION.ZONE.SUBZONE, comes before what its node says (pilot/pkg/model/context.go,
// GetLocalityLabel).
func placeOf(s *mesh.Snapshot, pod *corev1.Pod) place {
	if own := pod.Labels["istio-locality"]; own != "" {
		return located(strings.ReplaceAll(own, ".", "/"), pod.Spec.NodeName)
	}
	if at := mesh.PodRef(pod); at.Kind == mesh.WorkloadEntry {
		if w, ok, _ := s.WorkloadEntries.Get(at.Namespace, at.Name); ok {
			return located(w.Spec.GetLocality(), "")
		}
		return place{}
	}
	name := pod.Spec.NodeName
	if name == "" {
		return place{}
	}
	n, ok, gaps := s.Nodes.Get("", name)
	switch {
	case ok:
		return place{region: n.Labels[regionLabel], zone: n.Labels[zoneLabel], subzone: n.Labels[subzoneLabel], node: name}
	case len(gaps) > 0:
		return place{node: name, gap: gaps[0]}
	}
	at := mesh.Ref{Kind: mesh.Node, Name: name}
	return place{node: name, gap: mesh.Gap{Kind: mesh.Node, Cause: mesh.External, Resource: at}}
}

func located(locality, node string) place {
	parts := append(strings.SplitN(locality, "/", 3), "", "")
	return place{region: parts[0], zone: parts[1], subzone: parts[2], node: node}
}

func placeOfEndpoint(s *mesh.Snapshot, e mesh.Endpoint) place {
	if e.Pod != nil {
		return placeOf(s, e.Pod)
	}
	switch e.Ref.Kind {
	case mesh.WorkloadEntry:
		if w, ok, _ := s.WorkloadEntries.Get(e.Ref.Namespace, e.Ref.Name); ok {
			return located(w.Spec.GetLocality(), "")
		}
	case mesh.ServiceEntry:
		if se, ok, _ := s.ServiceEntries.Get(e.Ref.Namespace, e.Ref.Name); ok {
			for _, w := range se.Spec.Endpoints {
				if w.GetAddress() == e.Address {
					return located(w.GetLocality(), "")
				}
			}
		}
	}
	return place{}
}

// farther notes that an endpoint takes nothing as long as nearer ones are ready.
func farther(r *flow.Result, e mesh.Endpoint, own, at place) {
	ref := e.Ref
	if e.Pod != nil {
		ref = mesh.PodRef(e.Pod)
	}
	i := slices.IndexFunc(r.Candidates, func(c flow.Candidate) bool { return c.Ref == ref })
	if i < 0 {
		return
	}
	c := &r.Candidates[i]
	c.Matches = evidence.False
	c.Checks = append(slices.Clone(c.Checks), evidence.Check{Comparison: &evidence.Comparison{Field: "locality", Want: []string{own.String()}}, Got: at.String(), Is: evidence.False})
}
