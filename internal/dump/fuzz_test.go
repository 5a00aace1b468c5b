package dump

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mesh-why/mesh-why/internal/joined"
	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/yamljson"
	"github.com/mesh-why/mesh-why/pkg/envoy/jwtauthn"
)

// FuzzRead reads anything: it never panics, errors name the file, and what is read is the same once it was written and read again.
//
//	go test ./internal/dump -fuzz FuzzRead -fuzztime 1m
func FuzzRead(f *testing.F) {
	for _, name := range []string{"testdata/secrets.yaml", "../../cmd/kubectl-mesh_why/sample/mesh.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, doc := range bytes.Split(data, []byte("\n---\n")) {
			f.Add(doc)
		}
	}
	for _, in := range []string{"", "---", "a: &a [*a]", "a: &a {<<: *a}", "{", "[]", "{}", "\xff", "%YAML 1.1\n---\n", somePods, pod("x") + "---\n" + istio("VirtualService", "spec: {hosts: [a]}"),
		`{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"x"}}]}`, strings.Repeat("- ", 300), strings.Repeat("{a: ", 300)} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := manifest.Source{Stdin: bytes.NewReader(in)}.Snapshot("-")
		if err != nil {
			for _, part := range joined.Errors(err) {
				if !strings.HasPrefix(part.Error(), "standard input: ") {
					t.Errorf("an error does not name the file: %v", part)
				}
			}
			return
		}
		file := mustWrite(t, s, Options{})
		again, err := manifest.Source{Stdin: strings.NewReader(file)}.Snapshot("-")
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, file)
		}
		if second := mustWrite(t, again, Options{}); body(second) != body(file) {
			t.Errorf("written again it is another file:\n%s\n%s", file, second)
		}
		for _, k := range s.Kinds() {
			if !reflect.DeepEqual(s.Reading(k), again.Reading(k)) {
				t.Errorf("%s was read as %+v, now as %+v", k, s.Reading(k), again.Reading(k))
			}
		}
	})
}

// FuzzText writes any text at any place of an object and reads it again: it is the same text.
//
//	go test ./internal/dump -fuzz FuzzText -fuzztime 1m
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "y", "No", "null", "~", "1", "08080", "0x1F", "0o17", "1e3", ".inf", "1:30", "2026-11-22", "a: b", "a #b", "- a", "*a", "&a", "!a", "%a", "@a", "`a", "'a", `"a`, "a\nb", "a\nb\n",
		"\na", " a", "a ", "a\n b\n\n", "a\n\n\n", "\t", "a\tb\n", "a\r\nb", "é", "\u0085", "\u2028", "\ufeff", "\x00", "\x7f", "😀", "\ufffd", "---", "...", "=", "<<", "a:", ":a", "?", "[a]", "{a}", "a,b", "|", ">", `\n`, "# a\nb", "---\na\n...\n"} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return // JSON has no such text, and so no object
		}
		want := tree{key: value, "list": []any{value, key, []any{key}}, "map": tree{value: tree{key: nil}}, "number": json.Number("-1.5e3")}
		var out bytes.Buffer
		if err := encode(&out, yamlNode(want)); err != nil {
			t.Fatal(err)
		}
		dec, err := yamljson.NewDecoder(out.Bytes(), 0)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := dec.Next()
		if err != nil {
			t.Fatalf("%v:\n%s", err, out.String())
		}
		a, err := treeOf(want)
		if err != nil {
			t.Fatal(err)
		}
		a["number"] = json.Number("-1500")
		b, err := treeOf(json.RawMessage(doc))
		if err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%v\ngot:  %q\nwant: %q\n%s", err, b, a, out.String())
		}
	})
}

// FuzzSecret puts a token, and a secret at a place for secrets, into an object with any text around: neither is written.
//
//	go test ./internal/dump -fuzz FuzzSecret -fuzztime 1m
func FuzzSecret(f *testing.F) {
	f.Add("", "", "x-api-key", byte(0))
	f.Add("Bearer ", " and more", "Authorization", byte(1))
	f.Add("token=", "&x=y", "token", byte(2))
	f.Add("eyJ", ".", "password", byte(3))
	f.Add(`{"a": "`, `"}`, "x", byte(4))
	encoded := base64.RawURLEncoding.EncodeToString
	token := encoded([]byte(`{"alg":"HS256","kid":"x"}`)) + "." + encoded([]byte(`{"sub":"MARKER"}`)) + "." + encoded([]byte("MARKERMARKER"))
	f.Fuzz(func(t *testing.T, before, after, name string, place byte) {
		text := before + token + after
		if strings.ContainsAny(before[max(0, len(before)-1):]+after[:min(1, len(after))], "+/=.-_") || !utf8.ValidString(before+after+name) {
			before, after, text = "", "", token
		}
		name = "x-token-" + name
		var spec string
		quoted, _ := json.Marshal(text)
		header, _ := json.Marshal(name)
		switch place % 5 {
		case 0:
			spec = `"http":[{"headers":{"request":{"set":{` + string(header) + `:"MARKER-` + "long enough" + `"}}}}]`
		case 1:
			spec = `"http":[{"match":[{"headers":{` + string(header) + `:{"exact":"MARKER-` + "long enough" + `"}}}]}]`
		case 2:
			spec = `"http":[{"directResponse":{"status":200,"body":{"string":` + string(quoted) + `}}}]`
		case 3:
			spec = `"hosts":[` + string(quoted) + `]`
		case 4:
			spec = `"http":[{"match":[{"headers":{` + string(quoted) + `:{"exact":"x"}}}]}]`
		}
		in := `{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"x","annotations":{"istio.io/x":` + string(quoted) + `}},"spec":{` + spec + `}}`
		s, err := manifest.Source{Stdin: strings.NewReader(in)}.Snapshot("-")
		if err != nil {
			return
		}
		got := mustWrite(t, s, Options{Full: place >= 128})
		if strings.Contains(strings.NewReplacer(before, "", after, "").Replace(got), "MARKER") || strings.Contains(got, encoded([]byte("MARKERMARKER"))) {
			t.Errorf("a secret is in it:\n%s", got)
		}
	})
}

// FuzzKeySet takes anything for a key set: only public members of keys stay, and the proxy finds as many keys in it as before.
//
//	go test ./internal/dump -fuzz FuzzKeySet -fuzztime 1m
func FuzzKeySet(f *testing.F) {
	for _, s := range []string{"", "{}", "[]", "null", "x", `{"keys":[]}`, `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"c2VjcmV0"}]}`,
		`{"Keys":[{"KTY":"OCT","K":"c2VjcmV0"}]}`, `{"kty":"oct","k":5}`, `{"keys":[{"k":["c2VjcmV0"]}]}`, `{"keys":[{"kty":"EC","D":{"x":"c2VjcmV0"}}]} {}`, `{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":{"a":"b"},"key_ops":["x",{"y":"z"}]},5],"comment":"c"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		d := newDump()
		out := d.keySet(in)
		if out == hidden {
			if json.Valid([]byte(in)) {
				t.Errorf("%q is JSON, and gone", in)
			}
			return
		}
		var is any
		if json.Unmarshal([]byte(out), &is) != nil {
			t.Fatalf("%q became %q", in, out)
		}
		checkPublic(t, is)
		if again := d.keySet(out); again != out {
			t.Errorf("%q became %q, and then %q", in, out, again)
		}
		if _, before := jwtauthn.ParseKeys(in); !twice(in) {
			if _, after := jwtauthn.ParseKeys(out); before != after {
				t.Errorf("%q became %q, which is a key set: %v, before: %v", in, out, after, before)
			}
		}
	})
}

// twice tells of objects that have a member in several spellings: which one counts depends on their order.
func twice(in string) bool {
	lower, found := strings.ToLower(in), false
	for _, m := range append([]string{"keys", "k"}, publicMembers...) {
		found = found || strings.Count(lower, `"`+m+`"`) > 1 || strings.Contains(in, `\`)
	}
	return found
}

// checkPublic looks through a key set for what is not public.
func checkPublic(t *testing.T, set any) {
	t.Helper()
	members, _ := set.(tree)
	for k, keys := range members {
		if !strings.EqualFold(k, "keys") {
			t.Errorf("%s is left of a key set", k)
		}
		list, _ := keys.([]any)
		for _, key := range list {
			members, _ := key.(tree)
			for k, v := range members {
				s, _ := v.(string)
				switch lower := strings.ToLower(k); {
				case lower == "k":
					if v != nil && strings.Trim(s, "A") != "" && s != hidden+"!" {
						t.Errorf("a key is left: %v", v)
					}
				case !slices.Contains(publicMembers, lower):
					t.Errorf("%s is left of a key", k)
				}
			}
		}
	}
}
