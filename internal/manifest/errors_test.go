package manifest

import (
	"strings"
	"testing"
)

// istio is the beginning of an Istio object named a/x.
func istio(kind, rest string) string {
	group := "networking.istio.io/v1"
	if strings.HasSuffix(kind, "Authentication") || strings.HasSuffix(kind, "Policy") {
		group = "security.istio.io/v1"
	}
	return "apiVersion: " + group + "\nkind: " + kind + "\nmetadata: {name: x, namespace: a}\n" + rest
}

// TestErrors names the file, the document, the object, the field, and what would be right.
func TestErrors(t *testing.T) {
	deep := strings.Repeat("[", 150) + strings.Repeat("]", 150)
	for _, c := range []struct{ name, in, want string }{
		{"no head", "a: b", "mesh.yaml: document 1: not a Kubernetes object: it needs apiVersion and kind"},
		{"a list", "[1, 2]", "mesh.yaml: document 1: not a Kubernetes object: want an object, got a list"},
		{"a text", "foo", "mesh.yaml: document 1: not a Kubernetes object: want an object, got a string"},
		{"second document", "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n---\nkind: [", "mesh.yaml: document 2: not YAML: yaml: line 5: did not find expected node content"},
		{"no name", "apiVersion: v1\nkind: Pod", "mesh.yaml: document 1: Pod has no metadata.name"},
		{"name of another type", "apiVersion: v1\nkind: Pod\nmetadata: {name: 5}", "mesh.yaml: document 1: not a Kubernetes object: metadata.name: want a string, got a number"},
		{"core field", "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: 5}", "mesh.yaml: document 1: Pod x: spec.containers: want a list, got a number"},
		{"core truth value", "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {hostNetwork: 'yes'}", "mesh.yaml: document 1: Pod x: spec.hostNetwork: want true or false, got a string"},
		{"tab", "kind: a\n\tb: c", "mesh.yaml: document 1: not YAML: yaml: line 2: found a tab character that violates indentation"},
		{"key twice", "a: 1\nb: 2\na: 3", `mesh.yaml: document 1: line 3: key "a" is already set in line 1`},
		{"key of no scalar", "? [a]\n: b", "mesh.yaml: document 1: line 1: a key must be a scalar"},
		{"anchor", "a: *b", "mesh.yaml: document 1: not YAML: yaml: unknown anchor 'b' referenced"},
		{"merge of a text", "a: &b text\nc: {<<: *b}", "mesh.yaml: document 1: line 2: a merge key (<<) wants a mapping or a list of mappings"},
		{"itself", "a: &a [*a]", "mesh.yaml: document 1: line 1: nested more than 100 levels deep"},
		{"merge of itself", "a: &a {<<: [*a, *a]}", "mesh.yaml: document 1: line 1: nested more than 100 levels deep"},
		{"deep", "a: " + deep, "mesh.yaml: document 1: line 1: nested more than 100 levels deep"},
		{"half of JSON", "{", "mesh.yaml: document 1: not JSON: unexpected EOF"},
		{"words behind JSON", `{"kind":"Pod"} x`, "mesh.yaml: document 1: not a Kubernetes object: it needs apiVersion and kind\nmesh.yaml: document 2: not JSON: invalid character 'x' at start of value"},
		{"a list behind JSON", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}} []`, "mesh.yaml: document 2: not a Kubernetes object: want an object, got a list"},
		{"half of a JSON List", `{"items":[{}`, "mesh.yaml: document 1, item 1: not JSON: unexpected EOF"},
		{"JSON items of another type", `{"apiVersion":"v1","kind":"List","items":5}`, "mesh.yaml: document 1: not a Kubernetes object: items: want a list, got a number"},
		{"JSON item of another type", `{"items":[5],"apiVersion":"v1","kind":"List"}`, "mesh.yaml: document 1, item 1: not a Kubernetes object: want an object, got a number"},
		{"JSON items of no List", `{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{"name":"x"},"items":[]}`, "mesh.yaml: document 1: PeerAuthentication x: unknown field items"},
		{"half of an item", `{"items":[{"kind":"Pod","spec":{"containers":[{"name":"x"`, "mesh.yaml: document 1, item 1: not JSON: unexpected EOF in spec.containers[0]"},
		{"a JSON key twice", `{"apiVersion":"v1","kind":"Pod","kind":"Pod"}`, "mesh.yaml: document 1: key \"kind\" is given twice"},
		{"a JSON key twice in an item", `{"kind":"List","items":[{}, {"spec":{"rules":[{"to":1},{"from":1,"fr\u006fm":2}]}}]}`, "mesh.yaml: document 1, item 1: not a Kubernetes object: it needs apiVersion and kind\nmesh.yaml: document 1, item 2: key \"from\" is given twice in spec.rules[1]"},
		{"JSON items twice", `{"apiVersion":"v1","kind":"List","items":[],"items":[]}`, "mesh.yaml: document 1: key \"items\" is given twice"},
		{"a key twice in what no decision reads", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"volumes":[{"a":1,"a":2}]}}`, "mesh.yaml: document 1: key \"a\" is given twice in spec.volumes[0]"},
		{"a part of a List", `{"apiVersion":"v1","kind":"PodList","metadata":{"continue":"abc"},"items":[]}`, "mesh.yaml: document 1: the List is not whole: the API server had more to give (metadata.continue); kubectl get asks for all of it"},
		{"Lists in Lists", strings.Repeat(`{"apiVersion":"v1","kind":"List","items":[`, maxNested+1) + strings.Repeat("]}", maxNested+1), "mesh.yaml: document 1, item 1: more than 8 Lists in one another"},
		{"very many values", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[` + strings.Repeat("{},", maxValues) + `{}]}}`, "mesh.yaml: document 1: more than 200000 values"},
		{"item without head", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: x}}, {}]", "mesh.yaml: document 1, item 2: not a Kubernetes object: it needs apiVersion and kind"},
		{"item of another type", "apiVersion: v1\nkind: List\nitems: [5]", "mesh.yaml: document 1, item 1: not a Kubernetes object: want an object, got a number"},
		{"item's name", "apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: 7}}]", "mesh.yaml: document 1, item 1: not a Kubernetes object: metadata.name: want a string, got a number"},
		{"items of another type", "apiVersion: v1\nkind: List\nitems: 5", "mesh.yaml: document 1: not a Kubernetes object: items: want a list, got a number"},

		{"unknown field", istio("VirtualService", "spec: {host: [a]}"), "mesh.yaml: document 1: VirtualService a/x: unknown field spec.host (did you mean hosts?)"},
		{"unknown field below", istio("VirtualService", "spec: {http: [{rute: []}]}"), "mesh.yaml: document 1: VirtualService a/x: unknown field spec.http[0].rute (did you mean route?)"},
		{"field like no other", istio("VirtualService", "spec: {zzzzzzzz: 1}"), "mesh.yaml: document 1: VirtualService a/x: unknown field spec.zzzzzzzz"},
		{"unknown field beside spec", istio("PeerAuthentication", "Spec: {mtls: {mode: STRICT}}"), "mesh.yaml: document 1: PeerAuthentication a/x: unknown field Spec (did you mean spec?)"},
		{"list", istio("VirtualService", "spec: {hosts: a}"), `mesh.yaml: document 1: VirtualService a/x: spec.hosts: want a list, got the string "a"`},
		{"object", istio("PeerAuthentication", "spec: []"), "mesh.yaml: document 1: PeerAuthentication a/x: spec: want an object, got a list"},
		{"map", istio("DestinationRule", "spec: {workloadSelector: {matchLabels: [a]}}"), "mesh.yaml: document 1: DestinationRule a/x: spec.workloadSelector.matchLabels: want an object, got a list"},
		{"string", istio("VirtualService", "spec: {hosts: [5]}"), "mesh.yaml: document 1: VirtualService a/x: spec.hosts[0]: want a string, got 5"},
		{"truth value", istio("RequestAuthentication", "spec: {jwtRules: [{forwardOriginalToken: 1}]}"), "mesh.yaml: document 1: RequestAuthentication a/x: spec.jwtRules[0].forwardOriginalToken: want true or false, got 1"},
		{"enumeration", istio("PeerAuthentication", "spec: {mtls: {mode: strict}}"), `mesh.yaml: document 1: PeerAuthentication a/x: spec.mtls.mode: "strict" is not one of UNSET, DISABLE, PERMISSIVE, STRICT`},
		{"whole number", istio("VirtualService", "spec: {http: [{route: [{weight: 5.5}]}]}"), "mesh.yaml: document 1: VirtualService a/x: spec.http[0].route[0].weight: want a whole number, got 5.5"},
		{"no number", istio("VirtualService", "spec: {http: [{route: [{weight: x}]}]}"), `mesh.yaml: document 1: VirtualService a/x: spec.http[0].route[0].weight: want a whole number, got the string "x"`},
		{"range", istio("ServiceEntry", "spec: {ports: [{number: -1}]}"), "mesh.yaml: document 1: ServiceEntry a/x: spec.ports[0].number: -1 is not within 0 and 4294967295"},
		{"fraction", istio("VirtualService", "spec: {http: [{fault: {abort: {percentage: {value: all}}}}]}"), `mesh.yaml: document 1: VirtualService a/x: spec.http[0].fault.abort.percentage.value: want a number, got the string "all"`},
		{"key", istio("PeerAuthentication", "spec: {portLevelMtls: {http: {mode: STRICT}}}"), `mesh.yaml: document 1: PeerAuthentication a/x: spec.portLevelMtls: key "http" is not a number`},
		{"duration", istio("VirtualService", "spec: {http: [{timeout: 5}]}"), "mesh.yaml: document 1: VirtualService a/x: spec.http[0].timeout: want a duration such as 5s, got 5"},
		{"unit", istio("VirtualService", "spec: {http: [{timeout: 5x}]}"), `mesh.yaml: document 1: VirtualService a/x: spec.http[0].timeout: want a duration such as 5s, got the string "5x"`},
		{"wrapper", istio("DestinationRule", "spec: {trafficPolicy: {tls: {insecureSkipVerify: 'no'}}}"), `mesh.yaml: document 1: DestinationRule a/x: spec.trafficPolicy.tls.insecureSkipVerify: want true or false, got the string "no"`},
		{"one of", istio("VirtualService", "spec: {http: [{match: [{uri: {prefix: /a, exact: /b}}]}]}"), "mesh.yaml: document 1: VirtualService a/x: spec.http[0].match[0].uri: exact and prefix cannot be used together"},
		{"kind", istio("Virtualservice", "spec: {}"), "mesh.yaml: document 1: Virtualservice a/x: the group networking.istio.io has no kind Virtualservice (did you mean VirtualService?)"},

		{"group with letters swapped", "apiVersion: security.istio.oi/v1\nkind: AuthorizationPolicy\nmetadata: {name: x}", "mesh.yaml: document 1: AuthorizationPolicy x: no apiVersion security.istio.oi/v1 has this kind (did you mean security.istio.io/v1?)"},
		{"group in capitals", "apiVersion: Networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}", "mesh.yaml: document 1: VirtualService x: no apiVersion Networking.istio.io/v1 has this kind (did you mean networking.istio.io/v1?)"},
		{"group without its end", "apiVersion: networking.istio/v1\nkind: VirtualService\nmetadata: {name: x}", "mesh.yaml: document 1: VirtualService x: no apiVersion networking.istio/v1 has this kind (did you mean networking.istio.io/v1?)"},
		{"group without a version", "apiVersion: gateway.networking.k8s.io\nkind: HTTPRoute\nmetadata: {name: x}", "mesh.yaml: document 1: HTTPRoute x: no apiVersion gateway.networking.k8s.io has this kind (did you mean gateway.networking.k8s.io/v1?)"},
		{"version that never was", "apiVersion: networking.istio.io/v9\nkind: VirtualService\nmetadata: {name: x}", "mesh.yaml: document 1: VirtualService x: no apiVersion networking.istio.io/v9 has this kind (did you mean networking.istio.io/v1?)"},
		{"kind of the core in the plural", "apiVersion: v1\nkind: Pods\nmetadata: {name: x}", "mesh.yaml: document 1: Pods x: the API v1 has no kind Pods (did you mean Pod?)"},
		{"group of slices", "apiVersion: discovery.k8s.oi/v1\nkind: EndpointSlice\nmetadata: {name: x}", "mesh.yaml: document 1: EndpointSlice x: no apiVersion discovery.k8s.oi/v1 has this kind (did you mean discovery.k8s.io/v1?)"},

		{"coverage's field", "apiVersion: mesh-why/v1alpha1\nkind: Coverage\nevrywhere: []", `mesh.yaml: document 1: Coverage: unknown field "evrywhere" (did you mean everywhere?)`},
		{"coverage's type", "apiVersion: mesh-why/v1alpha1\nkind: Coverage\neverywhere: Pod", "mesh.yaml: document 1: Coverage: everywhere: want a list, got a string"},
		{"coverage's kind", "apiVersion: mesh-why/v1alpha1\nkind: Coverage\neverywhere: [Pods]", `mesh.yaml: document 1: Coverage: everywhere[0]: kind "Pods" is not known (did you mean Pod?); read the file with the version that wrote it, or leave the kind out`},
		{"coverage's namespaces", "apiVersion: mesh-why/v1alpha1\nkind: Coverage\nnamespaces: {Rabbit: [a]}", `mesh.yaml: document 1: Coverage: namespaces: kind "Rabbit" is not known; read the file with the version that wrote it, or leave the kind out`},
		{"coverage's gap", "apiVersion: mesh-why/v1alpha1\nkind: Coverage\nfailed: [{cause: forbidden}]", "mesh.yaml: document 1: Coverage: failed[0].kind: the kind is missing"},
		{"coverage's cause", "apiVersion: mesh-why/v1alpha1\nkind: Coverage\nfailed: [{kind: Pod, cause: frobidden}]", `mesh.yaml: document 1: Coverage: failed[0].cause: "frobidden" is not one of forbidden, failed, external, unverified, unsupported, rejected`},
		{"coverage's release", "apiVersion: mesh-why/v1alpha1\nkind: Coverage\nistioVersion: newest", `mesh.yaml: document 1: Coverage: istioVersion: "newest" is not a release such as 1.30 or 1.30.3`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := "no error"
			if err := readText("mesh.yaml", c.in); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got:  %s\nwant: %s", got, c.want)
			}
		})
	}
}

// readText reads a text as if it stood in a file.
func readText(name, text string) error {
	c := &contents{namespace: "default", most: DefaultMaxInput, room: DefaultMaxInput / keptPart}
	return c.add(name, strings.NewReader(text))
}

// TestNoErrors are the neighbours of the errors that are right.
func TestNoErrors(t *testing.T) {
	for _, in := range []string{
		"", "---\n---\n", "# nothing\n", "null",
		istio("VirtualService", ""), istio("VirtualService", "spec:"), istio("VirtualService", "spec: {}"), istio("WorkloadGroup", "spec: {anything: 1}"),
		istio("VirtualService", "status: {anything: 1}"), istio("VirtualServiceList", "items:"),
		istio("VirtualService", "spec: {http: [{timeout: 1.5s, retries: {perTryTimeout: 2m}, route: [{weight: 5.0}], fault: {abort: {percentage: {value: 0.5}}}}]}"),
		istio("PeerAuthentication", "spec: {portLevelMtls: {8080: {mode: STRICT}, '9090': {mode: DISABLE}}}"),
		istio("PeerAuthentication", "spec: {mtls: null}"),
		istio("DestinationRule", "spec: {trafficPolicy: {tls: {insecureSkipVerify: true}, loadBalancer: {simple: null, consistentHash: {useSourceIp: true}}}}"),
		istio("EnvoyFilter", "spec: {configPatches: [{applyTo: HTTP_FILTER, patch: {value: {any: [thing, {at: all}]}}}]}"),
		istio("VirtualService", "spec: {http: [{match: [{uri: {exact: /b}, method: {exact: GET}}]}]}"),
		"apiVersion: example.com/v1\nkind: Anything\nspec: {x: 1}",
		"apiVersion: mesh-why/v1alpha1\nkind: Expectations",
		"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}", "apiVersion: gateway.solo.io/v1\nkind: VirtualService\nmetadata: {name: x}",
		"apiVersion: networking.x-k8s.io/v1alpha1\nkind: Gateway\nmetadata: {name: x}", "apiVersion: security.openshift.io/v1\nkind: SecurityContextConstraints\nmetadata: {name: x}",
		"apiVersion: mesh-why/v1alpha1\nkind: Coverage",
	} {
		if err := readText("mesh.yaml", in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// TestManyErrors: a file that is wrong all over is told so, and not all of it.
func TestManyErrors(t *testing.T) {
	for _, list := range []bool{false, true} {
		for _, n := range []int{maxErrors - 1, maxErrors, 3 * batchDocuments} {
			text := strings.Repeat("---\nkind: Pod\n", n)
			if list {
				text = `{"apiVersion": "v1", "kind": "List", "items": [` + strings.TrimSuffix(strings.Repeat(`{"kind": "Pod"},`, n), ",") + "]}"
			}
			lines := strings.Split(readText("mesh.yaml", text).Error(), "\n")
			want, last := n, "it needs apiVersion and kind"
			if n >= maxErrors {
				want, last = maxErrors+1, "mesh.yaml: the rest is not checked; fix these first"
			}
			if len(lines) != want || !strings.HasSuffix(lines[len(lines)-1], last) || !strings.Contains(lines[3], "4: not a") {
				t.Errorf("%d errors, list %v: got %d lines, the fourth %q, the last %q", n, list, len(lines), lines[3], lines[len(lines)-1])
			}
		}
	}
}
