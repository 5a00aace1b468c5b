package dump

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

type legacyObject = *unstructured.Unstructured

// metaFields lists the fields that are kept. Owners lead from a Deployment to its pods; versions and times are part of answers.
var metaFields = []string{"name", "namespace", "generateName", "labels", "annotations", "creationTimestamp", "generation", "resourceVersion", "ownerReferences"}

// specFields lists, for kinds that hold more than rules of the mesh, the fields that a decision reads.
var specFields = map[mesh.Kind][]string{
	mesh.Namespace:        {},
	mesh.Node:             {},
	mesh.Deployment:       {"replicas"},
	mesh.Pod:              {"nodeName", "hostNetwork", "hostname", "subdomain", "serviceAccountName", "securityContext", "containers", "initContainers"},
	mesh.WasmPlugin:       {"selector", "targetRef", "targetRefs", "match", "phase", "priority", "type", "url", "pluginName", "failStrategy"},
	mesh.TrafficExtension: {"selector", "targetRefs", "match", "phase", "priority", "wasm", "lua"},
}

// statusFields lists those of a status; that of other kinds is left out.
var statusFields = map[mesh.Kind][]string{
	mesh.Pod:           {"phase", "hostIP", "podIP", "podIPs", "conditions", "containerStatuses", "initContainerStatuses"},
	mesh.Node:          {"addresses"},
	mesh.Deployment:    {"observedGeneration", "replicas", "readyReplicas"},
	mesh.Service:       {"loadBalancer"},
	mesh.ServiceEntry:  {"addresses"},
	mesh.WorkloadEntry: {"conditions"},
	mesh.KubeGateway:   {"addresses", "listeners"},
	mesh.ListenerSet:   {"listeners"},
}

// containerFields lists those of a container.
var containerFields = []string{"name", "image", "args", "env", "ports", "restartPolicy", "securityContext", "livenessProbe", "readinessProbe", "startupProbe"}

// moduleFields lists what is read of the module of a TrafficExtension. Its configuration is not: it may hold secrets.
var moduleFields = []string{"url", "type", "pluginName", "failStrategy"}

// keep leaves of an object what a decision reads, and with full all but what may be secret. It is false for an object that is left out as a whole.
func (d *dump) keep(k mesh.Kind, t tree) bool {
	switch k {
	case mesh.Secret:
		d.keepSecret(t)
		return true
	case mesh.ConfigMap:
		if !d.keepConfig(t) {
			return false
		}
	}
	meta := object(t, "metadata")
	d.annotations(meta)
	if d.full {
		d.fullObject(k, t)
		return true
	}
	only(meta, metaFields)
	keepOwners(meta)
	if fields, listed := specFields[k]; listed {
		only(object(t, "spec"), fields)
		if len(object(t, "spec")) == 0 {
			delete(t, "spec")
		}
	}
	if k == mesh.TrafficExtension {
		only(object(object(t, "spec"), "wasm"), moduleFields)
	}
	if k != mesh.LegacyPolicy {
		only(object(t, "status"), statusFields[k])
	}
	for _, l := range objects(object(t, "status"), "listeners") {
		only(l, []string{"name", "conditions"})
		for _, c := range objects(l, "conditions") {
			only(c, []string{"type", "status", "reason", "observedGeneration"})
		}
	}
	if len(object(t, "status")) == 0 {
		delete(t, "status")
	}
	if k == mesh.Pod {
		d.pod(t)
	}
	return true
}

// keepSecret leaves the name of a Secret and those of its entries, that a certificate and its key do not fit, and the names that a certificate is for.
func (d *dump) keepSecret(t tree) {
	only(t, []string{"apiVersion", "kind", "metadata", "data"})
	only(object(t, "metadata"), []string{"name", "namespace"})
	data := object(t, "data")
	d.leave(secretEntries, len(data))
	for k, v := range data {
		text, _ := v.(string)
		if kept, err := base64.StdEncoding.DecodeString(text); err != nil || string(kept) != mesh.Unfit && !bytes.HasPrefix(kept, []byte(mesh.CertifiedNames)) {
			data[k] = nil
		}
	}
}

// keepConfig leaves of a ConfigMap the mesh config, or the certificate authority that a BackendTLSPolicy or a Gateway asks for (that there is none in it
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
		data["mesh"] = d.config(text, meshFields)
	case d.authorities[namespace+"/"+name]:
		only(data, []string{"ca.crt", "cacert"})
		for k, v := range data {
			s, _ := v.(string)
			data[k] = d.certificates(s)
		}
	default:
		d.leave(configMaps, 1)
		return false
	}
	return true
}

// authoritiesOf are the ConfigMaps that BackendTLSPolicies and Gateways name.
func authoritiesOf(s *mesh.Snapshot) map[string]bool {
	out := map[string]bool{}
	policies, _ := s.BackendTLSPolicies.All()
	for _, p := range policies {
		if ref, ok := mesh.AuthorityOf(p); ok {
			out[ref.ID()] = true
		}
	}
	gateways, _ := s.KubeGateways.All()
	for _, g := range gateways {
		for _, ref := range mesh.AuthoritiesOf(g) {
			out[ref.ID()] = true
		}
	}
	return out
}

func keepOwners(meta tree) {
	for _, o := range objects(meta, "ownerReferences") {
		only(o, []string{"kind", "name"})
	}
}

// pod leaves of a pod what a decision reads of it.
func (d *dump) pod(t tree) {
	for _, name := range []string{"containers", "initContainers"} {
		for _, c := range objects(object(t, "spec"), name) {
			d.container(c)
		}
	}
	keepUser(object(t, "spec"))
	status := object(t, "status")
	for _, list := range []string{"containerStatuses", "initContainerStatuses"} {
		for _, c := range objects(status, list) {
			only(c, []string{"name", "ready", "state"})
			only(object(c, "state"), []string{"running"})
		}
	}
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

// fullObject hides what may be secret in all that no decision reads: texts that anybody may have written for any purpose.
func (d *dump) fullObject(k mesh.Kind, t tree) {
	delete(object(t, "metadata"), "managedFields")
	switch k {
	case mesh.Pod:
		for _, name := range []string{"containers", "initContainers", "ephemeralContainers"} {
			for _, c := range objects(object(t, "spec"), name) {
				d.fullContainer(c)
			}
		}
	case mesh.WasmPlugin, mesh.TrafficExtension:
		spec := object(t, "spec")
		for _, of := range []tree{spec, object(spec, "wasm")} {
			for _, field := range []string{"pluginConfig", "vmConfig", "verificationKey", "imagePullSecret"} {
				if v, ok := of[field]; ok {
					of[field] = d.opaque(filterTexts, v)
				}
			}
		}
	}
	messages(t["status"])
}

// messages hides what a status says to people.
func messages(v any) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			messages(y)
		}
	case tree:
		for k, y := range x {
			if _, isText := y.(string); isText && (k == "message" || k == "reason" && x["type"] == nil) {
				x[k] = hidden
				continue
			}
			messages(y)
		}
	}
}

// opaque hides all texts of a value, at any depth.
func (d *dump) opaque(what leftOut, v any) any {
	switch x := v.(type) {
	case []any:
		for i, y := range x {
			x[i] = d.opaque(what, y)
		}
	case tree:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			x[k] = d.opaque(what, x[k])
		}
	case string:
		if x != "" && x != hidden {
			d.leave(what, 1)
			return hidden
		}
	}
	return v
}
