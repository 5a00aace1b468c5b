package truth

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

var full = flag.Bool("full", false, "ask every recorded request, not a part of them")

// some calls f with the requests of a case that the plugin has words for: with -full all of them, else one of so many, and fewer of the
// generated ones.
func some(c *Case, oneOf int, f func(q question.Question) error) error {
	if c.Area == "random" {
		oneOf *= 5
	}
	return c.Questions(func(i int, q question.Question) error {
		if !*full && (i+len(c.Name))%oneOf != 0 {
			return nil
		}
		return f(q)
	})
}

// each calls f with every recorded case and its snapshot.
func each(t *testing.T, f func(c *Case, s *mesh.Snapshot) error) {
	t.Helper()
	err := Each(recordings, func(_ int, c *Case) error {
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		return f(c, s)
	})
	if err != nil {
		t.Error(err)
	}
}

// report is the JSON of an answer.
func report(s *mesh.Snapshot, q question.Question) ([]byte, *explain.Explanation, error) {
	bound, err := q.Bind(s)
	if err != nil {
		return nil, nil, err
	}
	e := explain.Explain(s, bound, explain.Options{Brief: true})
	data, err := json.Marshal(e)
	return data, e, err
}

// objects are the objects of a snapshot.
func objects(s *mesh.Snapshot) []metav1.Object {
	var out []metav1.Object
	s.Each(func(_ mesh.Kind, o metav1.Object) { out = append(out, o) })
	return out
}

// TestOrderDoesNotMatter shuffles all lists: the reports stay the same, byte for byte.
func TestOrderDoesNotMatter(t *testing.T) {
	each(t, func(c *Case, s *mesh.Snapshot) error {
		list := objects(s)
		rand.New(rand.NewSource(1)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		shuffled := mesh.Collect(list)
		if err := c.date(shuffled); err != nil {
			return err
		}
		return some(c, 6, func(q question.Question) error {
			a, _, err := report(s, q)
			if err != nil {
				return err
			}
			b, _, err := report(shuffled, q)
			if err != nil {
				return err
			}
			if !bytes.Equal(a, b) {
				return fmt.Errorf("another order gives another report:\n%s\n%s", a, b)
			}
			return nil
		})
	})
}

// unrelated are objects of a namespace that nobody in the recorded meshes has to do with.
const unrelated = `
apiVersion: v1
kind: Namespace
metadata: {name: elsewhere}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: none, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: broken, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {jwtRules: [{issuer: x, jwks: "{}"}]}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: ["./*"]}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: all, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {host: "*.local", exportTo: ["."], trafficPolicy: {tls: {mode: DISABLE}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: all, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {hosts: ["*"], exportTo: ["."], http: [{fault: {abort: {httpStatus: 418, percentage: {value: 100}}}, route: [{destination: {host: nobody}}]}]}
---
apiVersion: networking.istio.io/v1
kind: EnvoyFilter
metadata: {name: all, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {configPatches: [{applyTo: HTTP_FILTER, patch: {operation: INSERT_FIRST, value: {name: x}}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: wp, namespace: elsewhere, labels: {istio.io/waypoint-for: all}, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: All}}}]}
status: {addresses: [{type: Hostname, value: wp.elsewhere.svc.cluster.local}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: class, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {action: DENY, targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}, {kind: Service, name: s}, {group: gateway.networking.k8s.io, kind: Gateway, name: wp}], rules: [{}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: s, namespace: elsewhere, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {parentRefs: [{group: "", kind: Service, name: s, namespace: app}], rules: [{matches: [{path: {value: /nowhere}}], backendRefs: [{name: nobody, port: 80}]}]}
`

// TestUnrelatedNamespace adds objects of another namespace that export nothing: verdicts stay the same.
func TestUnrelatedNamespace(t *testing.T) {
	more, err := manifest.Source{Stdin: bytes.NewReader([]byte(unrelated))}.Objects("-")
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(c *Case, s *mesh.Snapshot) error {
		wider := s.Put(more...)
		return some(c, 6, func(q question.Question) error {
			_, a, err := report(s, q)
			if err != nil {
				return err
			}
			_, b, err := report(wider, q)
			if err != nil {
				return err
			}
			if explain.Compare(a, b).Changed {
				return fmt.Errorf("it became %s", b.Verdict.Summary)
			}
			return nil
		})
	})
}

// TestRoundTrip: report -> JSON -> report is the identity.
func TestRoundTrip(t *testing.T) {
	each(t, func(c *Case, s *mesh.Snapshot) error {
		return some(c, 6, func(q question.Question) error {
			first, _, err := report(s, q)
			if err != nil {
				return err
			}
			var e explain.Explanation
			d := json.NewDecoder(bytes.NewReader(first))
			d.DisallowUnknownFields()
			if err := d.Decode(&e); err != nil {
				return err
			}
			second, err := json.Marshal(&e)
			if err == nil && !bytes.Equal(first, second) {
				err = fmt.Errorf("read back it is another report:\n%s\n%s", first, second)
			}
			return err
		})
	})
}
