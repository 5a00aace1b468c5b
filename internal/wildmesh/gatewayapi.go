package wildmesh

const gatewayAPI = "gateway.networking.k8s.io/v1"

func (m *maker) kubeGateway() any {
	return m.object(gatewayAPI, "Gateway", tree{"gatewayClassName": of(m, "istio", "istio-waypoint", "other"), "listeners": times(m, func() any {
		l := tree{"name": m.name(), "port": of(m, 80, 443, 15008), "protocol": of(m, "HTTP", "HTTPS", "TLS", "TCP", "HBONE"), "allowedRoutes": tree{"namespaces": tree{"from": of(m, "All", "Same")}}}
		m.with(l, "hostname", func() any { return of(m, "ext.example", "*.example", "a.foo.svc.cluster.local") })
		m.with(l, "tls", func() any {
			return tree{"mode": of(m, "Terminate", "Passthrough"), "certificateRefs": []any{tree{"name": "a"}}}
		})
		return l
	})})
}

func (m *maker) parents() any {
	return times(m, func() any {
		p := of(m, tree{"name": m.name()}, tree{"group": "", "kind": "Service", "name": m.name()}, tree{"group": "networking.istio.io", "kind": "ServiceEntry", "name": m.name()}, tree{"group": "gateway.networking.k8s.io", "kind": "ListenerSet", "name": m.name()})
		m.with(p, "namespace", func() any { return m.namespace() })
		m.with(p, "sectionName", func() any { return m.name() })
		m.with(p, "port", func() any { return m.port() })
		return p
	})
}

func (m *maker) backend() any {
	b := of(m, tree{"name": m.name(), "port": m.port()}, tree{"name": m.name(), "port": m.port(), "weight": m.n(3)}, tree{"group": "networking.istio.io", "kind": "Hostname", "name": m.host(), "port": m.port()},
		tree{"kind": "Secret", "name": "a"})
	m.with(b, "namespace", func() any { return m.namespace() })
	return b
}

func (m *maker) httpRoute() any {
	spec := tree{"parentRefs": m.parents(), "rules": times(m, func() any {
		r := tree{}
		m.with(r, "matches", func() any {
			return times(m, func() any {
				x := tree{"path": tree{"type": of(m, "PathPrefix", "Exact", "RegularExpression"), "value": of(m, "/a", "/", "/a/b")}}
				m.with(x, "headers", func() any { return []any{tree{"name": "x-a", "value": "a"}} })
				m.with(x, "method", func() any { return "GET" })
				return x
			})
		})
		m.with(r, "filters", func() any {
			return []any{of(m, tree{"type": "RequestRedirect", "requestRedirect": tree{"hostname": "x.example", "statusCode": 302}}, tree{"type": "URLRewrite", "urlRewrite": tree{"hostname": "x.example", "path": tree{"type": "ReplacePrefixMatch", "replacePrefixMatch": "/b"}}},
				tree{"type": "RequestHeaderModifier", "requestHeaderModifier": tree{"set": []any{tree{"name": "x-a", "value": "b"}}}}, tree{"type": "RequestMirror", "requestMirror": tree{"backendRef": tree{"name": m.name(), "port": 80}}},
				tree{"type": "CORS", "cors": tree{"allowOrigins": []any{"*"}}})}
		})
		m.with(r, "timeouts", func() any { return tree{"request": "1s"} })
		if m.n(4) > 0 {
			r["backendRefs"] = times(m, m.backend)
		}
		return r
	})}
	m.with(spec, "hostnames", func() any { return []any{of(m, "ext.example", "*.example", "api.ext.example")} })
	return m.object(gatewayAPI, "HTTPRoute", spec)
}

func (m *maker) tlsRoute() any {
	return m.object(of(m, "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha2"), "TLSRoute", tree{"parentRefs": m.parents(), "hostnames": []any{of(m, "ext.example", "*.example")}, "rules": []any{tree{"backendRefs": times(m, m.backend)}}})
}

func (m *maker) referenceGrant() any {
	return m.object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", tree{"from": []any{tree{"group": "gateway.networking.k8s.io", "kind": of(m, "HTTPRoute", "Gateway"), "namespace": m.namespace()}}, "to": []any{tree{"group": "", "kind": of(m, "Service", "Secret")}}})
}

func (m *maker) backendTLS() any {
	return m.object(gatewayAPI, "BackendTLSPolicy", tree{"targetRefs": []any{tree{"group": "", "kind": "Service", "name": m.name()}}, "validation": tree{"hostname": m.host(), "caCertificateRefs": []any{tree{"group": "", "kind": "ConfigMap", "name": "a"}}}})
}
