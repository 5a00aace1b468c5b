package resolve

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

const (
	networkLabel = "topology.istio.io/network"
	remoteSecret = "istio/multiCluster"
)

// elsewhere adds what endpoints of other clusters could do, where the mesh shows signs of having any: istiod puts the endpoints of all its clusters behind a
// Service of one name (pilot/pkg/serviceregistry/aggregate). It bears on a Service without an endpoint here, and on the shares of endpoints which
// differ in what comes of a request; anything else is answered by what was read.
func elsewhere(s *mesh.Snapshot, root *flow.Node, b verdict.Possibilities) verdict.Possibilities {
	lacking, shared := dependsOnEndpoints(root)
	if !lacking && !shared {
		return b
	}
	at := signOfClusters(s)
	if at.IsZero() {
		return b
	}
	gap := mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.External, Resource: at, Rule: string(flow.EndpointsElsewhere)}
	parts := []verdict.Possibilities{b}
	if lacking {
		parts = append(parts, verdict.Exactly(flow.Outcome{Kind: flow.Reaches, Reason: flow.EndpointsElsewhere, By: flow.By(flow.Cause, at)}))
	}
	if v := b.Verdict(); shared && v.Settled {
		for _, o := range v.Outcomes {
			if o.Share > 0 && o.Share < 1 {
				o.Share, o.At = 1, nil
				parts = append(parts, verdict.Exactly(o))
			}
		}
	}
	return verdict.OneOf(parts, []mesh.Gap{gap})
}

// dependsOnEndpoints reports whether a proxy finds no endpoint for a Kubernetes Service that can have some in other clusters, and whether one
// chooses among several of such a Service's.
func dependsOnEndpoints(root *flow.Node) (lacking, shared bool) {
	root.Each(func(n *flow.Node, r *flow.Result) {
		c := n.Left.Cluster
		if r.Stage != "endpoints" || c == nil || !c.Host.Kube || c.Host.NodeLocal || c.Host.Namespace == "kube-system" || flow.IsAPIServer(c.Host.Ref) {
			return
		}
		lacking = lacking || r.Reason == flow.NoEndpoints || r.Reason == flow.SubsetEmpty
		shared = shared || len(r.Next) > 1
	})
	return lacking, shared
}

// signOfClusters is what shows that the mesh has other clusters or networks; zero where nothing does. It is, in this order: a Secret with which istiod
// reads another cluster, networks in the ConfigMap of the mesh config, a gateway for them, an argument of istiod's, and the name of a network.
func signOfClusters(s *mesh.Snapshot) mesh.Ref {
	type key struct{}
	return mesh.Derive(s, key{}, func() mesh.Ref {
		for _, sign := range []func(*mesh.Snapshot) mesh.Ref{remoteClusters, meshNetworks, eastWestGateway, registriesNamespace, networkName} {
			if at := sign(s); !at.IsZero() {
				return at
			}
		}
		return mesh.Ref{}
	})
}

// remoteClusters is a Secret with the kubeconfig of another cluster (pkg/kube/multicluster/secretcontroller.go).
func remoteClusters(s *mesh.Snapshot) mesh.Ref {
	secrets, _ := s.Secrets.All()
	for _, x := range secrets {
		if x.Labels[remoteSecret] == "true" {
			return mesh.Ref{Kind: mesh.Secret, Namespace: x.Namespace, Name: x.Name, Field: "metadata.labels[" + remoteSecret + "]"}
		}
	}
	return mesh.Ref{}
}

func meshNetworks(s *mesh.Snapshot) mesh.Ref {
	at := s.Config.Ref
	if at.Name == "" {
		return mesh.Ref{}
	}
	cm, ok, _ := s.ConfigMaps.Get(at.Namespace, at.Name)
	if !ok {
		return mesh.Ref{}
	}
	var list struct {
		Networks map[string]any `json:"networks"`
	}
	if yaml.Unmarshal([]byte(cm.Data["meshNetworks"]), &list) != nil || len(list.Networks) == 0 {
		return mesh.Ref{}
	}
	return at.At("data.meshNetworks")
}

// eastWestGateway is a Service that istiod takes for the gateway of a network, or a server that passes on what other clusters' proxies send.
func eastWestGateway(s *mesh.Snapshot) mesh.Ref {
	services, _ := s.Services.All()
	for _, x := range services {
		if x.Labels[networkLabel] != "" {
			return mesh.Ref{Kind: mesh.Service, Namespace: x.Namespace, Name: x.Name, Field: "metadata.labels[" + networkLabel + "]"}
		}
	}
	gateways, _ := s.Gateways.All()
	for _, g := range gateways {
		if slices.ContainsFunc(g.Spec.Servers, func(x *networking.Server) bool {
			return x.GetTls().GetMode() == networking.ServerTLSSettings_AUTO_PASSTHROUGH
		}) {
			return mesh.Ref{Kind: mesh.Gateway, Namespace: g.Namespace, Name: g.Name, Field: "spec.servers"}
		}
	}
	return mesh.Ref{}
}

func registriesNamespace(s *mesh.Snapshot) mesh.Ref {
	pods, _ := s.Pods.All()
	for _, p := range pods {
		for _, c := range p.Spec.Containers {
			if c.Name == "discovery" && slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, "--clusterRegistriesNamespace") }) {
				return mesh.PodRef(p).At("spec.containers[discovery].args")
			}
		}
	}
	return mesh.Ref{}
}

// networkName is what names a network: a label of a namespace or a pod, or a proxy's own metadata.
func networkName(s *mesh.Snapshot) mesh.Ref {
	namespaces, _ := s.Namespaces.All()
	for _, x := range namespaces {
		if x.Labels[networkLabel] != "" {
			return mesh.Ref{Kind: mesh.Namespace, Name: x.Name, Field: "metadata.labels[" + networkLabel + "]"}
		}
	}
	pods, _ := s.Pods.All()
	for _, p := range pods {
		if p.Labels[networkLabel] != "" {
			return mesh.PodRef(p).At("metadata.labels[" + networkLabel + "]")
		}
		if name, _ := mesh.ProxyVariable(p, "ISTIO_META_NETWORK"); name != "" {
			return mesh.PodRef(p).At("spec.containers[istio-proxy].env[ISTIO_META_NETWORK]")
		}
	}
	return mesh.Ref{}
}
