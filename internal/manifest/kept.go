package manifest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/internal/standin"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// tree says what is kept of an object: all members but some, or none but some. What takes most room in a mesh is read by no decision: who wrote which
// field, what containers run with, what became of them.
type tree struct {
	drop  []string          // members that are left out
	only  []string          // where there are any: all others are left out
	below map[string]*tree  // of members; of a list it counts for each entry
	entry func([]byte) bool // of a list: which entries are kept
}

func (t *tree) drops(name string) bool {
	return t != nil && (slices.Contains(t.drop, name) || len(t.only) > 0 && !slices.Contains(t.only, name))
}

func (t *tree) member(name string) *tree {
	if t == nil {
		return nil
	}
	return t.below[name]
}

var annotations = &tree{drop: []string{"kubectl.kubernetes.io/last-applied-configuration"}}

// meta is what is kept of the metadata of most kinds: of who wrote which field only when, which [mesh.Trim] makes one time of.
var meta = &tree{below: map[string]*tree{"annotations": annotations, "managedFields": {only: []string{"time", "subresource"}}}}

// metaOfMany is for kinds of which there are many and that change all the time: nobody asks when.
var metaOfMany = &tree{drop: []string{"managedFields"}, below: map[string]*tree{"annotations": annotations}}

var (
	// general is for most kinds, and for objects whose kind is not known yet.
	general = &tree{below: map[string]*tree{"metadata": meta}}
	// unread is for kinds that no decision reads.
	unread = &tree{only: []string{"apiVersion", "kind", "metadata", "items"}, below: map[string]*tree{"metadata": metaOfMany}}
)

var container = &tree{
	drop: []string{"envFrom", "resources", "resizePolicy", "volumeMounts", "volumeDevices", "lifecycle",
		"terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy"},
	below: map[string]*tree{"env": {entry: proxySetting}, "livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe},
}

// probe is what is kept of a probe: where it goes. It tells of a port that somebody listens there.
var probe = &tree{only: []string{"httpGet", "tcpSocket", "grpc"}, below: map[string]*tree{"httpGet": {drop: []string{"httpHeaders"}}}}

var podSpec = &tree{
	drop:  []string{"volumes", "affinity", "tolerations", "topologySpreadConstraints", "imagePullSecrets", "schedulingGates", "resourceClaims", "overhead", "resources"},
	below: map[string]*tree{"containers": container, "initContainers": container, "ephemeralContainers": container},
}

var podTemplate = &tree{below: map[string]*tree{"metadata": metaOfMany, "spec": podSpec}}

// containerStatus is what is kept of a container's status: whether it is ready, and since when it runs. A proxy keeps the configuration that it has
// until it starts anew.
var containerStatus = &tree{only: []string{"name", "ready", "state"}, below: map[string]*tree{"state": {only: []string{"running"}}}}

// workload is what is kept of objects that make pods: what pods, and how many.
var workload = &tree{below: map[string]*tree{
	"metadata": metaOfMany,
	"spec": {
		only: []string{"template", "selector", "replicas", "parallelism", "jobTemplate", "workloadRef"},
		below: map[string]*tree{"template": podTemplate, "jobTemplate": {only: []string{"spec"}, below: map[string]*tree{
			"spec": {only: []string{"template"}, below: map[string]*tree{"template": podTemplate}}}}},
	},
	"status": {only: []string{"observedGeneration", "replicas", "readyReplicas", "currentNumberScheduled", "numberReady", "completionTime"}},
}}

// installation is what is kept of objects that tell an installer of a control plane.
var installation = &tree{below: map[string]*tree{
	"metadata": metaOfMany,
	"spec": {only: []string{"namespace", "version", "revision", "meshConfig", "updateStrategy", "values"}, below: map[string]*tree{
		"values": {only: []string{"revision", "meshConfig", "global"}, below: map[string]*tree{"global": {only: []string{"istioNamespace"}}}}}},
}}

// keptOfKinds are the kinds of which there are many, or whose objects are large.
var keptOfKinds = map[mesh.Kind]*tree{
	mesh.Pod: {below: map[string]*tree{
		"metadata": metaOfMany,
		"spec":     podSpec,
		"status": {
			drop:  []string{"ephemeralContainerStatuses", "resourceClaimStatuses", "qosClass", "resources"},
			below: map[string]*tree{"containerStatuses": containerStatus, "initContainerStatuses": containerStatus},
		},
	}},
	mesh.EndpointSlice: {below: map[string]*tree{"metadata": metaOfMany}},
	mesh.Node: {below: map[string]*tree{
		"metadata": metaOfMany,
		"status":   {drop: []string{"images", "conditions", "capacity", "allocatable", "volumesInUse", "volumesAttached", "runtimeHandlers", "features", "config"}},
	}},
	// Those of applications are many and large. What decides is a mesh config, or a certificate authority.
	mesh.ConfigMap: {drop: []string{"binaryData"}, below: map[string]*tree{"metadata": meta, "data": {only: []string{"mesh", "meshNetworks", "ca.crt", "cacert"}}}},
}

// keptOf is what is kept of a kind's objects.
func keptOf(apiVersion, kind string) *tree {
	h := head{APIVersion: apiVersion, Kind: kind}
	k, known := mesh.KindOf(h.group(), kind)
	_, made := standin.New(h.group(), kind)
	_, installs := standin.NewInstallation(h.group(), kind)
	switch {
	case installs:
		return installation
	case made && kind == "Endpoints":
		return keptOfKinds[mesh.EndpointSlice]
	case made:
		return workload
	case keptOfKinds[k] != nil:
		return keptOfKinds[k]
	case known, legacyGroups[h.group()], istioGroups[h.group()], h.isCoverage(), strings.HasSuffix(kind, "List"):
		return general
	}
	return unread
}

// proxySetting reports whether an environment variable of a container can tell istiod of the proxy, or the agent of probes, or is a flag of istiod itself.
func proxySetting(entry []byte) bool {
	if bytes.Contains(entry, []byte(`"ISTIO_META_`)) || bytes.Contains(entry, []byte(`"ISTIO_KUBE_APP_PROBERS"`)) {
		return true
	}
	if !slices.ContainsFunc(flagWords, func(word []byte) bool { return bytes.Contains(entry, word) }) {
		return false // most are, and there are many
	}
	var e struct {
		Name string `json:"name"`
	}
	return json.Unmarshal(entry, &e) == nil && mesh.IsFlag(e.Name)
}

// flagWords are the first words of the names of flags, each behind a quotation mark.
var flagWords = func() [][]byte {
	var words []string
	for _, name := range mesh.FlagNames() {
		word, _, _ := strings.Cut(name, "_")
		words = append(words, `"`+word+"_")
	}
	slices.Sort(words)
	var out [][]byte
	for _, w := range slices.Compact(words) {
		out = append(out, []byte(w))
	}
	return out
}()
