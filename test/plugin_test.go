package test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

// questions are put to the mesh of testdata/mesh.yaml, once live and once from its dump.
var questions = [][]string{
	{"sleep.foo", "httpbin.bar:8000/ip"},
	{"sleep.foo", "httpbin.bar:8000/admin"},
	{"sleep.foo", "http://httpbin.bar:8000/ip", "-X", "DELETE"},
	{"sleep.other", "httpbin.bar:8000/ip"},
	{"foo/sleep", "http://api.example.com/"},
}

// fillFrom makes the cluster the mesh of a file, and returns the name of a file with its dump.
func fillFrom(t *testing.T, name string) string {
	t.Helper()
	ctx := context.Background()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Become(ctx, objects); err != nil {
		t.Fatal(err)
	}
	dump, err := root.Dump(ctx)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dump.yaml")
	if err := os.WriteFile(file, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func kubeconfig(t *testing.T, user string) []string {
	t.Helper()
	name, err := server.Kubeconfig(user)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--kubeconfig", name}
}

func answer(t *testing.T, args ...string) (int, *explain.Explanation) {
	t.Helper()
	code, e, err := Ask(context.Background(), bin, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return code, e
}

// The plugin says of a live cluster what it says of the cluster's dump.
func TestPlugin(t *testing.T) {
	dump := fillFrom(t, "testdata/mesh.yaml")
	for _, q := range questions {
		t.Run(strings.Join(q, " "), func(t *testing.T) {
			code, live := answer(t, append(kubeconfig(t, "admin"), q...)...)
			wantCode, want := answer(t, append([]string{"-f", dump}, q...)...)
			if code != wantCode {
				t.Errorf("exit status is %d, want %d", code, wantCode)
			}
			if a, b := verdict(live), verdict(want); a != b {
				t.Errorf("the cluster answers\n%s\nits dump\n%s", a, b)
			}
		})
	}
}

// What is to be left out may stand where the question alone would not look.
func TestWithout(t *testing.T) {
	fillFrom(t, "testdata/mesh.yaml")
	for object, want := range map[string]int{
		"peerauthentication/other/default":    0,
		"peerauthentication/other/none":       1,
		"authorizationpolicy/bar/allow-ip":    0,
		"peerauthentication/istio-system/x":   1,
		"configmap/istio-system/other":        1,
		"destinationrule/not-a-namespace/any": 1,
	} {
		code, _, stderr, err := Plugin(context.Background(), bin, append(kubeconfig(t, "admin"), "sleep.foo", "httpbin.bar:8000/ip", "--without", object)...)
		if err != nil {
			t.Fatal(err)
		}
		if code != want {
			t.Errorf("without %s: exit status %d, want %d\n%s", object, code, want, stderr)
		}
	}
}

// The API server's own record shows that the plugin only reads, and neither Secrets nor anything below a pod.
func TestPluginOnlyReads(t *testing.T) {
	fillFrom(t, "testdata/mesh.yaml")
	answer(t, append(kubeconfig(t, "admin"), questions[0]...)...)
	f, err := os.Open(server.Audit)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read from
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var event struct {
			Verb, UserAgent, RequestURI string
			ObjectRef                   struct{ Resource, Subresource, Namespace string }
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(event.UserAgent, "kubectl-mesh_why/") {
			continue
		}
		n++
		o := event.ObjectRef
		if event.Verb != "list" && event.Verb != "get" || o.Resource == "secrets" || o.Subresource != "" || o.Resource == "pods" && o.Namespace == "" {
			t.Errorf("%s %s", event.Verb, event.RequestURI)
		}
	}
	if n == 0 {
		t.Error("the record has nothing of the plugin")
	}
}
