package cluster

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const authorities = `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: there, namespace: foo}
spec: {targetRefs: [{group: "", kind: Service, name: a}], validation: {hostname: a, caCertificateRefs: [{group: "", kind: ConfigMap, name: istio-ca}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: gone, namespace: bar}
spec: {targetRefs: [{group: "", kind: Service, name: b}], validation: {hostname: b, caCertificateRefs: [{group: "", kind: ConfigMap, name: gone}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: elsewhere, namespace: other}
spec: {targetRefs: [{group: "", kind: Service, name: c}], validation: {hostname: c, caCertificateRefs: [{group: "", kind: ConfigMap, name: far}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: foo}
spec: {gatewayClassName: istio, listeners: [{name: https, port: 443, protocol: HTTPS}],
  tls: {frontend: {default: {validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: clients, namespace: other}]}}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: clients, namespace: other}
data: {ca.crt: text}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-ca, namespace: foo}
data: {ca.crt: text}
`

// Certificate authorities of BackendTLSPolicies and Gateways are read by their names, in the namespaces that matter; what is not known of them says
// nothing of the mesh config.
func TestAuthorities(t *testing.T) {
	file := filepath.Join(t.TempDir(), "authorities.yaml")
	if err := os.WriteFile(file, []byte(authorities), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFake(t, "testdata/mesh.yaml", file)
	of := func(s *mesh.Snapshot, namespace, name string) (bool, []mesh.Gap) {
		_, found, gaps := s.ConfigMaps.Get(namespace, name)
		return found, gaps
	}
	r := f.reader(t, Options{})
	s := snapshot(t, r, bothNeeded)
	if found, gaps := of(s, "foo", "istio-ca"); !found || len(gaps) > 0 {
		t.Errorf("istio-ca: found %t, %v", found, gaps)
	}
	if found, gaps := of(s, "bar", "gone"); found || len(gaps) > 0 {
		t.Errorf("gone: found %t, %v; want it known that there is none", found, gaps)
	}
	if found, gaps := of(s, "other", "clients"); !found || len(gaps) > 0 {
		t.Errorf("clients: found %t, %v", found, gaps)
	}
	if _, gaps := of(s, "other", "far"); len(gaps) != 1 || gaps[0].Cause != mesh.Failed {
		t.Errorf("far: %v, want it unread", gaps)
	}
	if len(s.Config.Gaps) > 0 || s.Config.Ref.Name != "istio" {
		t.Errorf("mesh config: %s, %v", s.Config.Ref, s.Config.Gaps)
	}
	if _, gaps := of(snapshot(t, r, Need{All: true}), "other", "far"); len(gaps) > 0 {
		t.Errorf("far: %v, want it looked for with all else", gaps)
	}

	f.May = func(a asked) bool { return a.API.Kind != mesh.ConfigMap || a.Name == "istio" }
	s = snapshot(t, f.reader(t, Options{}), bothNeeded)
	if _, gaps := of(s, "foo", "istio-ca"); len(gaps) != 1 || gaps[0].CanI() != "kubectl auth can-i get configmaps/istio-ca -n foo" {
		t.Errorf("istio-ca: %v, want it refused", gaps)
	}
	if len(s.Config.Gaps) > 0 {
		t.Errorf("mesh config: %v", s.Config.Gaps)
	}
}
