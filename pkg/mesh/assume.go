package mesh

import (
	"google.golang.org/protobuf/encoding/protojson"
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Assume returns a copy of the snapshot with another mesh config, for the time being.
func (s *Snapshot) Assume(c *meshconfig.MeshConfig) *Snapshot {
	data, err := protojson.Marshal(c)
	if err != nil {
		return s // a message of our own making always marshals
	}
	return s.Put(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "istio", Namespace: DefaultRootNamespace}, Data: map[string]string{"mesh": string(data)}})
}
