package dump

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Options say what a written snapshot holds.
type Options struct {
	Version string // of this program, for the first line
	// Full keeps what no decision reads: annotations, containers as they are, status. Secrets are left out all the same.
	Full bool
}

// Write writes a snapshot as YAML that is read again as an equal one, sorted by kind, namespace and name. Since such a file is made to
// be sent to somebody, secrets are left out of it, and, unless asked for, what no decision reads. What was not read of the mesh
// stands in the first document, so that a reader of the file knows no more than its writer did.
func Write(w io.Writer, s *mesh.Snapshot, o Options) error {
	d := newDump()
	d.full, d.authorities, d.names = o.Full, authoritiesOf(s), namesOf(s)
	if err := d.coverage(coverageOf(s)); err != nil {
		return err
	}
	if err := d.objects(s); err != nil {
		return err
	}
	if _, err := io.WriteString(w, d.head(o.Version)); err != nil {
		return err
	}
	_, err := w.Write(d.out.Bytes())
	return err
}

// dump is a file that is being written.
type dump struct {
	full bool
	out  bytes.Buffer

	authorities map[string]bool // ConfigMaps, as NAMESPACE/NAME, that hold certificate authorities

	names *redact.Redactor // of headers, parameters and cookies that carry secrets

	secrets map[string]string // a secret's text -> what stands for it
	keys    int               // symmetric keys that were replaced
	left    [manySorts]int    // what was left out
}

func newDump() *dump { return &dump{secrets: map[string]string{}, names: &redact.Redactor{}} }

// namesOf knows the usual names of headers, parameters and cookies that carry secrets, and those that the mesh reads tokens from, or writes their payload
// into (istio: RequestAuthentication, JWTRule).
func namesOf(s *mesh.Snapshot) *redact.Redactor {
	r := &redact.Redactor{}
	policies, _ := s.RequestAuthentications.All()
	for _, p := range policies {
		for _, rule := range p.Spec.JwtRules {
			for _, h := range rule.GetFromHeaders() {
				r.Name(h.Name)
			}
			for _, name := range slices.Concat(rule.GetFromParams(), rule.GetFromCookies(), []string{rule.GetOutputPayloadToHeader()}) {
				r.Name(name)
			}
		}
	}
	return r
}

// tree is an object as JSON has it.
type tree = map[string]any

// coverage writes what was read. The API server's words on a refusal name the one who asked.
func (d *dump) coverage(c manifest.Coverage) error {
	failed := slices.Clone(c.Failed)
	for i := range failed {
		failed[i].Detail = userName.ReplaceAllString(failed[i].Detail, `$1"`+hidden+`"`)
	}
	c.Failed = failed
	t, err := treeOf(c)
	if err != nil {
		return err
	}
	d.hide(t)
	n := yamlNode(t)
	inline(n)
	return d.document(n)
}

func (d *dump) objects(s *mesh.Snapshot) error {
	type named struct {
		kind   int
		api    mesh.API
		object metav1.Object
	}
	var list []named
	kinds := s.Kinds()
	s.Each(func(k mesh.Kind, o metav1.Object) {
		api, _ := mesh.APIOf(k)
		list = append(list, named{slices.Index(kinds, k), api, o})
	})
	slices.SortStableFunc(list, func(a, b named) int { return cmp.Or(cmp.Compare(a.kind, b.kind), byName(a.object, b.object)) })
	for _, x := range list {
		t, err := treeOf(x.object)
		if err != nil {
			return fmt.Errorf("%s %s/%s: %w", x.api.Kind, x.object.GetNamespace(), x.object.GetName(), err)
		}
		t["apiVersion"], t["kind"] = x.api.GroupVersion(), x.api.Name()
		if !d.keep(x.api.Kind, t) {
			continue
		}
		d.hide(t)
		if err := d.document(yamlNode(t)); err != nil {
			return err
		}
	}
	legacy := slices.Clone(s.Legacy)
	slices.SortStableFunc(legacy, func(a, b legacyObject) int {
		return cmp.Or(cmp.Compare(a.GetAPIVersion(), b.GetAPIVersion()), cmp.Compare(a.GetKind(), b.GetKind()), byName(a, b))
	})
	for _, u := range legacy {
		t, err := treeOf(u.Object)
		if err != nil {
			return fmt.Errorf("%s %s/%s: %w", u.GetKind(), u.GetNamespace(), u.GetName(), err)
		}
		d.keep(mesh.LegacyPolicy, t)
		d.hide(t)
		if err := d.document(yamlNode(t)); err != nil {
			return err
		}
	}
	return nil
}

func byName(a, b metav1.Object) int {
	return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
}

func (d *dump) document(n *yaml.Node) error {
	d.out.WriteString("---\n")
	return encode(&d.out, n)
}

func treeOf(v any) (tree, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var t tree
	err = dec.Decode(&t)
	return t, err
}

// head is the comment that a file begins with.
func (d *dump) head(version string) string {
	lines := []string{
		"# A mesh, as kubectl mesh-why " + strings.Join(strings.Fields(cmp.Or(version, "(unknown version)")), " ") + " read it; to ask it: kubectl mesh-why -f FILE ...",
		"# Left out: " + d.tally() + ".",
	}
	if !d.full {
		lines = append(lines, "# Also left out is what no answer depends on: images, volumes, probes, status and the like.")
	}
	if n := len(d.secrets); n > 0 {
		lines = append(lines, "# What stands for values is "+placeholder(1)+" and so on: equal ones are still equal, but requests that carry the real ones may be answered otherwise.")
	}
	if d.keys > 0 {
		lines = append(lines, "# "+strconv.Itoa(d.keys)+" symmetric keys (kty oct) are replaced by keys of the same length: tokens signed with the real ones fail here.")
	}
	return strings.Join(append(lines, "# Names, labels, hosts, addresses, paths and the rules themselves are in it. Read it before you send it."), "\n") + "\n"
}

// hide takes the secrets out of an object.
func (d *dump) hide(t tree) {
	spec := object(t, "spec")
	switch t["kind"] {
	case "EnvoyFilter":
		d.envoyFilter(spec)
	case "TrafficExtension":
		d.trafficExtension(spec)
	case "ProxyConfig":
		env := object(spec, "environmentVariables")
		if d.metadata(env); len(env) == 0 {
			delete(spec, "environmentVariables")
		}
	case "VirtualService":
		d.bodies(spec)
	case "DestinationRule", "Gateway":
		d.keyPaths(spec)
	}
	d.places("", t)
	d.texts("", t)
}

// trafficExtension leaves of a script its calls, and of a module where it comes from.
func (d *dump) trafficExtension(spec tree) {
	if lua, ok := spec["lua"].(tree); ok {
		s, _ := lua["inlineCode"].(string)
		lua["inlineCode"] = d.lua(s)
	}
	if wasm, ok := spec["wasm"].(tree); ok && !d.full {
		d.leave(filterTexts, len(wasm))
		only(wasm, []string{"url", "type", "failStrategy", "pluginName", "imagePullPolicy"})
		d.leave(filterTexts, -len(wasm))
	}
}

// bodies hides what answers of routes tell in secret.
func (d *dump) bodies(spec tree) {
	for _, r := range objects(spec, "http") {
		body := object(object(r, "directResponse"), "body")
		if s, ok := body["string"].(string); ok {
			body["string"] = d.words(s)
		}
		if s, ok := body["bytes"].(string); ok {
			if text, err := base64.StdEncoding.DecodeString(s); err == nil {
				body["bytes"] = base64.StdEncoding.EncodeToString([]byte(d.words(string(text))))
			}
		}
	}
}

// keyPaths hides where private keys lie. That there is one counts.
func (d *dump) keyPaths(v any) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			d.keyPaths(y)
		}
	case tree:
		for k, y := range x {
			if s, ok := y.(string); ok && k == "privateKey" {
				x[k] = d.secret(settings, s)
				continue
			}
			d.keyPaths(y)
		}
	}
}
