package manifest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/fieldsread"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// TestWhatIsReadIsKept looks at the code: a field that a decision reads is not dropped on the way.
func TestWhatIsReadIsKept(t *testing.T) {
	const module, core = "github.com/mesh-why/mesh-why/", "k8s.io/api/core/v1."
	fields, err := fieldsread.In(module+"pkg/...", module+"internal/question", module+"internal/legacy", module+"internal/dump")
	if err != nil {
		t.Fatal(err)
	}
	pod, node := keptOfKinds[mesh.Pod], keptOfKinds[mesh.Node]
	trees := map[string]*tree{
		core + "Pod": pod, core + "PodSpec": pod.below["spec"], core + "PodStatus": pod.below["status"], core + "Container": container,
		core + "Node": node, core + "NodeStatus": node.below["status"], core + "ConfigMap": keptOfKinds[mesh.ConfigMap],
		"k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta": meta,
	}
	found := 0
	for f, where := range fields {
		if trees[f.Type] == nil {
			continue
		}
		if found++; trees[f.Type].drops(f.Name) {
			t.Errorf("%s reads %s.%s, which is dropped when files are read (kept.go)", where, f.Type, f.Name)
		}
	}
	if found < 20 {
		t.Errorf("only %d fields are read", found)
	}
}

// onePod has something in each place that is dropped, and in each that is not.
const onePod = `{"spec":{"volumes":[{"name":"dropped"}],"affinity":{"x":"dropped"},"nodeName":"kept","containers":[{"name":"kept","env":[{"name":"A","value":"dropped"},` +
	`{"name":"ISTIO_META_X","value":"kept"}],"resources":{"x":"dropped"},"image":"kept","livenessProbe":{"x":"dropped","httpGet":{"port":"kept","httpHeaders":["dropped"]}},"args":["kept"]}],"initContainers":[{"envFrom":["dropped"],"name":"kept"}]},` +
	`"metadata":{"managedFields":[{"manager":"dropped"}],"name":"kept","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"dropped","a":"kept"}},` +
	`"status":{"podIP":"kept","containerStatuses":[{"name":"kept","x":"dropped"}],"conditions":[{"type":"kept"}]}%s}`

// TestKept reads a pod whose kind stands before all else, behind it, and in its List, and other objects of which much is dropped.
func TestKept(t *testing.T) {
	head := `,"apiVersion":"v1","kind":"Pod"`
	want := `{"spec":{"nodeName":"kept","containers":[{"name":"kept","env":[{"name":"ISTIO_META_X","value":"kept"}],"image":"kept","livenessProbe":{"httpGet":{"port":"kept"}},"args":["kept"]}],"initContainers":[{"name":"kept"}]},` +
		`"metadata":{"name":"kept","annotations":{"a":"kept"}},"status":{"podIP":"kept","containerStatuses":[{"name":"kept"}],"conditions":[{"type":"kept"}]}`
	for in, want := range map[string]string{
		fmt.Sprintf(onePod, head):                                                        want + head + "}",
		"{" + head[1:] + "," + fmt.Sprintf(onePod, "")[1:]:                               "{" + head[1:] + "," + want[1:] + "}",
		`{"kind":"PodList","apiVersion":"v1","items":[` + fmt.Sprintf(onePod, "") + "]}": want + "}",
		`{"apiVersion":"v1","binaryData":{"a":"x"},"data":{"mesh":"a: b","other":"x","ca.crt":"y"},"kind":"ConfigMap","metadata":{"name":"istio"}}`:                                                              `{"apiVersion":"v1","data":{"mesh":"a: b","ca.crt":"y"},"kind":"ConfigMap","metadata":{"name":"istio"}}`,
		`{"apiVersion":"v1","kind":"Node","status":{"images":[1],"addresses":[2]}}`:                                                                                                                              `{"apiVersion":"v1","kind":"Node","status":{"addresses":[2]}}`,
		`{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"x","managedFields":[1]},"spec":{"a":1,"replicas":2,"template":{"spec":{"volumes":[1],"containers":[]}}},"status":{"b":1,"replicas":2}}`: `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"x"},"spec":{"replicas":2,"template":{"spec":{"containers":[]}}},"status":{"replicas":2}}`,
		`{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"x","managedFields":[1]},"spec":{"a":1},"status":2}`:                                                                             `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"x"}}`,
		`{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","spec":{"env":[1],"volumes":2},"status":{"images":1}}`:                                                                                 `{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","spec":{"env":[1],"volumes":2},"status":{"images":1}}`,
		`{"apiVersion":"rbac.istio.io/v1alpha1","kind":"ServiceRole","spec":{"rules":[]}}`:                                                                                                                       `{"apiVersion":"rbac.istio.io/v1alpha1","kind":"ServiceRole","spec":{"rules":[]}}`,
	} {
		var got []string
		err := takeApart("x", strings.NewReader(in), false, func(d *document) error {
			got = append(got, string(d.json))
			return nil
		})
		if err != nil || got[0] != want {
			t.Errorf("%v of %s\ngot:  %s\nwant: %s", err, in, got, want)
		}
	}
	docs, err := documents("x", fmt.Sprintf(onePod, head)) // as a whole
	if err != nil || string(docs[0].json) != fmt.Sprintf(onePod, head) {
		t.Errorf("got %s, %v", docs[0].json, err)
	}
}
