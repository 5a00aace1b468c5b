package mesh

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/yamljson"
)

// Names that an installation has unless it says otherwise (pkg/config/mesh/mesh.go, DefaultMeshConfig).
const (
	DefaultRootNamespace = "istio-system"
	DefaultTrustDomain   = "cluster.local"
)

// Config is a mesh config with its defaults filled in.
type Config struct {
	Ref           Ref                    // the ConfigMap, zero where none was found
	Proto         *meshconfig.MeshConfig // as written, never nil
	RootNamespace string
	TrustDomains  []string // the mesh's own, then its aliases
	AutoMTLS      bool
	Gaps          []Gap // why it is not known: every field is the default then
	Absent        bool  // all that could be read has none: every field is the default, which is presumed
}

// TrustDomain is the mesh's own trust domain.
func (c Config) TrustDomain() string { return c.TrustDomains[0] }

// OutboundMode is what the mesh does with unknown destinations. A block that is present but names no mode is REGISTRY_ONLY, the
// first value of the enumeration; without a block it is ALLOW_ANY.
func (c Config) OutboundMode() meshconfig.MeshConfig_OutboundTrafficPolicy_Mode {
	if c.Proto.GetOutboundTrafficPolicy() == nil {
		return meshconfig.MeshConfig_OutboundTrafficPolicy_ALLOW_ANY
	}
	return c.Proto.GetOutboundTrafficPolicy().GetMode()
}

// IngressSelector is what selects the pods of the gateway that serves Ingresses: ingressSelector as their label istio, else ingressService
// (pilot/pkg/config/kube/ingress/gateways.go, getIngressGatewaySelector). It is nil where no Ingress is served (ingressControllerMode).
func (c Config) IngressSelector() map[string]string {
	service := c.Proto.GetIngressService()
	if service == "istio-ingressgateway" || service == "" {
		service = "ingressgateway"
	}
	if c.Proto.GetIngressControllerMode() == meshconfig.MeshConfig_OFF {
		return nil
	}
	return map[string]string{"istio": cmp.Or(c.Proto.GetIngressSelector(), service)}
}

// Field points at a field of the mesh config. Where none was found nobody knows its namespace.
func (c Config) Field(path string) Ref {
	r := Ref{Kind: MeshConfig, Namespace: c.Ref.Namespace, Name: c.Ref.Name, Field: path}
	switch {
	case c.Absent:
		r.Name = "istio"
	case r.Name == "":
		r.Namespace, r.Name = c.RootNamespace, "istio"
	}
	return r
}

// ConfigMapRevision reports whether a ConfigMap holds a mesh config, and for which revision.
func ConfigMapRevision(cm *corev1.ConfigMap) (revision string, ok bool) {
	if _, ok := cm.Data["mesh"]; !ok {
		return "", false
	}
	return configRevision(cm.Name)
}

// configRevision reports whether a ConfigMap with a mesh config can have the name, and of which revision it is then.
func configRevision(name string) (revision string, ok bool) {
	if name == "istio" {
		return "", true
	}
	return strings.CutPrefix(name, "istio-")
}

// configOf finds a revision's mesh config: ConfigMap istio, or istio-REVISION (pilot/pkg/bootstrap/mesh.go, getConfigMapRevisionName).
// Where a revision has none of its own the default one's counts.
func (s *Snapshot) configOf(rev string) Config {
	c := Config{Proto: &meshconfig.MeshConfig{}}
	maps, gaps := s.ConfigMaps.All()
	maps = slices.Clone(maps)
	slices.SortStableFunc(maps, func(a, b *corev1.ConfigMap) int { return rank(a, rev) - rank(b, rev) })
	if len(maps) > 0 && rank(maps[0], rev) < unfit {
		cm := maps[0]
		c.Ref = Ref{Kind: ConfigMap, Namespace: cm.Namespace, Name: cm.Name, Field: "data.mesh"}
		if err := decodeMesh(cm.Data["mesh"], c.Proto); err != nil {
			c.Gaps = []Gap{{Kind: ConfigMap, Namespace: cm.Namespace, Cause: Failed, Resource: c.Ref, Detail: err.Error()}}
		}
	} else {
		c.Gaps = slices.DeleteFunc(slices.Clone(gaps), func(g Gap) bool {
			_, config := configRevision(g.Resource.Name)
			return g.Resource.Name != "" && !config
		})
	}
	c.Absent = c.Ref.IsZero() && len(c.Gaps) == 0
	c.RootNamespace = DefaultRootNamespace
	if ns := c.Proto.GetRootNamespace(); ns != "" {
		c.RootNamespace = ns
	}
	c.TrustDomains = []string{DefaultTrustDomain}
	if td := c.Proto.GetTrustDomain(); td != "" {
		c.TrustDomains[0] = td
	}
	c.TrustDomains = append(c.TrustDomains, c.Proto.GetTrustDomainAliases()...)
	c.AutoMTLS = c.Proto.GetEnableAutoMtls() == nil || c.Proto.GetEnableAutoMtls().GetValue()
	return c
}

const unfit = 4

// rank orders ConfigMaps by how well they fit a revision: its own before the default one's, the usual namespace before others.
func rank(cm *corev1.ConfigMap, rev string) int {
	r, ok := ConfigMapRevision(cm)
	if !ok || r != "" && r != rev {
		return unfit
	}
	n := 0
	if r != rev {
		n += 2
	}
	if cm.Namespace != DefaultRootNamespace {
		n++
	}
	return n
}

func decodeMesh(text string, into proto.Message) error {
	j, err := configJSON(text)
	if err != nil {
		return err
	}
	// istiod reads fields it does not know as if they were not there, so that a newer or an older mesh config still works.
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(j, into)
}

// configJSON reads a mesh config, or a proxy's, as istiod does. Who writes an annotation of a pod need have no other right in the mesh, so a text whose
// aliases stand for much more than itself is not read.
func configJSON(text string) ([]byte, error) {
	if err := yamljson.Check([]byte(text), yamljson.Embedded); err != nil {
		return nil, err
	}
	return yaml.YAMLToJSON([]byte(text))
}
