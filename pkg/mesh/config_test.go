package mesh

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestConfigsWithAliases: a mesh config and a proxy's are read with the aliases that people write, and not where they stand for gigabytes.
func TestConfigsWithAliases(t *testing.T) {
	shared := "trustDomain: &d corp.example\ntrustDomainAliases: [*d, old.example]\ndefaultConfig: {interceptionMode: NONE}\n"
	bomb := "trustDomain: &d \"" + strings.Repeat("y", 130_000) + "\"\ntrustDomainAliases: [" + strings.Repeat("*d,", 43_000) + "*d]\n"
	config := func(text string) *Snapshot {
		return Collect([]metav1.Object{&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: "istio"}, Data: map[string]string{"mesh": text}}})
	}
	if c := config(shared).Config; len(c.Gaps) > 0 || strings.Join(c.TrustDomains, " ") != "corp.example corp.example old.example" {
		t.Errorf("got %q, %v", c.TrustDomains, c.Gaps)
	}
	s := config(bomb)
	if c := s.Config; len(c.Gaps) != 1 || c.Gaps[0].Detail != "too large with its aliases written out" {
		t.Errorf("got %v", c.Gaps)
	}
	if _, ok := s.Without(s.Config.Field("trustDomain")); ok {
		t.Error("a field was taken out of a config that is not read")
	}
	pod := &corev1.Pod{}
	pod.Annotations = map[string]string{"proxy.istio.io/config": "a: &a NONE\ninterceptionMode: *a\n"}
	if ok, _ := (Config{}).Intercepted(pod); ok {
		t.Error("the annotation is not read")
	}
	pod.Annotations["proxy.istio.io/config"] = "interceptionMode: NONE\n" + bomb
	if ProxyConfigOf(pod) != nil {
		t.Error("an annotation that stands for gigabytes is read")
	}
}
