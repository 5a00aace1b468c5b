package wildmesh

import "strconv"

const (
	network  = "networking.istio.io/v1"
	security = "security.istio.io/v1"
)

func (m *maker) serviceEntry() any {
	spec := tree{"hosts": times(m, m.pattern), "resolution": of(m, "DNS", "NONE", "STATIC", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"), "location": of(m, "MESH_EXTERNAL", "MESH_INTERNAL"),
		"ports": times(m, func() any {
			return tree{"number": m.port(), "name": "p" + strconv.Itoa(m.n(3)), "protocol": m.protocol(), "targetPort": m.port()}
		})}
	m.with(spec, "addresses", func() any { return some(m, "10.2.0.1", "10.2.0.0/24", "240.240.0.1") })
	switch m.n(3) {
	case 1:
		spec["endpoints"] = times(m, func() any {
			return tree{"address": of(m, m.host(), m.address()), "labels": m.labels(), "serviceAccount": m.name(), "ports": tree{"p0": m.port()}}
		})
	case 2:
		spec["workloadSelector"] = tree{"labels": m.labels()}
	}
	m.with(spec, "exportTo", m.exportTo)
	m.with(spec, "subjectAltNames", func() any { return []any{"spiffe://cluster.local/ns/foo/sa/a"} })
	return m.object(network, "ServiceEntry", spec)
}

func (m *maker) workloadEntry() any {
	return m.object(network, "WorkloadEntry", tree{"address": of(m, m.address(), m.host()), "labels": m.labels(), "serviceAccount": m.name(), "ports": tree{"http": m.port()}})
}

func (m *maker) match() any {
	out := tree{}
	m.with(out, "uri", func() any { return m.stringMatch("/a", "/", "/a/b") })
	m.with(out, "headers", func() any {
		return tree{of(m, "x-a", "cookie", "@request.auth.claims.sub"): m.stringMatch("a", "b", "")}
	})
	m.with(out, "method", func() any { return m.stringMatch("GET", "POST") })
	m.with(out, "queryParams", func() any { return tree{"x": m.stringMatch("1", "2")} })
	m.with(out, "gateways", func() any { return some(m, "mesh", "a", "foo/a", "istio-system/c") })
	m.with(out, "sourceLabels", func() any { return m.labels() })
	m.with(out, "sourceNamespace", func() any { return m.namespace() })
	m.with(out, "port", func() any { return m.port() })
	return out
}

func (m *maker) stringMatch(list ...string) any {
	return tree{of(m, "exact", "prefix", "regex"): of(m, append(list, ".*", "(a+)+$")...)}
}

func (m *maker) destination() tree {
	out := tree{"host": m.host()}
	m.with(out, "subset", func() any { return m.name() })
	m.with(out, "port", func() any { return tree{"number": m.port()} })
	return out
}

func (m *maker) virtualService() any {
	spec := tree{}
	if m.n(4) > 0 {
		spec["hosts"] = times(m, m.pattern)
	}
	m.with(spec, "gateways", func() any { return some(m, "mesh", "a", "foo/a", "istio-system/c") })
	m.with(spec, "exportTo", m.exportTo)
	switch m.n(6) {
	case 1:
		spec["tcp"] = times(m, func() any {
			return tree{"match": []any{tree{"port": m.port()}}, "route": []any{tree{"destination": m.destination()}}}
		})
	case 2:
		spec["tls"] = times(m, func() any {
			return tree{"match": []any{tree{"port": m.port(), "sniHosts": []any{m.pattern()}}}, "route": []any{tree{"destination": m.destination()}}}
		})
	default:
		spec["http"] = times(m, m.http)
	}
	return m.object(network, "VirtualService", spec)
}

func (m *maker) http() any {
	out := tree{"name": m.name()}
	m.with(out, "match", func() any { return times(m, m.match) })
	switch m.n(6) {
	case 0, 1:
		weight := of(m, 10, 50, 100)
		out["route"] = []any{tree{"destination": m.destination(), "weight": weight}, tree{"destination": m.destination(), "weight": 100 - weight}}
	case 2:
		out["redirect"] = tree{"uri": "/a", "authority": m.host()}
		return out
	case 3:
		out["delegate"] = tree{"name": m.name(), "namespace": m.namespace()}
		return out
	case 4:
		out["directResponse"] = tree{"status": 418}
		return out
	default:
		out["route"] = []any{tree{"destination": m.destination()}}
	}
	m.with(out, "rewrite", func() any { return tree{"uri": "/a", "authority": m.host()} })
	m.with(out, "retries", func() any { return tree{"attempts": m.n(5), "retryOn": "5xx,reset", "perTryTimeout": "1s"} })
	m.with(out, "timeout", func() any { return "2s" })
	m.with(out, "mirror", func() any { return m.destination() })
	m.with(out, "fault", func() any {
		return tree{"abort": tree{"httpStatus": 503, "percentage": tree{"value": of(m, 100, 50)}}, "delay": tree{"fixedDelay": "3s", "percentage": tree{"value": 100}}}
	})
	m.with(out, "headers", func() any {
		return tree{"request": tree{"set": tree{of(m, "x-a", "host", ":authority", "authorization"): m.host()}, "remove": []any{"x-a"}}}
	})
	return out
}

func (m *maker) destinationRule() any {
	spec := tree{"host": m.pattern()}
	policy := func() any {
		out := tree{}
		m.with(out, "tls", func() any {
			return tree{"mode": of(m, "DISABLE", "SIMPLE", "ISTIO_MUTUAL"), "sni": m.host(), "subjectAltNames": []any{"spiffe://cluster.local/ns/foo/sa/a"}}
		})
		m.with(out, "outlierDetection", func() any { return tree{"consecutive5xxErrors": 1} })
		m.with(out, "loadBalancer", func() any {
			return of(m, tree{"simple": "RANDOM"}, tree{"consistentHash": tree{"httpHeaderName": "x-a"}}, tree{"localityLbSetting": tree{"enabled": true}})
		})
		m.with(out, "connectionPool", func() any { return tree{"http": tree{"h2UpgradePolicy": "UPGRADE", "maxRetries": 1}} })
		m.with(out, "tunnel", func() any { return tree{"protocol": "CONNECT", "targetHost": m.host(), "targetPort": m.port()} })
		return out
	}
	m.with(spec, "trafficPolicy", policy)
	m.with(spec, "subsets", func() any {
		return times(m, func() any { return tree{"name": m.name(), "labels": m.labels(), "trafficPolicy": policy()} })
	})
	m.with(spec, "workloadSelector", func() any { return tree{"matchLabels": m.labels()} })
	m.with(spec, "exportTo", m.exportTo)
	return m.object(network, "DestinationRule", spec)
}

func (m *maker) gateway() any {
	return m.object(network, "Gateway", tree{"selector": m.labels(), "servers": times(m, func() any {
		s := tree{"port": tree{"number": m.port(), "name": "p" + strconv.Itoa(m.n(3)), "protocol": m.protocol()}, "hosts": times(m, func() any { return of(m, "", "foo/", "./", "*/") + m.pattern() })}
		m.with(s, "tls", func() any {
			return of(m, tree{"mode": "SIMPLE", "credentialName": "a"}, tree{"mode": "PASSTHROUGH"}, tree{"httpsRedirect": true}, tree{"mode": "ISTIO_MUTUAL"})
		})
		return s
	})})
}

func (m *maker) sidecar() any {
	spec := tree{}
	m.with(spec, "workloadSelector", func() any { return tree{"labels": m.labels()} })
	m.with(spec, "egress", func() any {
		return times(m, func() any {
			e := tree{"hosts": times(m, func() any { return of(m, "*/", "./", "foo/", "bar/", "~/") + m.pattern() })}
			m.with(e, "port", func() any {
				return tree{"number": m.port(), "protocol": m.protocol(), "name": "p" + strconv.Itoa(m.n(3))}
			})
			m.with(e, "bind", func() any { return "127.0.0.1" })
			return e
		})
	})
	m.with(spec, "ingress", func() any {
		return times(m, func() any {
			return tree{"port": tree{"number": m.port(), "protocol": m.protocol(), "name": "i"}, "defaultEndpoint": of(m, "127.0.0.1:8080", "0.0.0.0:80")}
		})
	})
	m.with(spec, "outboundTrafficPolicy", func() any { return tree{"mode": of(m, "REGISTRY_ONLY", "ALLOW_ANY")} })
	return m.object(network, "Sidecar", spec)
}

func (m *maker) envoyFilter() any {
	lua := tree{"name": "lua", "typed_config": tree{"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua", "inline_code": of(m, "function envoy_on_request(h) h:respond({[':status']='403'}, 'x') end", "while", "")}}
	patch := func() any {
		return of(m,
			tree{"applyTo": "HTTP_FILTER", "match": tree{"context": "SIDECAR_INBOUND"}, "patch": tree{"operation": "INSERT_BEFORE", "value": tree{"name": "refused"}}},
			tree{"applyTo": "HTTP_FILTER", "match": tree{"context": "ANY"}, "patch": tree{"operation": of(m, "INSERT_BEFORE", "INSERT_FIRST", "REMOVE", "MERGE"), "value": lua}},
			tree{"applyTo": "VIRTUAL_HOST", "match": tree{"context": "SIDECAR_OUTBOUND", "routeConfiguration": tree{"vhost": tree{"name": m.host() + ":80"}}}, "patch": tree{"operation": "MERGE", "value": tree{"require_tls": "ALL", "domains": []any{m.host()}}}},
			tree{"applyTo": "HTTP_ROUTE", "match": tree{"context": "GATEWAY"}, "patch": tree{"operation": of(m, "MERGE", "REMOVE"), "value": tree{"direct_response": tree{"status": 404}}}},
			tree{"applyTo": "CLUSTER", "match": tree{"cluster": tree{"service": m.host()}}, "patch": tree{"operation": of(m, "MERGE", "REMOVE"), "value": tree{"connect_timeout": "1s"}}},
			tree{"applyTo": "LISTENER", "match": tree{"listener": tree{"portNumber": m.port()}}, "patch": tree{"operation": "REMOVE"}})
	}
	spec := tree{"configPatches": times(m, patch)}
	m.targets(spec, "workloadSelector")
	return m.object("networking.istio.io/v1alpha3", "EnvoyFilter", spec)
}

func (m *maker) peerAuthentication() any {
	spec := tree{"mtls": tree{"mode": of(m, "STRICT", "PERMISSIVE", "DISABLE", "UNSET")}}
	if m.maybe() {
		spec["selector"] = tree{"matchLabels": m.labels()}
		m.with(spec, "portLevelMtls", func() any { return tree{strconv.Itoa(m.port()): tree{"mode": of(m, "STRICT", "DISABLE")}} })
	}
	return m.object(security, "PeerAuthentication", spec)
}

func (m *maker) requestAuthentication() any {
	rule := tree{"issuer": "a"}
	m.with(rule, "jwks", func() any { return of(m, `{"keys":[]}`, "x", `{"keys":[{"kty":"oct","k":"YQ"}]}`) })
	m.with(rule, "jwksUri", func() any { return "https://" + m.host() + "/jwks" })
	m.with(rule, "outputClaimToHeaders", func() any { return []any{tree{"header": "x-a", "claim": "sub"}} })
	spec := tree{"jwtRules": []any{rule}}
	m.targets(spec, "selector")
	return m.object(security, "RequestAuthentication", spec)
}

func (m *maker) authorizationPolicy() any {
	spec := tree{"action": of(m, "ALLOW", "DENY", "AUDIT", "CUSTOM")}
	if spec["action"] == "CUSTOM" {
		spec["provider"] = tree{"name": of(m, "a", "nosuch")}
	}
	m.targets(spec, "selector")
	m.with(spec, "rules", func() any { return times(m, m.rule) })
	return m.object(security, "AuthorizationPolicy", spec)
}

func (m *maker) rule() any {
	out := tree{}
	m.with(out, "from", func() any {
		return times(m, func() any {
			return tree{"source": of(m, tree{"principals": []any{of(m, "*", "cluster.local/ns/foo/sa/a", "*/sa/b")}}, tree{"namespaces": []any{m.namespace()}}, tree{"ipBlocks": []any{"10.1.0.0/24"}},
				tree{"notPrincipals": []any{"*"}}, tree{"requestPrincipals": []any{"*"}}, tree{"remoteIpBlocks": []any{"0.0.0.0/0"}}, tree{"serviceAccounts": []any{"foo/a"}})}
		})
	})
	m.with(out, "to", func() any {
		return times(m, func() any {
			return tree{"operation": of(m, tree{"paths": []any{of(m, "/a", "/a*", "*", "/{*}/b", "/{**}")}}, tree{"methods": []any{"GET"}}, tree{"hosts": []any{m.pattern()}}, tree{"ports": []any{strconv.Itoa(m.port())}}, tree{"notPaths": []any{"/a"}})}
		})
	})
	m.with(out, "when", func() any {
		return times(m, func() any {
			return tree{"key": of(m, "request.headers[x-a]", "source.ip", "destination.port", "connection.sni", "request.auth.claims[a][b]", "source.namespace", "experimental.envoy.filters.a.b[c]"), of(m, "values", "notValues"): []any{of(m, "a", "80", "10.0.0.0/8", "*", "foo")}}
		})
	})
	return out
}

func (m *maker) wasm() any {
	spec := tree{"url": "oci://a.example/b", "phase": of(m, "AUTHN", "AUTHZ", "STATS"), "failStrategy": of(m, "FAIL_OPEN", "FAIL_CLOSE")}
	m.targets(spec, "selector")
	return m.object("extensions.istio.io/v1alpha1", "WasmPlugin", spec)
}
