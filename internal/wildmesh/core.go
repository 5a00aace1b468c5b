package wildmesh

import "strconv"

func (m *maker) pod(name, namespace string) tree {
	labels := m.labels()
	meta := tree{"name": name, "namespace": namespace, "labels": labels}
	containers := []any{tree{"name": "app", "image": "app", "ports": []any{tree{"containerPort": m.port(), "name": of(m, "http", "web")}}}}
	switch m.n(6) {
	case 0, 1:
		containers = append(containers, tree{"name": "istio-proxy", "image": "istio/proxyv2:1." + strconv.Itoa(22+m.n(10)) + ".0", "args": []any{"proxy", "sidecar"}})
		labels["security.istio.io/tlsMode"] = "istio"
	case 2:
		containers = []any{tree{"name": "istio-proxy", "image": "istio/proxyv2:1.30.0", "args": []any{"proxy", "router"}}}
		m.with(labels, "gateway.networking.k8s.io/gateway-name", func() any { return m.name() })
	case 3:
		containers = []any{tree{"name": "istio-proxy", "image": "istio/proxyv2:1.30.0", "args": []any{"proxy", "waypoint"}}}
		labels["gateway.networking.k8s.io/gateway-name"] = m.name()
	case 4:
		meta["annotations"] = tree{"ambient.istio.io/redirection": "enabled"}
	}
	if m.maybe() {
		meta["annotations"] = tree{"traffic.sidecar.istio.io/excludeOutboundPorts": strconv.Itoa(m.port()), "proxy.istio.io/config": of(m, "interceptionMode: TPROXY", "image: {imageType: distroless}", "gatewayTopology: {numTrustedProxies: 2}")}
	}
	spec := tree{"serviceAccountName": m.name(), "containers": containers, "nodeName": "n" + strconv.Itoa(m.n(2))}
	m.with(spec, "hostNetwork", func() any { return true })
	return tree{"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": tree{"phase": of(m, "Running", "Running", "Succeeded"), "podIP": m.address(), "conditions": []any{tree{"type": "Ready", "status": of(m, "True", "False")}}}}
}

func (m *maker) service() any {
	o := m.object("v1", "Service", tree{})
	spec := tree{"ports": times(m, func() any {
		p := tree{"port": m.port(), "name": of(m, "http", "tcp", "https", "grpc", "web", "http-a"), "targetPort": of[any](m, 8080, "http", 8000, "nosuch")}
		m.with(p, "appProtocol", func() any { return of(m, "http", "kubernetes.io/h2c", "tcp", "https") })
		return p
	})}
	switch m.n(5) {
	case 0, 1:
		spec["clusterIP"], spec["selector"] = m.address(), m.labels()
	case 2:
		spec["type"], spec["externalName"] = "ExternalName", m.host()
	case 3:
		spec["clusterIP"], spec["selector"] = "None", m.labels()
	case 4:
		spec["clusterIP"] = m.address()
	}
	m.with(spec, "internalTrafficPolicy", func() any { return "Local" })
	meta := o["metadata"].(tree)
	m.with(meta, "annotations", func() any { return tree{"networking.istio.io/exportTo": of(m, ".", "*", "foo", "~")} })
	if m.maybe() {
		meta["labels"] = m.useWaypoint()
	}
	o["spec"] = spec
	return o
}

func (m *maker) useWaypoint() tree {
	return tree{"istio.io/use-waypoint": of(m, "a", "b", "none"), "istio.io/use-waypoint-namespace": m.namespace(), "istio.io/ingress-use-waypoint": of(m, "true", "false")}
}

func (m *maker) slice() any {
	o := m.object("discovery.k8s.io/v1", "EndpointSlice", nil)
	delete(o, "spec")
	o["metadata"].(tree)["labels"] = tree{"kubernetes.io/service-name": m.name()}
	o["addressType"] = "IPv4"
	o["endpoints"] = times(m, func() any {
		e := tree{"addresses": []any{of(m, "10.1.0.1", "10.1.0.2", "10.1.0.3")}, "conditions": tree{"ready": m.n(2) == 0}, "nodeName": "n0"}
		m.with(e, "targetRef", func() any { return tree{"kind": "Pod", "name": m.name(), "namespace": m.namespace()} })
		return e
	})
	o["ports"] = times(m, func() any { return tree{"name": of(m, "http", "tcp", "web"), "port": m.port(), "protocol": "TCP"} })
	return o
}

func (m *maker) space() any {
	labels := tree{"istio.io/dataplane-mode": of(m, "ambient", "none"), "istio.io/rev": of(m, "default", "canary"), "istio-injection": of(m, "enabled", "disabled")}
	if m.maybe() {
		for k, v := range m.useWaypoint() {
			labels[k] = v
		}
	}
	return tree{"apiVersion": "v1", "kind": "Namespace", "metadata": tree{"name": m.namespace(), "labels": labels}}
}

func (m *maker) meshConfig() any {
	text := of(m, "outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n", "trustDomain: example\n", "enableAutoMtls: false\n", "defaultServiceExportTo: ['.']\n", "pathNormalization: {normalization: DECODE_AND_MERGE_SLASHES}\n",
		"discoverySelectors: [{matchLabels: {istio-injection: enabled}}]\n", "meshMTLS: {minProtocolVersion: TLSV1_3}\n", "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}\n",
		"extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a.foo.svc.cluster.local, port: 80}}]\n", "localityLbSetting: {enabled: true}\n")
	return tree{"apiVersion": "v1", "kind": "ConfigMap", "metadata": tree{"name": of(m, "istio", "istio-canary"), "namespace": "istio-system"}, "data": tree{"mesh": text}}
}
