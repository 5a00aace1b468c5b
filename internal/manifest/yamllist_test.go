package manifest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// taken are the objects of a List of YAML that is taken apart by its lines, as JSON.
func taken(in string) (out []string, err error) {
	s := newStream(strings.NewReader(in))
	if err := s.next(); err != nil {
		return nil, err
	}
	begin := &text{}
	for !strings.HasSuffix(string(begin.yaml), "items:\n") && !s.atEnd() {
		line, err := s.line()
		if err != nil {
			return nil, err
		}
		begin.yaml = append(begin.yaml, line...)
	}
	err = s.yamlList(position{file: "f", index: 1}, begin, func(d *document) error {
		docs, err := d.expand(true)
		for _, x := range docs {
			out = append(out, x.at.String()+" "+string(x.json))
		}
		return err
	})
	return out, err
}

// TestYAMLList takes Lists apart as kubectl and others write them.
func TestYAMLList(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"as kubectl does", "apiVersion: v1\nitems:\n- a: 1\n  b:\n  - x\n  - y\n- c: |\n    - z\n\n    # w\n  d: 2\nkind: List\nmetadata:\n  resourceVersion: \"\"\n",
			[]string{`f: document 1, item 1 {"a":1,"b":["x","y"]}`, `f: document 1, item 2 {"c":"- z\n\n# w\n","d":2}`, `f: document 1 {"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":""}}`}},
		{"indented, with comments", "kind: List\nitems:\n# one\n  # two\n  - a: 1 # x\n# three\n    b: 2\n\n  -\n    c: 3\n  - - d\napiVersion: v1\n",
			[]string{`f: document 1, item 1 {"a":1,"b":2}`, `f: document 1, item 2 {"c":3}`, `f: document 1, item 3 ["d"]`, `f: document 1 {"kind":"List","apiVersion":"v1"}`}},
		{"without items", "kind: List\nitems:\napiVersion: v1\n", []string{`f: document 1 {"kind":"List","apiVersion":"v1"}`}},
		{"to the end of the file", "items:\n- a: 1", []string{`f: document 1, item 1 {"a":1}`, "f: document 1 {}"}},
		{"to the next document", "items:\n- a: 1\n---\n- b: 2\n", []string{`f: document 1, item 1 {"a":1}`, "f: document 1 {}"}},
		{"line ends of Windows", "items:\n- a: 1\r\n  b: 2\r\n- c: 3\r\nkind: List\r\n", []string{`f: document 1, item 1 {"a":1,"b":2}`, `f: document 1, item 2 {"c":3}`, `f: document 1 {"kind":"List"}`}},
	} {
		got, err := taken(c.in)
		if err != nil || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: %v\ngot:\n%s\nwant:\n%s", c.name, err, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
	for _, c := range []struct{ name, in, want string }{
		{"a text of several lines", "items:\n- a: \"x\n- y\"\n", "f: document 1, item 1: not YAML: yaml: line 3: found unexpected end of stream"},
		{"an anchor of another item", "items:\n- a: &a 1\n- b: *a\n", "f: document 1, item 2: not YAML: yaml: unknown anchor 'a' referenced"},
		{"items twice", "items:\n- a: 1\nitems:\n- b: 1\n", `f: document 1: line 3: key "items" is already set`},
		{"a key twice", "items:\n- a: 1\n- b: 1\n  b: 2\n", `f: document 1, item 2: line 4: key "b" is already set in line 3`},
	} {
		if _, err := taken(c.in); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// longList is a List of YAML that is not read as a whole.
func longList() (text string, pods int) {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nitems:\n")
	for b.Len() < maxAtOnce+1 {
		fmt.Fprintf(&b, "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p%d\n    annotations:\n      note: %s\n  status:\n    podIP: 10.0.0.1\n", pods, strings.Repeat("x", 2000))
		pods++
	}
	b.WriteString("kind: List\n")
	return b.String(), pods
}

// TestLongYAML reads a long List item by item; what is no List of lines is an error.
func TestLongYAML(t *testing.T) {
	text, pods := longList()
	s, err := Source{Stdin: strings.NewReader(text + "---\n" + pod("last"))}.Snapshot("-")
	if err != nil || s.Pods.Len() != pods+1 {
		t.Fatalf("%d pods, want %d: %v", s.Pods.Len(), pods+1, err)
	}
	if p, ok, _ := s.Pods.Get("default", "p1"); !ok || p.Status.PodIP != "10.0.0.1" || len(p.Annotations["note"]) != 2000 {
		t.Error("a pod is not what it was")
	}
	const tooLong = "standard input: document 1: larger than 4 MiB, and no List as kubectl prints it, whose items would be read one by one; of JSON (-o json) any List is"
	for name, c := range map[string]struct{ in, want string }{
		"no List":            {"apiVersion: v1\nkind: ConfigMap\ndata:\n" + strings.Repeat("  a: b\n", maxAtOnce/6), tooLong},
		"on one line":        {"[" + strings.Repeat("a, ", maxAtOnce/3) + "a]", tooLong},
		"an endless line":    {strings.Repeat("a", maxObject+1), "standard input: document 1: larger than 8 MiB, and an API server stores no object of more than 1.5 MiB"},
		"a large item":       {text + "items2: " + strings.Repeat("b", maxAtOnce), tooLong},
		"an item of 9 MiB":   {"items:\n- a: b\n- c: |\n" + strings.Repeat("    "+strings.Repeat("d", 1020)+"\n", 9<<10), "standard input: document 1, item 2: larger than 8 MiB, and an API server stores no object of more than 1.5 MiB"},
		"not whole":          {strings.Replace(text, "kind: List\n", "kind: PodList\nmetadata: {continue: abc}\n", 1), "standard input: document 1: the List is not whole: the API server had more to give (metadata.continue); kubectl get asks for all of it"},
		"nothing but items":  {"items:\n" + strings.Repeat("- "+strings.Repeat("a,", 1000)+"\n", 2200), "standard input: document 1: not a Kubernetes object: it needs apiVersion and kind"},
		"of no kind, at all": {strings.Replace(text, "kind: List\n", "kind: PeerAuthentication\n", 1), ""},
	} {
		_, err := Source{Stdin: strings.NewReader(c.in)}.Snapshot("-")
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// TestLateKind reads items that say no kind before the List does.
func TestLateKind(t *testing.T) {
	for name, in := range map[string]string{
		"JSON": `{"apiVersion":"v1","items":[{"metadata":{"name":"a"},"status":{"podIP":"10.0.0.1"}},{"metadata":{"name":"b"}},{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}],"kind":"PodList"}`,
		"YAML": "apiVersion: v1\nitems:\n- metadata: {name: a}\n  status: {podIP: 10.0.0.1}\n- metadata: {name: b}\n- {apiVersion: v1, kind: Pod, metadata: {name: c}}\nkind: PodList\n",
	} {
		s := mustRead(t, in)
		var names []string
		for _, r := range s.Objects(mesh.Pod) {
			names = append(names, r.Name)
		}
		if p, _, _ := s.Pods.Get("default", "a"); strings.Join(names, " ") != "a b c" || p.Status.PodIP != "10.0.0.1" {
			t.Errorf("%s: got %v", name, names)
		}
	}
	// What has items and is no List is itself.
	s := mustRead(t, `{"apiVersion":"v1","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},5],"kind":"ConfigMap","metadata":{"name":"c"}}`)
	if s.Pods.Len() != 0 || s.ConfigMaps.Len() != 1 {
		t.Errorf("%d pods, %d ConfigMaps", s.Pods.Len(), s.ConfigMaps.Len())
	}
	err := readText("f", `{"apiVersion":"security.istio.io/v1","items":[{"apiVersion":"v1","kind":"Pod"}],"kind":"PeerAuthentication","metadata":{"name":"x"}}`)
	if err == nil || err.Error() != "f: document 1: PeerAuthentication x: unknown field items" {
		t.Errorf("items of an object of Istio: %v", err)
	}
}
