package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/clustertest"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// sampleCluster is the sample mesh as a cluster, of which somebody may read some namespaces and nothing that has none.
func sampleCluster(t *testing.T, may ...string) *clustertest.Server {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	s, err := manifest.Source{Stdin: strings.NewReader(sampleMesh)}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	f := clustertest.New(t, s)
	f.PageSize = 500
	if len(may) > 0 {
		f.May = func(a clustertest.Asked) bool {
			return slices.Contains(may, a.Namespace) || a.API.Kind == mesh.Namespace && slices.Contains(may, a.Name)
		}
	}
	return f
}

// asked runs the program in this process.
func asked(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, say bytes.Buffer
	code = run(context.Background(), args, streams{In: strings.NewReader(""), Out: &out, Err: &say})
	return code, out.String(), say.String()
}

// Somebody with rights in the namespaces of the question gets an answer, in whichever way the source is written. What is not known of the
// default namespace stands in nobody's way.
func TestFewNamespaces(t *testing.T) {
	f := sampleCluster(t, "foo", "bar", "istio-system")
	for _, source := range []string{"sleep.foo", "foo/sleep", "pod/sleep.foo", "deploy/sleep.foo", "sa/sleep.foo", "deploy/foo/sleep", "serviceaccount/sleep.foo"} {
		code, out, say := asked(t, "--server", f.URL, source, "httpbin.bar:8000/ip")
		if code != exitReaches && code != exitUnsettled || !strings.Contains(out, "sleep.foo -> httpbin.bar:8000") {
			t.Errorf("%s: exit status %d\n%s%s", source, code, out, say)
		}
	}
	for source, want := range map[string]string{
		"deploy/sleep":    `the pods of namespace "default" could not be read`,
		"sleep":           `the pods of namespace "default" could not be read`,
		"deploy/none.bar": `no pod of deploy "none" is in namespace "bar"`,
		"sa/none.foo":     `no pod of serviceaccount "none" is in namespace "foo"`,
		"deploy/x.legacy": `the pods of namespace "legacy" could not be read`,
		"none.foo":        `pod "none" is not in namespace "foo"`,
	} {
		if code, _, say := asked(t, "--server", f.URL, source, "httpbin.bar:8000/ip"); code != exitError || !strings.Contains(say, want) {
			t.Errorf("%s: exit status %d, %s, want %s", source, code, say, want)
		}
	}
}

// A name with dots can be one of the question's namespace, which is read where nothing else is meant.
func TestDottedNames(t *testing.T) {
	f := sampleCluster(t)
	sleep := f.Objects[mesh.Pod][slices.IndexFunc(f.Objects[mesh.Pod], func(o metav1.Object) bool { return o.GetNamespace() == "foo" && o.GetName() == "sleep" })].(*corev1.Pod)
	dotted := sleep.DeepCopy()
	dotted.Namespace, dotted.Name, dotted.Status.PodIPs, dotted.Status.PodIP = "default", "node.example", nil, "10.7.7.7"
	f.Objects[mesh.Pod] = append(f.Objects[mesh.Pod], dotted)
	for _, source := range []string{"node.example", "deploy/node.example"} {
		if code, out, say := asked(t, "--server", f.URL, source, "httpbin.bar:8000/ip"); code == exitError || !strings.Contains(out, "node.example.default -> httpbin.bar:8000") {
			t.Errorf("%s: exit status %d\n%s%s", source, code, out, say)
		}
	}
}
