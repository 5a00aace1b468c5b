package cluster

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
)

// ambientMesh has a captured pod whose Service uses a waypoint of another namespace, and two ztunnels of a revision.
const ambientMesh = `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "rootNamespace: istio-system"}
---
apiVersion: v1
kind: Namespace
metadata: {name: app, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: infra}
---
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Pod
metadata: {name: s, namespace: app, labels: {app: s}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {containers: [{name: app, image: x}]}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: app, labels: {istio.io/use-waypoint: far, istio.io/use-waypoint-namespace: infra}}
spec: {clusterIP: 10.9.0.1, selector: {app: s}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: far, namespace: infra}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: All}}}]}
status: {addresses: [{type: Hostname, value: far.infra.svc.cluster.local}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: far-1, namespace: infra, labels: {kubernetes.io/service-name: far}}
addressType: IPv4
ports: [{name: mesh, port: 15008}]
endpoints:
- {addresses: [10.0.0.7], conditions: {ready: true}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: far, namespace: infra, labels: {gateway.istio.io/managed: istio.io-mesh-controller, gateway.networking.k8s.io/gateway-name: far}}
spec: {replicas: 2, template: {spec: {containers: [{name: istio-proxy, image: "istio/proxyv2:1.31.0", env: [{name: TOKEN, value: secret}]}]}}}
status: {observedGeneration: 1, replicas: 2, readyReplicas: 1}
---
apiVersion: v1
kind: Pod
metadata: {name: ztunnel-1, namespace: istio-system, labels: {app: ztunnel, istio.io/rev: canary}}
spec: {containers: [{name: istio-proxy, image: "istio/ztunnel:1.31.0"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ztunnel-2, namespace: istio-system, labels: {app: ztunnel, istio.io/rev: canary}}
spec: {containers: [{name: istio-proxy, image: "istio/ztunnel:1.31.0"}]}
`

// TestAmbient: what ambient mode needs beside the question's own namespace is one pod of the ztunnels, which tells their release, and of a waypoint's
// namespace what acts on requests through it; all of that is less than 40 requests.
func TestAmbient(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mesh.yaml")
	if err := os.WriteFile(file, []byte(ambientMesh), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFake(t, file)
	r := f.reader(t, Options{})
	s := snapshot(t, r, Need{Namespaces: []string{"app"}})
	if !s.Has(mesh.Ref{Kind: mesh.Pod, Namespace: "istio-system", Name: "ztunnel-1"}) || s.Has(mesh.Ref{Kind: mesh.Pod, Namespace: "istio-system", Name: "ztunnel-2"}) {
		t.Error("want one pod of the ztunnels, and no more")
	}
	need := r.Wants(gapsIn(s, mesh.EndpointSlice, "infra"))
	if len(need.Namespaces) > 0 || !slices.Equal(need.Kinds[mesh.AuthorizationPolicy], []string{"infra"}) || need.Kinds[mesh.PeerAuthentication] != nil {
		t.Fatalf("wants %+v, want what acts through a waypoint of infra", need)
	}
	s = snapshot(t, r, need)
	noWrongSilence(t, f, s)
	for _, k := range ofWaypoint {
		if gaps := gapsIn(s, k, "infra"); len(gaps) > 0 {
			t.Errorf("%s of infra: %v, want it read", k, gaps)
		}
	}
	if slices.ContainsFunc(f.Requests(), func(p string) bool { return strings.Contains(p, "deployments") }) {
		t.Error("the Deployments of waypoints were asked for, though one has a pod that is ready")
	}
	if s.Version.Ztunnel != (release.Release{Major: 1, Minor: 31}) {
		t.Errorf("ztunnel %s, want 1.31", s.Version.Ztunnel)
	}
	t.Logf("%d requests", len(f.Asked))
	if n := len(f.Asked); n >= 40 {
		t.Errorf("%d requests for one question:\n%s", n, strings.Join(f.Requests(), "\n"))
	}
	// A request that goes to a pod of that namespace needs the rest of it.
	if need := r.Wants(gapsIn(s, mesh.PeerAuthentication, "infra")); !slices.Equal(need.Namespaces, []string{"infra"}) {
		t.Errorf("wants %+v, want namespace infra", need)
	}
}

// TestWithoutAmbient: nobody asks for ztunnels where nothing is captured.
func TestWithoutAmbient(t *testing.T) {
	f := newFake(t)
	snapshot(t, f.reader(t, Options{}), bothNeeded)
	if slices.ContainsFunc(f.Requests(), func(p string) bool { return strings.Contains(p, "ztunnel") || strings.Contains(p, "deployments") }) {
		t.Error("ztunnels, or Deployments, were asked for")
	}
}

// TestDesertedWaypoint: where no pod of a waypoint is ready, its Deployment is read, and of it no more than how many pods it wants and has.
func TestDesertedWaypoint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mesh.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(ambientMesh, "ready: true", "ready: false", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFake(t, file)
	r := f.reader(t, Options{})
	s := snapshot(t, r, Need{Namespaces: []string{"app"}})
	s = snapshot(t, r, r.Wants(gapsIn(s, mesh.EndpointSlice, "infra")))
	d := s.DeploymentOf(mesh.Ref{Kind: mesh.KubeGateway, Namespace: "infra", Name: "far"})
	if d == nil || mesh.Replicas(d) != 2 || d.Status.ReadyReplicas != 1 || len(d.Spec.Template.Spec.Containers) != 0 {
		t.Errorf("Deployment of the waypoint: %+v, want how many pods it wants and has, and no more", d)
	}
}
