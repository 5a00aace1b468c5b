package question_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const sample = "../../cmd/kubectl-mesh_why/sample/mesh.yaml"

func sampleMesh(t testing.TB) *mesh.Snapshot {
	t.Helper()
	data, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	s, err := manifest.Source{Stdin: strings.NewReader(string(data))}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDestinations: how a destination is read, and what is filled in.
func TestDestinations(t *testing.T) {
	s := sampleMesh(t)
	for to, want := range map[string]string{
		"httpbin.bar":                             "http httpbin.bar 8000 / httpbin.bar:8000",
		"httpbin.bar:8000/ip?a=b#c":               "http httpbin.bar 8000 /ip?a=b httpbin.bar:8000",
		"httpbin":                                 "http httpbin 8000 / httpbin:8000",
		"http://httpbin.bar/ip":                   "http httpbin.bar 80 /ip httpbin.bar",
		"https://shop.example.com":                "https shop.example.com 443 / shop.example.com",
		"https://shop.example.com:8443/":          "https shop.example.com 8443 / shop.example.com:8443",
		"tcp://httpbin.bar:8000":                  "tcp httpbin.bar 8000 / httpbin.bar:8000",
		"httpbin.bar.svc.cluster.local:8000/x%20": "http httpbin.bar.svc.cluster.local 8000 /x%20 httpbin.bar.svc.cluster.local:8000",
		"pod/httpbin.bar:8080":                    "http 10.1.0.13 8080 / 10.1.0.13:8080",
		"10.2.0.11:8000":                          "http 10.2.0.11 8000 / 10.2.0.11:8000",
		"[fd00::1]:8000/x":                        "http [fd00::1] 8000 /x [fd00::1]:8000",
	} {
		r, err := question.Question{From: "sleep.foo", To: to}.Bind(s)
		if err != nil {
			t.Errorf("%s: %v", to, err)
			continue
		}
		if got := strings.Join([]string{r.Scheme, r.Host, strconv.Itoa(r.Port), r.Path, r.Authority}, " "); got != want {
			t.Errorf("%s is read as %q, want %q", to, got, want)
		}
	}
}

// TestMachines: the machine of a WorkloadEntry as a destination, by its port's number, by the port's name in the entry, or by its only port.
func TestMachines(t *testing.T) {
	const entries = `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: one, namespace: foo}
spec: {address: 10.9.0.1, ports: {http: 8090}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: two, namespace: foo}
spec: {address: "fd00::9", ports: {http: 8090, admin: 9000}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: nowhere, namespace: foo}
spec: {address: "unix:///run/x.sock", ports: {http: 8090}}
---
apiVersion: v1
kind: Pod
metadata: {name: sleep, namespace: foo, labels: {app: sleep}}
spec: {containers: [{name: app, image: "example/app:1"}]}
status: {phase: Running, podIP: 10.9.0.7, conditions: [{type: Ready, status: "True"}]}
`
	s, err := manifest.Source{Stdin: strings.NewReader(entries)}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]string{
		"we/one.foo":                   "10.9.0.1 8090 /",
		"we/one.foo:80/x?y=1":          "10.9.0.1 80 /x?y=1",
		"workloadentry/two.foo:admin/": "[fd00::9] 9000 /",
		"we/two.foo":                   `error: destination "we/two.foo": WorkloadEntry foo/two has 2 ports; name the one on which it listens: we/two.foo:PORT`,
		"we/nowhere.foo:8090":          `error: destination "we/nowhere.foo:8090": WorkloadEntry foo/nowhere has no address that a client can dial; ask for a host that it belongs to`,
		"we/oen.foo:80":                `error: WorkloadEntry "oen" is not in namespace "foo" (did you mean one.foo?)`,
	} {
		got := ""
		if r, err := (question.Question{From: "sleep.foo", To: to}).Bind(s); err != nil {
			got = "error: " + err.Error()
		} else {
			got = strings.Join([]string{r.Host, strconv.Itoa(r.Port), r.Path}, " ")
		}
		if got != want {
			t.Errorf("%s is read as %q, want %q", to, got, want)
		}
	}
}

// TestNamespaces: what has to be read first.
func TestNamespaces(t *testing.T) {
	for _, row := range []struct{ from, to, via, source, destination string }{
		{"sleep.foo", "httpbin.bar:8000/ip", "", "foo", "bar"},
		{"foo/sleep", "http://httpbin.bar.svc.cluster.local:8000", "", "foo", "bar"},
		{"sleep", "httpbin", "", "here", "here"},
		{"sleep.foo", "httpbin:80", "", "foo", "foo"},
		{"deploy/sleep", "pod/httpbin.bar:80", "", "here", "bar"},
		{"sa/foo/sleep", "10.0.0.1:80", "", "foo", ""},
		{"sleep.foo", "we/vm.bar:8080/x", "", "foo", "bar"},
		{"sa/sleep.foo", "https://www.example.com/", "", "foo", ""},
		{"outside", "https://shop.example.com", "gateway.edge:443", "", "edge"},
		{"outside", "http://[fd00::1]/", "pod/gw.edge", "", "edge"},
		{"my.pod.foo", "db-0.db.data.svc:5432", "", "foo", "data"},
	} {
		source, destination := question.Question{From: row.from, To: row.to, Via: row.via, Namespace: "here"}.Namespaces()
		if s, d := strings.Join(source, " "), strings.Join(destination, " "); s != row.source || d != row.destination {
			t.Errorf("%s -> %s: %q and %q, want %q and %q", row.from, row.to, s, d, row.source, row.destination)
		}
	}
}

// FuzzQuestion:  go test -run '^$' -fuzz '^FuzzQuestion$' ./internal/question
// Whatever is asked, it is bound or refused, and what is bound gets an answer.
func FuzzQuestion(f *testing.F) {
	s := sampleMesh(f)
	f.Add("sleep.foo", "httpbin.bar:8000/ip", "", "GET", "x-a", "b")
	f.Add("outside", "http://shop.example.com/", "istio-ingressgateway.istio-system", "POST", "host", "other")
	f.Add("foo/sleep", "https://[::1]:1/?a=%zz", "10.2.0.11:80", "", "cookie", "a=b; c")
	f.Add("sa/sleep.legacy", "tcp://reviews.bar:9080", "pod/x", "PRI", ":path", "\x00")
	f.Fuzz(func(t *testing.T, from, to, via, method, name, value string) {
		q := question.Question{From: from, To: to, Via: via, Method: method, Headers: flow.Headers{{Name: name, Value: value}}}
		q.Namespaces()
		r, err := q.Bind(s)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error without words")
			}
			return
		}
		if _, v := resolve.Answer(s, r); len(v.Outcomes) == 0 {
			t.Errorf("no answer to %+v", q)
		}
	})
}
