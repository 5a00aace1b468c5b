package test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// Sizes of a namespace of a large mesh: its services, the pods behind each, and policies for each.
const (
	largeServices = 5
	largePods     = 10
)

type fields = map[string]any

// Large is a mesh of so many namespaces, each with 5 Services of 10 pods, with policies, routes and rules for each; and of so many more
// that hold as many pods and policies, which cannot matter to a question about the first ones.
func Large(namespaces, idle int) []*unstructured.Unstructured {
	l := &large{namespaces: namespaces}
	l.add("v1", "Namespace", "", "istio-system", nil)
	l.add("v1", "ConfigMap", "istio-system", "istio", fields{"data": fields{"mesh": "trustDomain: cluster.local\n"}})
	l.add("security.istio.io/v1", "PeerAuthentication", "istio-system", "default", fields{"spec": fields{"mtls": fields{"mode": "STRICT"}}})
	for n := range namespaces {
		l.namespace(n)
	}
	for n := range idle {
		ns := fmt.Sprintf("idle-%d", n)
		l.add("v1", "Namespace", "", ns, nil)
		for a := range largeServices {
			l.workload(ns, n, a)
		}
	}
	return l.objects
}

type large struct {
	namespaces, pods, services int
	objects                    []*unstructured.Unstructured
}

func (l *large) add(version, kind, namespace, name string, body fields) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: fields{"apiVersion": version, "kind": kind}}
	for k, v := range body {
		o.Object[k] = v
	}
	o.SetName(name)
	o.SetNamespace(namespace)
	l.objects = append(l.objects, o)
	return o
}

func (l *large) namespace(n int) {
	ns := fmt.Sprintf("team-%d", n)
	l.add("v1", "Namespace", "", ns, nil).SetLabels(map[string]string{"istio-injection": "enabled"})
	for a := range largeServices {
		l.service(ns, n, a)
	}
	if n%4 == 0 {
		l.add("networking.istio.io/v1", "Sidecar", ns, "default", fields{"spec": fields{"egress": []any{fields{"hosts": []any{"./*", "istio-system/*", fmt.Sprintf("team-%d/*", n+1)}}}}})
		l.add("networking.istio.io/v1", "ServiceEntry", ns, "api", fields{"spec": fields{"hosts": []any{fmt.Sprintf("api-%d.example.com", n)}, "resolution": "DNS",
			"ports": []any{fields{"number": int64(443), "name": "https", "protocol": "TLS"}}}})
	}
}

func (l *large) service(ns string, n, a int) {
	app := fmt.Sprintf("app-%d", a)
	host := app + "." + ns + ".svc.cluster.local"
	endpoints := l.workload(ns, n, a)
	l.services++
	l.add("v1", "Service", ns, app, fields{"spec": fields{"selector": fields{"app": app}, "clusterIP": fmt.Sprintf("10.96.%d.%d", 1+l.services/250, 1+l.services%250),
		"ports": []any{fields{"name": "http", "port": int64(8080), "targetPort": int64(8080), "protocol": "TCP"}}}})
	l.add("discovery.k8s.io/v1", "EndpointSlice", ns, app+"-1", fields{"addressType": "IPv4", "endpoints": endpoints,
		"ports": []any{fields{"name": "http", "port": int64(8080), "protocol": "TCP"}}}).SetLabels(map[string]string{"kubernetes.io/service-name": app})
	if a%2 == 0 {
		l.add("networking.istio.io/v1", "DestinationRule", ns, app, fields{"spec": fields{"host": host, "subsets": []any{fields{"name": "v1", "labels": fields{"version": "v1"}}}}})
		l.add("networking.istio.io/v1", "VirtualService", ns, app, fields{"spec": fields{"hosts": []any{host}, "http": []any{
			fields{"match": []any{fields{"uri": fields{"prefix": "/v2"}}}, "route": []any{fields{"destination": fields{"host": host}}}}, fields{"route": []any{fields{"destination": fields{"host": host}}}}}}})
	}
}

// workload adds pods and their policies, and returns their endpoints.
func (l *large) workload(ns string, n, a int) (endpoints []any) {
	app := fmt.Sprintf("app-%d", a)
	for p := range largePods {
		endpoints = append(endpoints, l.pod(ns, app, fmt.Sprintf("%s-%d", app, p)))
	}
	selector := fields{"matchLabels": fields{"app": app}}
	caller := fmt.Sprintf("team-%d", (n+l.namespaces-1)%l.namespaces)
	l.add("security.istio.io/v1", "AuthorizationPolicy", ns, "allow-"+app, fields{"spec": fields{"selector": selector, "rules": []any{
		fields{"from": []any{fields{"source": fields{"namespaces": []any{caller, ns}}}}, "to": []any{fields{"operation": fields{"methods": []any{"GET"}, "paths": []any{"/healthz", "/api/*"}}}}}}}})
	l.add("security.istio.io/v1", "AuthorizationPolicy", ns, "deny-"+app, fields{"spec": fields{"selector": selector, "action": "DENY", "rules": []any{
		fields{"from": []any{fields{"source": fields{"notNamespaces": []any{ns}}}}, "to": []any{fields{"operation": fields{"paths": []any{"/internal/*"}}}}}}}})
	return endpoints
}

// pod adds a pod and returns its endpoint.
func (l *large) pod(ns, app, name string) fields {
	l.pods++
	ip := fmt.Sprintf("10.%d.%d.%d", 100+l.pods/62500, l.pods/250%250, 1+l.pods%250)
	var env []any
	for i := range 15 {
		env = append(env, fields{"name": fmt.Sprintf("SETTING_%d", i), "value": "as in any deployment"})
	}
	container := func(name, image string, port int64) fields {
		return fields{"name": name, "image": image, "env": env, "ports": []any{fields{"containerPort": port}}}
	}
	o := l.add("v1", "Pod", ns, name, fields{
		"spec":   fields{"serviceAccountName": app, "containers": []any{container("app", "app:1", 8080), container("istio-proxy", "istio/proxyv2:1.31.1", 15090)}},
		"status": fields{"phase": "Running", "podIP": ip, "podIPs": []any{fields{"ip": ip}}, "conditions": []any{fields{"type": "Ready", "status": "True"}}}})
	o.SetLabels(map[string]string{"app": app, "version": "v1", "security.istio.io/tlsMode": "istio"})
	o.SetAnnotations(map[string]string{"sidecar.istio.io/status": `{"containers":["istio-proxy"],"revision":"default"}`})
	return fields{"addresses": []any{ip}, "conditions": fields{"ready": true}, "targetRef": fields{"kind": "Pod", "namespace": ns, "name": name}}
}

// Load creates objects that are not there yet, many at a time. Namespaces come first.
func (a *admin) Load(ctx context.Context, objects []*unstructured.Unstructured) error {
	for _, namespaces := range []bool{true, false} {
		work, failed := make(chan *unstructured.Unstructured), make(chan error, 1)
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() {
				for o := range work {
					if err := a.load(ctx, o); err != nil {
						select {
						case failed <- fmt.Errorf("%s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err):
						default:
						}
					}
				}
			})
		}
		for _, o := range objects {
			if (o.GetKind() == "Namespace") == namespaces {
				work <- o
			}
		}
		close(work)
		wait.Wait()
		select {
		case err := <-failed:
			return err
		default:
		}
	}
	return nil
}

func (a *admin) load(ctx context.Context, o *unstructured.Unstructured) error {
	p, ok := path(o)
	if !ok {
		return errors.New("a kind that nothing here needs")
	}
	data, err := o.MarshalJSON()
	if err != nil {
		return err
	}
	if err := a.rest.Post().AbsPath(p).SetHeader("Content-Type", "application/json").Body(data).Do(ctx).Error(); err != nil || o.GetKind() != "Pod" {
		return err
	}
	return a.rest.Patch(types.MergePatchType).AbsPath(p, o.GetName(), "status").Body(data).Do(ctx).Error()
}
