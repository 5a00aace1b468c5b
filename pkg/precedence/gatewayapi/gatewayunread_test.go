package gatewayapi_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/gateway"
	"github.com/mesh-why/mesh-why/pkg/precedence/gatewayapi"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
)

func load(t *testing.T, name string) *mesh.Snapshot {
	t.Helper()
	return snapshot(t, golden.Load(t, gatewayCases+"/"+name+".txtar"))
}

// TestGatewayAPIUnread: what could not be read is a gap where something rests on it, and only there.
func TestGatewayAPIUnread(t *testing.T) {
	for _, c := range []struct {
		name, from string
		hide       mesh.Kind
		namespaces []string
		want       []string // kind and namespace of each gap
	}{
		{"everything is known", "backends", "", nil, nil},
		{"Gateways", "backends", mesh.KubeGateway, nil, []string{"Gateway.gateway.networking.k8s.io "}},
		{"classes of built-in names", "backends", mesh.GatewayClass, nil, nil},
		{"classes of other names", "classes", mesh.GatewayClass, nil, []string{"GatewayClass "}},
		{"grants where some are asked for", "backends", mesh.ReferenceGrant, nil, []string{"ReferenceGrant "}},
		{"grants of a namespace that is referred to", "backends", mesh.ReferenceGrant, []string{"foo"}, []string{"ReferenceGrant foo"}},
		{"grants of another namespace", "backends", mesh.ReferenceGrant, []string{"bar"}, nil},
		{"grants where none are asked for", "matches", mesh.ReferenceGrant, nil, nil},
		{"ListenerSets that are allowed", "listenersets", mesh.ListenerSet, nil, []string{"ListenerSet "}},
		{"ListenerSets that are not", "backends", mesh.ListenerSet, nil, nil},
		{"labels of namespaces that are selected by", "allowed-routes", mesh.Namespace, nil, []string{"Namespace "}},
		{"labels of namespaces that are not", "backends", mesh.Namespace, nil, nil},
		{"routes that open a port", "tcp", mesh.TCPRoute, nil, []string{"TCPRoute "}},
		{"TLSRoutes", "tls", mesh.TLSRoute, nil, []string{"TLSRoute "}},
		{"TCPRoutes where no port is theirs", "backends", mesh.TCPRoute, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(t, c.from)
			if c.hide != "" {
				s = s.Hide(c.hide, c.namespaces...)
			}
			pods, _ := s.Pods.All()
			var got []string
			for _, g := range gateway.Of(s, pods[0]).Gaps {
				got = append(got, string(g.Kind)+" "+g.Namespace)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestUnreadBackends: what could not be read is taken to be there, so that nothing is called a fault that may be none.
func TestUnreadBackends(t *testing.T) {
	s := load(t, "backends").Hide(mesh.Service, "bar").Hide(mesh.ReferenceGrant, "istio-system").Hide(mesh.ServiceEntry, "bar")
	for _, c := range gatewayapi.RouteProblems(s) {
		if c.Why == precedence.BackendNotFound || c.Ref.Field == "spec.rules[3].backendRefs[0]" {
			t.Errorf("%v is called %s", c.Ref, c.Why)
		}
	}
	s = load(t, "mesh").Hide(mesh.Service, "bar")
	for _, c := range gatewayapi.RouteProblems(s) {
		if c.Why == precedence.NoMatchingParent {
			t.Errorf("%v is called %s", c.Ref, c.Why)
		}
	}
	s = load(t, "parent-refs").Hide(mesh.KubeGateway, "bar")
	for _, c := range gatewayapi.RouteProblems(s) {
		if c.Ref.Name == "nogateway" {
			t.Errorf("%v is called %s", c.Ref, c.Why)
		}
	}
}

// TestGatewayAPIOrder: the order in which objects come does not matter.
func TestGatewayAPIOrder(t *testing.T) {
	for _, name := range []string{"precedence", "listenersets", "conflicts", "hostnames", "namesakes", "mesh-ports", "tls"} {
		s := load(t, name)
		want := describe(s)
		var objects []metav1.Object
		s.Each(func(_ mesh.Kind, o metav1.Object) { objects = append(objects, o) })
		r := rand.New(rand.NewPCG(1, 2))
		for range 10 {
			r.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
			if got := describe(mesh.Collect(objects)); got != want {
				t.Fatalf("%s: got\n%s\nwant\n%s", name, got, want)
			}
		}
	}
}

// TestLostRoutes finds the routes that would have had a host name.
func TestLostRoutes(t *testing.T) {
	for _, c := range []struct{ from, host, want string }{
		{"void-routes", "header.test", "HTTPRoute bar/header spec.rules[1].filters[0]"},
		{"void-routes", "mirror.test", ""}, // a mirror that is left out loses nothing
		{"backends", "a.test", ""},         // nor does a backend that does not exist
		{"hostnames", "X.a.test", "HTTPRoute bar/any spec.hostnames[0], HTTPRoute bar/wide spec.hostnames[0]"},
		{"hostnames", "bad.a.test", ""},
		{"allowed-routes", "same.test", "HTTPRoute bar/bar spec.hostnames[0], HTTPRoute bar/onlysame spec.parentRefs[0]"},
		{"namesakes", "g.test", "GRPCRoute bar/x metadata.name"},
		{"namesakes", "i.test", ""},
		{"void-routes", "grpcmirror.test", "GRPCRoute bar/grpcmirror spec.rules[1].filters[0]"},
		{"mesh", "nope.bar.svc.cluster.local", "HTTPRoute bar/missing spec.parentRefs[0]"},
	} {
		var got []string
		for _, p := range gatewayapi.LostRoutes(load(t, c.from), c.host) {
			got = append(got, p.Ref.String())
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s %s: got %s, want %s", c.from, c.host, strings.Join(got, ", "), c.want)
		}
	}
}

// TestNotProgrammedAt finds what would have opened a port of a pod.
func TestNotProgrammedAt(t *testing.T) {
	for _, c := range []struct {
		from string
		port int
		want string
	}{
		{"certificates", 8080, ""},
		{"protocols", 8080, "spec.listeners[0].protocol"},
		{"protocols", 8443, "spec.listeners[2].tls"},
		{"classes", 8080, "spec.gatewayClassName, spec.gatewayClassName, spec.gatewayClassName"},
		{"addresses", 8080, ""},
		{"conflicts", 8443, "spec.listeners[6]"},
		{"listenersets-default", 8080, "spec.parentRef, spec.parentRef"},
	} {
		s := load(t, c.from)
		pods, _ := s.Pods.All()
		var got []string
		for _, p := range gatewayapi.NotProgrammedAt(s, pods[0], c.port) {
			got = append(got, p.Ref.Field)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s %d: got %s, want %s", c.from, c.port, strings.Join(got, ", "), c.want)
		}
	}
}

// TestFields: a reader finds each part where the object has it.
func TestFields(t *testing.T) {
	s := load(t, "filters")
	route := routing.VirtualServices(s)[0]
	for _, c := range []struct{ got, want string }{
		{route.Field("gateways").Field, "spec.parentRefs"},
		{route.Field("hosts").Field, "spec.hostnames"},
		{route.Field("exportTo").Field, ""},
		{route.RouteLists()[0].String(), "HTTPRoute bar/a spec.rules"},
		{route.Sources()[0].String(), "HTTPRoute bar/a"},
		{route.HTTP[0].Part("redirect").Field, "spec.rules[2].filters[0].requestRedirect"},
		{route.HTTP[0].Part("match[0]").Field, "spec.rules[2].matches[0]"},
		{route.HTTP[0].Part("match[0].headers").Field, "spec.rules[2].matches[0].headers"},
		{route.HTTP[0].Part("fault.abort").Field, "spec.rules[2]"},
		{config.HostField(mesh.Ref{Kind: mesh.HTTPRoute, Field: "spec.rules[0].backendRefs[1]"}).Field, "spec.rules[0].backendRefs[1].name"},
		{config.HostField(mesh.Ref{Kind: mesh.TLSRoute, Field: "spec.rules[0]"}).Field, "spec.rules[0]"},
		{config.HostField(mesh.Ref{Kind: mesh.VirtualService, Field: "spec.http[0].route[0].destination"}).Field, "spec.http[0].route[0].destination.host"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	own := &config.VirtualService{Ref: mesh.Ref{Kind: mesh.VirtualService, Namespace: "bar", Name: "v"}}
	entry := config.HTTPRoute{Ref: own.Ref.At("spec.http[1]")}
	for _, c := range []struct{ got, want string }{
		{own.Field("gateways").Field, "spec.gateways"},
		{own.RouteLists()[0].String(), "VirtualService bar/v spec.http"},
		{own.Sources()[0].String(), "VirtualService bar/v"},
		{entry.Part("route[0].destination").Field, "spec.http[1].route[0].destination"},
		{(&config.GatewayServer{Ref: mesh.Ref{Field: "spec.servers[0]"}}).Part("hosts").Field, "spec.servers[0].hosts"},
		{(&config.GatewayServer{Ref: mesh.Ref{Field: "spec.listeners[0]"}, API: true}).Part("hosts").Field, "spec.listeners[0].hostname"},
		{(&config.GatewayServer{Ref: mesh.Ref{Field: "spec.listeners[0]"}, API: true}).Part("tls.credentialName").Field, "spec.listeners[0].tls.certificateRefs"},
		{(&config.GatewayServer{Ref: mesh.Ref{Field: "spec.listeners[0]"}, API: true}).Part("tls").Field, "spec.listeners[0].tls"},
		{config.Route{VS: own, HTTP: entry, Ref: entry.Part("match[2]")}.Condition("uri"), "spec.http[1].match[2].uri"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
