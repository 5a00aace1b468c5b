package resolve_test

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/mesh-why/mesh-why/internal/manifest"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// verdict asks a mesh of the review's base and some objects.
func answered(t *testing.T, objects, from, to, via string) flow.Verdict {
	t.Helper()
	base, err := os.ReadFile("../findings/testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := manifest.Source{Stdin: bytes.NewReader(slices.Concat(base, []byte("---\n"), []byte(objects)))}.Snapshot("-")
	if err != nil {
		t.Fatal(err)
	}
	q, err := question.Question{From: from, To: to, Via: via, Namespace: "default", Now: time.Unix(1_800_000_000, 0)}.Bind(s)
	if err != nil {
		t.Fatal(err)
	}
	return verdict.Decide(resolve.Run(s, q))
}

func rule(policy string) string {
	return `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d, namespace: foo}
spec: {host: "*.svc.cluster.local", trafficPolicy: {` + policy + `}}
`
}

func meshConfig(lines string) string {
	return `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "` + lines + `"}
`
}

// What a DestinationRule or the mesh config asks for beside TLS: it changes the answer, leaves it open, or does neither.
func TestPolicyBlocks(t *testing.T) {
	const plain, sidecar, bytes = "http://httpbin.legacy:8000/", "http://httpbin.bar:8000/", "http://httpbin.bar:9000/"
	const upgrade = "connectionPool: {http: {h2UpgradePolicy: UPGRADE}}"
	tests := []struct {
		name, objects, to string
		reason            flow.Reason
		settled           bool
	}{
		{"upgrade meets an application of HTTP/1.1", rule(upgrade), plain, flow.ProtocolMismatch, true},
		{"upgrade meets a sidecar", rule(upgrade), sidecar, flow.Reached, true},
		{"upgrade for another port", rule("portLevelSettings: [{port: {number: 1}, " + upgrade + "}]"), plain, flow.Reached, true},
		{"upgrade of the port, which replaces what is above", rule(upgrade + ", portLevelSettings: [{port: {number: 8000}, tls: {mode: DISABLE}}]"), plain, flow.Reached, true},
		{"upgrade by the mesh", meshConfig("h2UpgradePolicy: UPGRADE"), plain, flow.ProtocolMismatch, true},
		{"upgrade by the mesh, not here", meshConfig("h2UpgradePolicy: UPGRADE") + "---" + rule("connectionPool: {http: {h2UpgradePolicy: DO_NOT_UPGRADE}}"), plain, flow.Reached, true},
		{"upgrade by the mesh's default policy", meshConfig("defaultTrafficPolicy: {connectionPool: {http: {h2UpgradePolicy: UPGRADE}}}"), plain, flow.ProtocolMismatch, true},
		{"the client's protocol", rule("connectionPool: {http: {useClientProtocol: true}}"), plain, flow.Reached, true},
		{"limits", rule("connectionPool: {http: {http1MaxPendingRequests: 1}, tcp: {maxConnections: 1}}"), plain, flow.Reached, true},
		{"a PROXY header", rule("proxyProtocol: {version: V2}"), sidecar, flow.Reached, false},
		{"a tunnel for bytes", rule("tunnel: {targetHost: x.example.com, targetPort: 443}"), bytes, flow.Reached, false},
		{"a tunnel, which HTTP does not take", rule("tunnel: {targetHost: x.example.com, targetPort: 443}"), sidecar, flow.Reached, true},
		{"shares by locality, for proxies elsewhere", rule("loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}]}}"), sidecar, flow.Reached, true},
		{"shares by locality, switched off", rule("loadBalancer: {localityLbSetting: {enabled: false, distribute: [{from: a, to: {b: 100}}]}}"), sidecar, flow.Reached, true},
		{"shares by locality in the mesh, for proxies elsewhere", meshConfig("localityLbSetting: {distribute: [{from: a, to: {b: 100}}]}"), sidecar, flow.Reached, true},
		{"objects from elsewhere", meshConfig("configSources: [{address: 'xds://config.example.com:15010'}]"), sidecar, flow.Reached, false},
		{"objects from the cluster", meshConfig("configSources: [{address: 'k8s://'}]"), sidecar, flow.Reached, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := answered(t, tt.objects, "sleep.foo", tt.to, "")
			if v.Settled != tt.settled || !slices.ContainsFunc(v.Outcomes, func(o flow.Outcome) bool { return o.Reason == tt.reason }) {
				t.Errorf("settled %v with %v, want %v with %s", v.Settled, reasons(v), tt.settled, tt.reason)
			}
			if !tt.settled && len(v.Gaps) == 0 {
				t.Error("no gap tells why it is not settled")
			}
		})
	}
}

func reasons(v flow.Verdict) []flow.Reason {
	var out []flow.Reason
	for _, o := range v.Outcomes {
		out = append(out, o.Reason)
	}
	return out
}

// The weights of endpoints share the connections. One of the two wants mutual TLS, which nobody gives it, and bytes are not tried again.
func TestWeights(t *testing.T) {
	for _, tt := range []struct {
		first, second string
		reached       float64
	}{{"", "", 0.5}, {"weight: 3, ", "weight: 1, ", 0.75}, {"weight: 4, ", "", 0.8}} {
		v := answered(t, `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vms, namespace: foo}
spec:
  hosts: [vms.example.com]
  addresses: [192.0.2.1]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 9555, name: tcp, protocol: TCP}]
  endpoints:
  - {address: 10.1.0.16, `+tt.first+`ports: {tcp: 8080}}
  - {address: 10.1.0.14, `+tt.second+`ports: {tcp: 8080}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: bar}
spec: {mtls: {mode: STRICT}}
`, "sleep.foo", "http://192.0.2.1:9555/", "")
		got := 0.0
		for _, o := range v.Outcomes {
			if o.Kind == flow.Reaches {
				got += o.Share
			}
		}
		if got != tt.reached {
			t.Errorf("%q and %q: %v of the connections reach, want %v (%v)", tt.first, tt.second, got, tt.reached, reasons(v))
		}
	}
}

// A server that lists several credentials needs all of them, as far as Secrets are known.
func TestCredentialNames(t *testing.T) {
	server := func(tls string) string {
		return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: SIMPLE, ` + tls + `}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: istio-system}
spec:
  hosts: ["*"]
  gateways: [g]
  http: [{route: [{destination: {host: httpbin.bar.svc.cluster.local, port: {number: 8000}}}]}]
---
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata: {name: one, namespace: istio-system}
`
	}
	for tls, lost := range map[string]bool{
		"credentialName: one": false, "credentialName: two": true, "credentialNames: [one]": false, "credentialNames: [one, two]": true,
	} {
		v := answered(t, server(tls), "outside", "https://shop.example.com/", "istio-ingressgateway.istio-system")
		if got := slices.Contains(reasons(v), flow.CredentialMissing); got != lost {
			t.Errorf("%s: %v, want CredentialMissing %v", tls, reasons(v), lost)
		}
	}
}
