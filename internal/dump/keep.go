package dump

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

type legacyObject = *unstructured.Unstructured

// readAnnotation tells the annotations that a decision reads: all are Istio's own (traffic.sidecar.istio.io/..., proxy.istio.io/config,
// networking.istio.io/exportTo, ambient.istio.io/redirection and so on).
func readAnnotation(key string) bool { return strings.Contains(key, "istio.io/") }

// metaFields lists the fields that are kept. Owners lead from a Deployment to its pods; versions and times are part of answers.
var metaFields = []string{"name", "namespace", "generateName", "labels", "annotations", "creationTimestamp", "resourceVersion", "ownerReferences"}

// specFields lists, for kinds whose content could be anything, the fields that a decision reads.
var specFields = map[mesh.Kind][]string{
	mesh.Namespace:        {},
	mesh.Node:             {},
	mesh.WasmPlugin:       {"selector", "targetRef", "targetRefs", "match", "phase", "priority", "type", "url", "pluginName", "failStrategy"},
	mesh.TrafficExtension: {"selector", "targetRefs", "match", "phase", "priority"},
	mesh.Pod:              {"nodeName", "hostNetwork", "serviceAccountName", "containers", "initContainers"},
}

// keep leaves of an object what a decision reads. It is false for an object that is left out as a whole.
func (d *dump) keep(k mesh.Kind, t tree) bool {
	switch k {
	case mesh.Secret:
		return keepSecret(t)
	case mesh.ConfigMap:
		if !d.keepConfig(t) {
			return false
		}
	}
	if d.full {
		return true
	}
	meta := object(t, "metadata")
	only(meta, metaFields)
	keepAnnotations(meta)
	keepOwners(meta)
	if fields, listed := specFields[k]; listed {
		only(object(t, "spec"), fields)
		if len(fields) == 0 {
			delete(t, "spec")
		}
	}
	if k != mesh.Pod {
		delete(t, "status")
		return true
	}
	for _, name := range []string{"containers", "initContainers"} {
		for _, c := range objects(object(t, "spec"), name) {
			keepContainer(c)
		}
	}
	keepPodStatus(object(t, "status"))
	return true
}

// keepSecret leaves the name of a Secret and those of its entries.
func keepSecret(t tree) bool {
	only(t, []string{"apiVersion", "kind", "metadata", "data"})
	only(object(t, "metadata"), []string{"name", "namespace"})
	data := object(t, "data")
	for k := range data {
		data[k] = nil
	}
	return true
}

// keepConfig leaves of a ConfigMap the mesh config, or the certificate authority that a BackendTLSPolicy asks for (that there is none in it
// counts too); any other one is left out.
func (d *dump) keepConfig(t tree) bool {
	meta, data := object(t, "metadata"), object(t, "data")
	name, _ := meta["name"].(string)
	namespace, _ := meta["namespace"].(string)
	text, has := data["mesh"].(string)
	_, ok := mesh.ConfigMapRevision(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"mesh": text}})
	only(t, []string{"apiVersion", "kind", "metadata", "data"})
	switch {
	case ok && has:
		only(data, []string{"mesh"})
	case d.authorities[namespace+"/"+name]:
		only(data, []string{"ca.crt", "cacert"})
	default:
		return false
	}
	return true
}

// authoritiesOf are the ConfigMaps that BackendTLSPolicies name.
func authoritiesOf(s *mesh.Snapshot) map[string]bool {
	out := map[string]bool{}
	policies, _ := s.BackendTLSPolicies.All()
	for _, p := range policies {
		if ref, ok := mesh.AuthorityOf(p); ok {
			out[ref.ID()] = true
		}
	}
	return out
}

func keepAnnotations(meta tree) {
	annotations := object(meta, "annotations")
	for k := range annotations {
		if !readAnnotation(k) {
			delete(annotations, k)
		}
	}
	if len(annotations) == 0 {
		delete(meta, "annotations")
	}
}

func keepOwners(meta tree) {
	for _, o := range objects(meta, "ownerReferences") {
		only(o, []string{"kind", "name"})
	}
}

// istioImage finds the images that tell which release is at work.
var istioImage = regexp.MustCompile(`(?:pilot|proxyv2|istiod)`)

// argumentsOf are the containers whose arguments tell what the proxy is and what is sent through it.
var argumentsOf = map[string]bool{"istio-proxy": true, "istio-init": true, "istio-validation": true}

func keepContainer(c tree) {
	only(c, []string{"name", "image", "args", "env", "ports", "restartPolicy"})
	if image, _ := c["image"].(string); !istioImage.MatchString(image) {
		delete(c, "image")
	}
	if name, _ := c["name"].(string); !argumentsOf[name] {
		delete(c, "args")
	}
	var env []any
	for _, e := range objects(c, "env") {
		if name, _ := e["name"].(string); strings.HasPrefix(name, "ISTIO_META_") {
			env = append(env, e)
		}
	}
	if c["env"] = env; len(env) == 0 {
		delete(c, "env")
	}
}

// keepPodStatus leaves the phase, the addresses and whether the pod is ready.
func keepPodStatus(status tree) {
	only(status, []string{"phase", "podIP", "podIPs", "conditions"})
	var ready []any
	for _, c := range objects(status, "conditions") {
		if c["type"] == "Ready" {
			only(c, []string{"type", "status"})
			ready = append(ready, c)
		}
	}
	if status["conditions"] = ready; len(ready) == 0 {
		delete(status, "conditions")
	}
}
