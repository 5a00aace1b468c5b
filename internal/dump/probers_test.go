package dump

import (
	"strings"
	"testing"
)

// TestProbers: where the probes go that the injector took over is kept, what they ask is not.
func TestProbers(t *testing.T) {
	got := probers(`{"/app-health/app/readyz":{"httpGet":{"path":"/secret","port":8080,"httpHeaders":[{"name":"k","value":"secret"}]},"timeoutSeconds":1}}`)
	if want := `{"/app-health/app/readyz":{"httpGet":{"port":8080}}}`; got != want {
		t.Errorf("probers: %s, want %s", got, want)
	}
	if got := probers("no JSON: secret"); strings.Contains(got, "secret") {
		t.Errorf("probers of what does not parse: %s", got)
	}
}
