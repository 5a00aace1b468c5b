package dump

import (
	"bytes"
	"encoding/base64"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/fieldsread"
	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

func mustRead(t testing.TB, in string) *mesh.Snapshot {
	t.Helper()
	s, err := manifest.Source{Stdin: strings.NewReader(in)}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustWrite(t testing.TB, s *mesh.Snapshot, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, s, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// revealed finds the marks of secrets, also within base64.
func revealed(text string) string {
	if i := strings.Index(text, "SECRET"); i >= 0 {
		return text[max(0, i-60):min(len(text), i+60)]
	}
	for _, word := range regexp.MustCompile(`[A-Za-z0-9+/_-]{8,}`).FindAllString(text, -1) {
		word = strings.NewReplacer("+", "-", "/", "_").Replace(word)
		if data, err := base64.RawURLEncoding.DecodeString(word); err == nil && bytes.Contains(data, []byte("SECRET")) {
			return word
		}
	}
	return ""
}

// TestSecretsStay compares a dump of everything that may be secret with what it has to be, and looks for marks.
func TestSecretsStay(t *testing.T) {
	in, err := os.ReadFile("testdata/secrets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := mustRead(t, string(in))
	got := mustWrite(t, s, Options{Version: "v1.2.3"})
	golden.Check(t, "testdata/secrets.want.yaml", got)
	if text := revealed(got); text != "" {
		t.Errorf("a secret is in it: %s", text)
	}
	if n := strings.Count(string(in), "stays"); n != strings.Count(got, "stays") {
		t.Errorf("of %d values that stay, %d are left", n, strings.Count(got, "stays"))
	}
	if again := mustWrite(t, mustRead(t, got), Options{Version: "v1.2.3"}); body(again) != body(got) {
		t.Errorf("written again it is another file:\n%s", again)
	}
}

// body is a file without the comment it begins with.
func body(file string) string {
	_, rest, _ := strings.Cut(file, "\n---\n")
	return rest
}

// TestFull keeps all but what nobody may know.
func TestFull(t *testing.T) {
	in, err := os.ReadFile("testdata/secrets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := manifest.Source{Stdin: strings.NewReader(string(in)), Whole: true}.Snapshot("-") // as the command reads for --full
	if err != nil {
		t.Fatal(err)
	}
	got := mustWrite(t, s, Options{Full: true})
	for _, stays := range []string{"livenessProbe", "vault.example.com/token", "registry.example.com/SECRET/web:1", "providerID", "pluginConfig", "hostIP"} {
		if !strings.Contains(got, stays) {
			t.Errorf("%s is not kept", stays)
		}
	}
	for _, gone := range []string{"SECRETkey", "SECRETbasic", "SECRETlabel", "accessToken", "U0VDUkVU", "eyJhbGciOi", "SECRETprivate", "API_KEY", "managedFields"} {
		if strings.Contains(got, gone) {
			t.Errorf("%s is kept", gone)
		}
	}
}

// TestOrder sorts by kind, namespace and name, whatever the order and age of what was read.
func TestOrder(t *testing.T) {
	objects := []string{
		"apiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: a, creationTimestamp: '2020-01-01T00:00:00Z'}\n",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\n", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: a, creationTimestamp: '2021-01-01T00:00:00Z'}\n",
		istio("VirtualService", "spec: {}\n"), istio("PeerAuthentication", "spec: {}\n"), "apiVersion: v1\nkind: Namespace\nmetadata: {name: z}\n",
		"apiVersion: rbac.istio.io/v1alpha1\nkind: ServiceRole\nmetadata: {name: a, namespace: a}\n", "apiVersion: authentication.istio.io/v1alpha1\nkind: Policy\nmetadata: {name: a, namespace: a}\n",
	}
	first := mustWrite(t, mustRead(t, strings.Join(objects, "---\n")), Options{})
	for i := range objects {
		objects[0], objects[i] = objects[i], objects[0]
		if got := mustWrite(t, mustRead(t, strings.Join(objects, "---\n")), Options{}); got != first {
			t.Fatalf("another order gives another file:\n%s\n%s", first, got)
		}
	}
	var kinds []string
	for _, line := range strings.Split(first, "\n") {
		if k, ok := strings.CutPrefix(line, "kind: "); ok {
			kinds = append(kinds, k)
		}
	}
	if got, want := strings.Join(kinds, " "), "Coverage Namespace Pod Pod Pod PeerAuthentication VirtualService Policy ServiceRole"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestHead says what the file is and what is not in it; nobody can smuggle a line of YAML in by a version.
func TestHead(t *testing.T) {
	got := mustWrite(t, mustRead(t, "---\n"), Options{Version: "v1\nkind: Pod"})
	if first, _, _ := strings.Cut(got, "\n"); first != "# A mesh, as kubectl mesh-why v1 kind: Pod read it; to ask it: kubectl mesh-why -f FILE ..." {
		t.Errorf("it begins with %s", first)
	}
	for _, line := range strings.Split(strings.SplitN(got, "---\n", 2)[0], "\n") {
		if line != "" && !strings.HasPrefix(line, "# ") {
			t.Errorf("the head has the line %q", line)
		}
	}
}

// TestVersionStays keeps what somebody said of the release.
func TestVersionStays(t *testing.T) {
	s := mustRead(t, pod("x"))
	s.ForceVersion(release.Release{Major: 1, Minor: 27})
	if got := mustRead(t, mustWrite(t, s, Options{})).Version; got != s.Version {
		t.Errorf("got %+v, want %+v", got, s.Version)
	}
}

type failing struct{ left int }

var errFull = errors.New("no space left")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterFails(t *testing.T) {
	s := mustRead(t, pod("x"))
	for _, left := range []int{0, 500} {
		if err := Write(&failing{left}, s, Options{}); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}

// notAnnotations are texts of the form of an annotation's name that a decision mentions: labels, versions of APIs, values.
var notAnnotations = strings.Fields(`
	app.kubernetes.io/instance app.kubernetes.io/name app.kubernetes.io/version apps.kubernetes.io/pod-index gateway.networking.k8s.io/gateway-name istio.io/gateway-name kubernetes.io/metadata.name statefulset.kubernetes.io/pod-name
	batch.kubernetes.io/job-completion-index controller-revision-hash kubectl.kubernetes.io/last-applied-configuration topology.kubernetes.io/region topology.kubernetes.io/zone kubernetes.io/service-name
	endpointslice.kubernetes.io/managed-by node.kubernetes.io/exclude-from-external-load-balancers
	kubernetes.io/h2c kubernetes.io/ws kubernetes.io/wss istio.io/PROXY istio.io/gateway-controller istio.io/ingress-controller istio.io/mesh-controller istio.io/unmanaged-gateway`)

// TestReadAnnotations looks at the code: every name of the form of an annotation's that a decision mentions is kept, or is known to be something else.
func TestReadAnnotations(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9.-]+\.io/[A-Za-z0-9.-]+$`)
	version := regexp.MustCompile(`/v[0-9]+((alpha|beta)[0-9]+)?$`)
	found := 0
	err := filepath.WalkDir("../../pkg", func(name string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				key, err := strconv.Unquote(lit.Value)
				if err != nil || !form.MatchString(key) || version.MatchString(key) {
					return true
				}
				if found++; !slices.Contains(annotationsRead, key) && !slices.Contains(notAnnotations, key) {
					t.Errorf("%s mentions %s, which is neither kept (annotationsRead) nor known to be no annotation (notAnnotations)", name, key)
				}
				return true
			})
		}
		return nil
	})
	if err != nil || found < 20 {
		t.Errorf("found %d names: %v", found, err)
	}
}

// TestWhatIsReadIsKept looks at the code: a field that a decision reads is not left out.
func TestWhatIsReadIsKept(t *testing.T) {
	const module, core, istio, kube = "github.com/mesh-why/mesh-why/", "k8s.io/api/core/v1.", "istio.io/client-go/pkg/apis/", "sigs.k8s.io/gateway-api/apis/v1."
	fields, err := fieldsread.In(module+"pkg/...", module+"internal/question", module+"internal/legacy")
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string][]string{
		core + "PodSpec": specFields[mesh.Pod], core + "PodStatus": statusFields[mesh.Pod], core + "Container": containerFields, core + "PodCondition": {"type", "status"},
		core + "NodeSpec": specFields[mesh.Node], core + "NodeStatus": statusFields[mesh.Node], core + "NamespaceSpec": specFields[mesh.Namespace], core + "NamespaceStatus": nil,
		core + "ServiceStatus": statusFields[mesh.Service], kube + "GatewayStatus": statusFields[mesh.KubeGateway],
		kube + "HTTPRouteStatus": nil, kube + "GRPCRouteStatus": nil, kube + "TLSRouteStatus": nil, kube + "TCPRouteStatus": nil, kube + "GatewayClassStatus": nil, kube + "ListenerSetStatus": statusFields[mesh.ListenerSet], kube + "PolicyStatus": nil,
		"k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta": metaFields, "k8s.io/apimachinery/pkg/apis/meta/v1.OwnerReference": {"kind", "name"},
	}
	found := 0
	for f, where := range fields {
		names, listed := kept[f.Type]
		if !listed && !strings.HasPrefix(f.Type, istio) {
			continue
		}
		found++
		if f.Name == "" || listed && slices.Contains(names, f.Name) {
			continue
		}
		if listed {
			t.Errorf("%s reads %s.%s, which a dump leaves out", where, f.Type, f.Name)
		}
		kind := f.Type[strings.LastIndex(f.Type, ".")+1:]
		if f.Name == "status" && statusFields[mesh.Kind(kind)] == nil {
			t.Errorf("%s reads the status of a %s, which a dump leaves out", where, kind)
		}
	}
	if found < 20 {
		t.Errorf("only %d fields are read", found)
	}
}
