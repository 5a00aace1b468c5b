package manifest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

func pod(name string) string { return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + "}\n" }

func mustRead(t testing.TB, in string) *mesh.Snapshot {
	t.Helper()
	s, err := Source{Stdin: strings.NewReader(in)}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// folder writes files into a folder of the test's own.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func tarOf(t testing.TB, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipOf(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func zipOf(t testing.TB, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSources reads what can be named.
func TestSources(t *testing.T) {
	files := map[string]string{"a.yaml": pod("a"), "sub/b.yml": pod("b"), "sub/c.json": `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}`, "notes.txt": "no manifest"}
	dir := folder(t, files)
	packed := folder(t, map[string]string{
		"x.tar": tarOf(t, files), "x.tar.gz": gzipOf(t, tarOf(t, files)), "x.tgz": gzipOf(t, tarOf(t, files)), "x.ZIP": zipOf(t, files), "any.name": pod("a"),
	})
	for name, want := range map[string]string{
		dir: "a b c", filepath.Join(dir, "sub"): "b c", filepath.Join(dir, "a.yaml"): "a", "-": "in", filepath.Join(packed, "any.name"): "a",
		filepath.Join(packed, "x.tar"): "a b c", filepath.Join(packed, "x.tar.gz"): "a b c", filepath.Join(packed, "x.tgz"): "a b c", filepath.Join(packed, "x.ZIP"): "a b c",
	} {
		s, err := Source{Stdin: strings.NewReader(pod("in"))}.Snapshot(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var names []string
		for _, r := range s.Objects(mesh.Pod) {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if len(s.Gaps()) != 0 {
			t.Errorf("%s: files are all there is, yet there are gaps: %v", name, s.Gaps())
		}
	}
}

// TestSourceErrors name the file.
func TestSourceErrors(t *testing.T) {
	dir := folder(t, map[string]string{
		"broken.yaml": "a: [", "broken.tar": strings.Repeat("no archive", 100), "broken.tgz": "no archive", "broken.zip": "no archive", "cut.tgz": gzipOf(t, tarOf(t, map[string]string{"a.yaml": pod("a")}))[:60],
		"inside.tgz": gzipOf(t, tarOf(t, map[string]string{"sub/b.yaml": "a: b"})), "inside.zip": zipOf(t, map[string]string{"sub/b.yaml": "a: b"}), "sub/readme.md": "",
	})
	for name, want := range map[string]string{
		"broken.yaml":  "%s/broken.yaml: document 1: not YAML: yaml: line 1: did not find expected node content",
		"broken.tar":   "%s/broken.tar: broken archive: archive/tar: invalid tar header",
		"broken.tgz":   "%s/broken.tgz: broken archive: gzip: invalid header",
		"broken.zip":   "%s/broken.zip: broken archive: zip: not a valid zip file",
		"cut.tgz":      "%s/cut.tgz: broken archive: unexpected EOF",
		"inside.tgz":   "%s/inside.tgz:sub/b.yaml: document 1: not a Kubernetes object: it needs apiVersion and kind",
		"inside.zip":   "%s/inside.zip:sub/b.yaml: document 1: not a Kubernetes object: it needs apiVersion and kind",
		"sub":          "%s/sub contains no .yaml, .yml or .json file",
		"missing.yaml": `the path "%s/missing.yaml" does not exist`,
	} {
		_, err := Source{}.Snapshot(filepath.Join(dir, name))
		if err == nil || err.Error() != fmt.Sprintf(want, dir) {
			t.Errorf("%s:\ngot:  %v\nwant: %s", name, err, fmt.Sprintf(want, dir))
		}
	}
	for name, want := range map[string]string{"https://example.com/a.yaml": "https://example.com/a.yaml: addresses are not fetched; save it to a file first", "-": "standard input is not available here"} {
		if _, err := (Source{}).Snapshot(name); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	if _, err := (Source{Stdin: iotest.ErrReader(os.ErrDeadlineExceeded)}).Snapshot("-"); err == nil || !strings.HasPrefix(err.Error(), "reading standard input: ") {
		t.Errorf("a reader that fails: %v", err)
	}
}

// TestAllErrorsAtOnce tells of all files, not of the first one only.
func TestAllErrorsAtOnce(t *testing.T) {
	dir := folder(t, map[string]string{"a.yaml": "a: b", "b.yaml": pod("x"), "c.yaml": "c: d\n---\ne: f"})
	_, err := Source{}.Snapshot(dir, filepath.Join(dir, "none"))
	if err == nil {
		t.Fatal("no error")
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 4 {
		t.Errorf("got %d lines, want 4:\n%v", len(lines), err)
	}
}

// TestLastOneCounts takes of several objects of one name the last one, and gives those without a namespace one.
func TestLastOneCounts(t *testing.T) {
	dir := folder(t, map[string]string{
		"1.yaml": pod("x") + "spec: {nodeName: first}\n---\n" + pod("y") + "spec: {nodeName: first}\n",
		"2.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: here}\nspec: {nodeName: second}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: here, namespace: ignored}\n",
	})
	s, err := Source{Namespace: "here"}.Snapshot(filepath.Join(dir, "1.yaml"), filepath.Join(dir, "2.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"x": "second", "y": "first"} {
		if p, ok, _ := s.Pods.Get("here", name); !ok || p.Spec.NodeName != want {
			t.Errorf("pod %s: found %v, want the %s one", name, ok, want)
		}
	}
	if _, ok, _ := s.Namespaces.Get("", "here"); !ok {
		t.Error("a Namespace is in no namespace")
	}
}

// TestLists reads all items, each of the kind that its list tells.
func TestLists(t *testing.T) {
	var items []string
	for i := range 50 {
		items = append(items, fmt.Sprintf("- {metadata: {name: p%d}}\n", i))
	}
	long := "apiVersion: v1\nkind: PodList\nitems:\n" + strings.Join(items, "")
	nested := "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: p}}]}\n- {apiVersion: networking.istio.io/v1, kind: VirtualServiceList, items: [{metadata: {name: v}}]}\n"
	for in, want := range map[string]int{long: 50, nested: 1, "apiVersion: v1\nkind: List\nitems: []": 0} {
		s, err := Source{Stdin: strings.NewReader(in)}.Snapshot("-")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Pods.Len(); got != want {
			t.Errorf("got %d pods, want %d of\n%.100s", got, want, in)
		}
	}
	broken := strings.ReplaceAll(long, "name: p", "nam: p")
	_, err := Source{Stdin: strings.NewReader(broken)}.Snapshot("-")
	if err == nil || strings.Count(err.Error(), "\n") > 25 || !strings.HasPrefix(err.Error(), "standard input: document 1, item 1: Pod has no metadata.name") {
		t.Errorf("a list of broken items: %v", err)
	}
}

// TestNewObjects are younger than all that exist, unless they say how old they are.
func TestNewObjects(t *testing.T) {
	in := pod("new") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: old, creationTimestamp: '2020-01-01T00:00:00Z'}\n"
	list, err := Source{Stdin: strings.NewReader(in)}.Objects("-")
	if err != nil || len(list) != 2 {
		t.Fatalf("%d objects, %v", len(list), err)
	}
	if y := list[0].GetCreationTimestamp().Year(); y != 9999 {
		t.Errorf("the new object is of %d", y)
	}
	if y := list[1].GetCreationTimestamp().Year(); y != 2020 {
		t.Errorf("the old object is of %d", y)
	}
}

// TestLegacy keeps objects of kinds that Istio removed.
func TestLegacy(t *testing.T) {
	in := "apiVersion: authentication.istio.io/v1alpha1\nkind: Policy\nmetadata: {name: x, namespace: a}\nspec: {anything: [goes]}\n---\napiVersion: rbac.istio.io/v1alpha1\nkind: ServiceRole\nmetadata: {name: y, namespace: a}\n"
	s, err := Source{Stdin: strings.NewReader(in)}.Snapshot("-")
	if err != nil || len(s.Legacy) != 2 || s.Legacy[0].GetKind() != "Policy" || s.Legacy[1].GetName() != "y" {
		t.Errorf("%v, %v", s, err)
	}
}
