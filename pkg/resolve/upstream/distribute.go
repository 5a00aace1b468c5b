package upstream

import (
	"math"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// distributed gives endpoints the weights that localityLbSetting.distribute gives their localities, where one of its entries is for the proxy's. Those that
// no locality of the entry names get nothing. Outliers need not be detected for it
// (pilot/pkg/networking/core/loadbalancer/loadbalancer.go, applyLocalityWeights).
//
// Where it is not known where the proxy or an endpoint is, it leaves all of them as they are and returns why.
func distributed(r *flow.Result, s *mesh.Snapshot, f flow.Flow, usable []mesh.Endpoint) (shared []mesh.Endpoint, unknown mesh.Gap) {
	setting := localitySetting(s, f)
	if len(setting.GetDistribute()) == 0 || f.Pod == nil || len(usable) == 0 {
		return usable, unknown
	}
	own := placeOf(s, f.Pod)
	unknown = own.gap
	for _, e := range usable {
		if at := placeOfEndpoint(s, e); unknown == (mesh.Gap{}) {
			unknown = at.gap
		}
	}
	if unknown != (mesh.Gap{}) {
		return usable, unknown
	}
	i := slices.IndexFunc(setting.GetDistribute(), func(d *networking.LocalityLoadBalancerSetting_Distribute) bool { return own.within(d.GetFrom()) })
	if i < 0 {
		return usable, unknown
	}
	return share(r, s, own, usable, setting.GetDistribute()[i].GetTo()), unknown
}

// share weighs endpoints by the share of their locality: localities that one name stands for divide its share by the weights of their endpoints.
func share(r *flow.Result, s *mesh.Snapshot, own place, usable []mesh.Endpoint, to map[string]uint32) []mesh.Endpoint {
	names := make([]string, len(usable)) // what of the entry each endpoint's locality goes by
	sum := map[string]int{}
	for n, e := range usable {
		at := placeOfEndpoint(s, e)
		for name := range to {
			// Names that overlap are refused by the webhook; of those that do all the same the longest is taken.
			if at.within(name) && (len(name) > len(names[n]) || len(name) == len(names[n]) && name < names[n]) {
				names[n] = name
			}
		}
		sum[names[n]] += max(1, e.Weight)
	}
	var out []mesh.Endpoint
	for n, e := range usable {
		if names[n] == "" {
			farther(r, e, own, placeOfEndpoint(s, e))
			continue
		}
		const fine = 1e4 // weights are whole numbers
		e.Weight = max(1, int(math.Round(fine*float64(to[names[n]])*float64(max(1, e.Weight))/float64(sum[names[n]]))))
		out = append(out, e)
	}
	return out
}

// sharedOut is the setting by which no endpoint is left, as those that are ready are in localities which get nothing; zero where that is not why.
func sharedOut(s *mesh.Snapshot, f flow.Flow, looked []flow.Candidate) mesh.Ref {
	far := slices.ContainsFunc(looked, func(c flow.Candidate) bool {
		return slices.ContainsFunc(c.Checks, func(x evidence.Check) bool { return x.Field == "locality" })
	})
	switch {
	case !far:
		return mesh.Ref{}
	case loadBalancer(f.Cluster).GetLocalityLbSetting() != nil:
		return f.Cluster.Rule.Rule.PolicyOf.At("spec.trafficPolicy.loadBalancer.localityLbSetting.distribute")
	}
	return s.Config.Field("localityLbSetting")
}

// within reports whether a place is one that a name of a locality stands for: REGION/ZONE/SUBZONE, of which ends may be left out or be an asterisk
// (pilot/pkg/networking/util, LocalityMatch).
func (p place) within(locality string) bool {
	parts := append(strings.SplitN(locality, "/", 3), "", "")
	fits := func(want, is string) bool { return want == "*" || want == is }
	return fits(parts[0], p.region) && (parts[1] == "" || fits(parts[1], p.zone)) && (parts[2] == "" || fits(parts[2], p.subzone))
}

// localitySetting is what the cluster's rule, or else the mesh config, says of localities, in which a Service that keeps its traffic near comes before the mesh
// config; nil where that is switched off.
func localitySetting(s *mesh.Snapshot, f flow.Flow) *networking.LocalityLoadBalancerSetting {
	setting := loadBalancer(f.Cluster).GetLocalityLbSetting()
	if setting == nil {
		if keepsNear(f.Cluster.Host.Service) != nil {
			return nil
		}
		setting = s.Config.Proto.GetLocalityLbSetting()
	}
	if setting.GetEnabled() != nil && !setting.GetEnabled().GetValue() {
		return nil
	}
	return setting
}
