package resolve_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/runtime/protoimpl"
	extensions "istio.io/api/extensions/v1alpha1"
	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// decoded are the messages that objects of Istio's kinds hold. Of the mesh config only the fields themselves are looked at.
var decoded = []proto.Message{
	&networking.VirtualService{}, &networking.DestinationRule{}, &networking.Gateway{}, &networking.ServiceEntry{}, &networking.Sidecar{},
	&networking.WorkloadEntry{}, &security.PeerAuthentication{}, &security.RequestAuthentication{}, &security.AuthorizationPolicy{},
	&networking.EnvoyFilter{}, &extensions.WasmPlugin{}, &extensions.TrafficExtension{}, &meshconfig.MeshConfig{},
}

// entry is a line of testdata/fields.txt.
type entry struct{ what, about string }

// Every field of what is decoded is one of:
//
//	handled FILE   read by that file, so that it can change an answer
//	noEffect WHY   it cannot change one, with all below it
//	gap FILE       read by that file, which leads to an answer that is not settled, with all below it
//	open WHAT      it can change an answer, and nothing tells so yet, with all below it
//
// A newer istio.io/api with another field fails here until somebody has looked at what the field does. Whether a file reads a field is
// found out by type checking it; where code has moved, -update writes the file that reads a field now.
func TestEveryFieldIsAccountedFor(t *testing.T) {
	table := fieldTable(t)
	read := reads(t)
	seen := map[string]bool{}
	var visit func(m reflect.Type)
	visit = func(m reflect.Type) {
		if seen[m.PkgPath()+"."+m.Name()] {
			return
		}
		seen[m.PkgPath()+"."+m.Name()] = true
		for _, f := range messageFields(m) {
			name := messageName(m) + "." + f.name
			seen[name] = true
			files := read[m.PkgPath()+"."+m.Name()+"."+f.goName]
			e, listed := table[name]
			if *golden.Update && len(files) > 0 && (!listed || e.what == "handled" && !slices.Contains(files, e.about)) {
				slices.Sort(files)
				e, listed = entry{"handled", files[0]}, true
				table[name] = e
			}
			switch {
			case !listed:
				t.Errorf("%s: testdata/fields.txt does not have this field; %v read it", name, files)
			case e.what == "handled" || e.what == "gap":
				if !slices.Contains(files, e.about) {
					t.Errorf("%s: %s does not read it; %v do", name, e.about, files)
				}
			case len(files) > 0:
				t.Errorf("%s: is %s, and yet %v read it", name, e.what, files)
			case e.about == "":
				t.Errorf("%s: %s, why?", name, e.what)
			}
			if f.message != nil && e.what == "handled" && m != reflect.TypeFor[meshconfig.MeshConfig]() {
				visit(f.message)
			}
		}
	}
	for _, m := range decoded {
		visit(reflect.TypeOf(m).Elem())
	}
	for name := range table {
		if !seen[name] {
			t.Errorf("%s: there is no such field below one that is handled", name)
		}
	}
	if *golden.Update {
		write(t, table)
	}
}

// write writes the table in the order of its names.
func write(t *testing.T, table map[string]entry) {
	t.Helper()
	var out strings.Builder
	out.WriteString("# What becomes of every field of what is decoded: see fields_test.go.\n")
	last := ""
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if m := name[:strings.LastIndex(name, ".")]; m != last {
			out.WriteString("\n")
			last = m
		}
		fmt.Fprintf(&out, "%s %s %s\n", name, table[name].what, table[name].about)
	}
	if err := os.WriteFile("testdata/fields.txt", []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

type messageField struct {
	name, goName string
	message      reflect.Type // of istio.io/api; nil for others
}

// messageFields lists the fields of a message; those of a oneof stand for themselves.
func messageFields(m reflect.Type) []messageField {
	var out []messageField
	add := func(f reflect.StructField) {
		if tag := f.Tag.Get("protobuf"); tag != "" {
			out = append(out, messageField{jsonName(tag), f.Name, messageOf(f.Type)})
		}
	}
	for i := range m.NumField() {
		add(m.Field(i))
	}
	message := reflect.New(m).Interface().(proto.Message).ProtoReflect().Type()
	if info, ok := message.(*protoimpl.MessageInfo); ok {
		for _, wrapper := range info.OneofWrappers {
			add(reflect.TypeOf(wrapper).Elem().Field(0))
		}
	}
	return out
}

func messageOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || !strings.HasPrefix(t.PkgPath(), "istio.io/api/") {
		return nil
	}
	return t
}

func jsonName(tag string) string {
	name := ""
	for _, part := range strings.Split(tag, ",") {
		if v, ok := strings.CutPrefix(part, "name="); ok && name == "" {
			name = v
		}
		if v, ok := strings.CutPrefix(part, "json="); ok {
			name = v
		}
	}
	return name
}

// messageName is a message's name as its file has it: DestinationRule is networking's, and so on. Names of istio.io/api/type are those of
// networking once more and go with their package.
func messageName(m reflect.Type) string {
	name := strings.ReplaceAll(m.Name(), "_", ".")
	if strings.HasPrefix(m.PkgPath(), "istio.io/api/type/") {
		return "type." + name
	}
	return name
}

func fieldTable(t *testing.T) map[string]entry {
	t.Helper()
	file, err := os.Open("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read from
	out := map[string]entry{}
	for s := bufio.NewScanner(file); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		what, about, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if _, twice := out[name]; twice {
			t.Errorf("%s is listed twice", name)
		}
		if !slices.Contains([]string{"handled", "noEffect", "gap", "open"}, what) {
			t.Errorf("%s: what is %q?", name, what)
		}
		out[name] = entry{what, strings.TrimSpace(about)}
	}
	return out
}
