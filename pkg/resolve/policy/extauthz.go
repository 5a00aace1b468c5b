package policy

import (
	"strconv"
	"strings"

	meshconfig "istio.io/api/mesh/v1alpha1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/precedence"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/routing"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
	"github.com/mesh-why/mesh-why/pkg/resolve/verdict"
)

// provider is an external authorizer of the mesh config.
type provider struct {
	name      string
	at        mesh.Ref
	hidden    []mesh.Gap // where its service may be, if it is broken for want of one
	broken    mesh.Ref   // the field because of which istiod does not use it; zero for a usable one
	flaw      []string   // what is wrong there, for the sentence
	grpc      bool
	service   string
	port      int
	failOpen  bool
	onError   int
	prefix    string
	headers   []string
	writes    []string // headers that its answer sets where it allows; nil with grpc, which may set any
	bodyLimit int      // of bytes that the check may carry; 0 where it carries none
	partial   bool
}

// providerOf finds a provider and judges it as istiod does (pilot/pkg/security/authz/builder/extauthz.go).
func providerOf(s *mesh.Snapshot, name string) provider {
	list := s.Config.Proto.GetExtensionProviders()
	p := provider{name: name, broken: s.Config.Field("extensionProviders")}
	var names []string
	found := 0
	for i, e := range list {
		if e.Name != name {
			names = append(names, e.Name)
			continue
		}
		if found++; found > 1 {
			p.breaks(s.Config.Field("extensionProviders["+strconv.Itoa(i)+"].name"), flow.NoteProviderTwice, name)
			return p
		}
		p.at = s.Config.Field("extensionProviders[" + strconv.Itoa(i) + "]")
		p.read(s, e)
	}
	if found == 1 && !s.Version.Istiod.Before(release.Release{Major: 1, Minor: 30}) && !dnsLabel(name) {
		p.breaks(p.at.At(p.at.Field+".name"), flow.NoteProviderField, "name", name)
	}
	switch {
	case found == 0 && name == "":
		p.breaks(p.broken, flow.NoteProviderUnnamed)
	case found == 0:
		const most = 8
		p.breaks(p.broken, flow.NoteProviderMissing, name, strings.Join(names[:min(len(names), most)], ", "))
	}
	return p
}

// breaks notes why a provider cannot be used.
func (p *provider) breaks(at mesh.Ref, why flow.Note, args ...string) {
	p.broken, p.flaw = at, append([]string{flow.CodeMark + string(why)}, args...)
}

func (p *provider) read(s *mesh.Snapshot, e *meshconfig.MeshConfig_ExtensionProvider) {
	bad := func(field string) { p.breaks(p.at.At(p.at.Field+"."+field), flow.NoteProviderField, field, p.name) }
	p.broken = mesh.Ref{}
	status := ""
	kind := ""
	switch {
	case e.GetEnvoyExtAuthzHttp() != nil:
		x := e.GetEnvoyExtAuthzHttp()
		kind = "envoyExtAuthzHttp"
		p.service, p.port, p.failOpen, p.prefix, status = x.Service, int(x.Port), x.FailOpen, x.PathPrefix, x.StatusOnError
		p.headers, p.writes = x.IncludeRequestHeadersInCheck, config.Lowered(x.HeadersToUpstreamOnAllow)
		p.bodyLimit, p.partial = int(x.GetIncludeRequestBodyInCheck().GetMaxRequestBytes()), x.GetIncludeRequestBodyInCheck().GetAllowPartialMessage()
		for _, h := range append(append(append(x.IncludeRequestHeadersInCheck, x.HeadersToDownstreamOnDeny...), x.HeadersToDownstreamOnAllow...), x.HeadersToUpstreamOnAllow...) {
			if h == "*" {
				bad(kind)
			}
		}
		if p.prefix != "" && !strings.HasPrefix(p.prefix, "/") {
			bad(kind + ".pathPrefix")
		}
	case e.GetEnvoyExtAuthzGrpc() != nil:
		x := e.GetEnvoyExtAuthzGrpc()
		kind = "envoyExtAuthzGrpc"
		p.grpc = true
		p.service, p.port, p.failOpen, status = x.Service, int(x.Port), x.FailOpen, x.StatusOnError
		p.bodyLimit, p.partial = int(x.GetIncludeRequestBodyInCheck().GetMaxRequestBytes()), x.GetIncludeRequestBodyInCheck().GetAllowPartialMessage()
	default:
		p.breaks(p.at, flow.NoteProviderKind, p.name)
		return
	}
	p.onError = 403
	if status != "" {
		n, err := strconv.Atoi(status)
		if err != nil || !knownStatus(n) {
			bad(kind + ".statusOnError")
		}
		p.onError = n
	}
	if p.port < 1 || p.port > 65535 {
		bad(kind + ".port")
	}
	if p.host(s) == nil {
		if p.broken.IsZero() {
			_, p.hidden = s.Hosts()
		}
		p.breaks(p.at.At(p.at.Field+"."+kind+".service"), flow.NoteProviderService, p.name, p.service)
	}
}

// host finds the provider's service in the registry: name, or namespace/name where several namespaces have the name
// (pilot/pkg/model/extensions.go, LookupCluster).
func (p *provider) host(s *mesh.Snapshot) *mesh.Host {
	ns, name, ok := strings.Cut(p.service, "/")
	if !ok {
		ns, name = "", p.service
	}
	var found *mesh.Host
	for _, h := range s.HostsNamed(name) {
		if ns != "" && h.Namespace != ns {
			continue
		}
		if found != nil && found.Namespace != h.Namespace {
			return nil
		}
		found = h
	}
	return found
}

func dnsLabel(name string) bool {
	if name == "" || len(name) > 63 || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// knownStatus tells the statuses that Envoy has a name for (envoy/type/v3/http_status.proto).
func knownStatus(n int) bool {
	switch {
	case n == 100, n >= 200 && n <= 208, n == 226, n >= 300 && n <= 308 && n != 306, n >= 400 && n <= 417, n >= 421 && n <= 424, n == 426, n == 428, n == 429, n == 431,
		n >= 500 && n <= 508, n == 510, n == 511:
		return true
	}
	return false
}

// ask walks the check from the asking proxy to the authorizer: an ordinary call of the mesh's, without retries. Known is false where
// the authorizer itself has the word.
func (p *provider) ask(s *mesh.Snapshot, f flow.Flow, walk func(*mesh.Snapshot, flow.Flow) flow.Verdict) (answers []flow.Outcome, known bool, gaps []mesh.Gap) {
	h := p.host(s)
	r := *f.Request
	r.Depth++
	check := flow.Flow{Request: &r, Message: p.message(f)}
	check.At, check.Pod, check.L7 = f.At, f.Pod, true
	check.Client = precedence.Client{Namespace: f.Pod.Namespace, Labels: f.Pod.Labels}
	check.Wire = flow.Wire{Proxied: true, L7: true, Source: f.Address()}
	check.Scope = routing.GatewayScope(s, f.Pod.Namespace)
	if f.At.Role == flow.ServerSidecar {
		check.Scope = routing.ScopeOf(s, f.Pod.Namespace, precedence.Sidecar(s, f.Pod.Namespace, f.Pod.Labels))
	}
	t := upstream.Target{Host: h.Name, Port: p.port, Share: 1, At: p.at}
	cluster, failed := upstream.FindCluster(check, s, t)
	check.Cluster, check.Dial.Port = cluster, p.port
	var v flow.Verdict
	if failed != nil {
		v = verdict.Decide(&flow.Node{Results: []flow.Result{*upstream.NoCluster(check, s, *failed)}})
	} else {
		v = walk(s, check)
	}
	for _, o := range v.Outcomes {
		if o.Kind == flow.Reaches {
			return v.Outcomes, false, v.Gaps
		}
	}
	return v.Outcomes, v.Settled, v.Gaps
}

// message is the request that is put to the authorizer: method, authority and path of the one in question, and its Authorization header;
// a gRPC authorizer gets a call of its own service.
func (p *provider) message(f flow.Flow) flow.Message {
	if p.grpc {
		return flow.Message{Method: "POST", Authority: p.service, Path: "/envoy.service.auth.v3.Authorization/Check", HTTP2: true,
			Headers: flow.Headers{{Name: "content-type", Value: "application/grpc"}}}
	}
	m := flow.Message{Method: f.Message.Method, Authority: f.Message.Authority, Path: p.prefix + f.Message.Path}
	for _, name := range append([]string{"authorization"}, p.headers...) {
		for _, v := range f.Message.Headers.Values(name) {
			m.Headers = m.Headers.Add(name, v)
		}
	}
	return m
}
