package manifest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkReadPods reads a List of 5,000 pods, as "kubectl get -o json" prints them.
func BenchmarkReadPods(b *testing.B) {
	var env []string
	for i := range 15 {
		env = append(env, fmt.Sprintf(`{"name":"SETTING_%d","value":"as in any deployment"}`, i))
	}
	container := func(name, image string) string {
		return fmt.Sprintf(`{"name":%q,"image":%q,"env":[%s],"ports":[{"containerPort":8080}],"resources":{"requests":{"cpu":"100m","memory":"128Mi"}}}`, name, image, strings.Join(env, ","))
	}
	var pods []string
	for i := range 5000 {
		ip := fmt.Sprintf("10.1.%d.%d", i/250, 1+i%250)
		pods = append(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"app-%d","namespace":"team-%d","labels":{"app":"app"}},`+
			`"spec":{"serviceAccountName":"app","containers":[%s,%s]},"status":{"phase":"Running","podIP":%q,"podIPs":[{"ip":%q}],"conditions":[{"type":"Ready","status":"True"}]}}`,
			i, i/50, container("app", "app:1"), container("istio-proxy", "istio/proxyv2:1.31.1"), ip, ip))
	}
	list := `{"apiVersion":"v1","kind":"List","items":[` + strings.Join(pods, ",") + `]}`
	if !json.Valid([]byte(list)) {
		b.Fatal("the list is no JSON")
	}
	b.SetBytes(int64(len(list)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := Source{Stdin: strings.NewReader(list)}.Snapshot("-")
		if err != nil || s.Pods.Len() != 5000 {
			b.Fatal(err, s.Pods.Len())
		}
	}
}
