package dump

import (
	"os"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// TestEnvoyFilter keeps what tells what a patch does, and no other text.
func TestEnvoyFilter(t *testing.T) {
	data, err := os.ReadFile("testdata/envoyfilter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, in, _ := strings.Cut(string(data), "\n") // without its first line, which says stays too
	got := mustWrite(t, mustRead(t, in), Options{Version: "v1.2.3"})
	golden.Check(t, "testdata/envoyfilter.want.yaml", got)
	if text := revealed(got); text != "" {
		t.Errorf("a secret is in it: %s", text)
	}
	if n := strings.Count(in, "stays"); n != strings.Count(got, "stays") {
		t.Errorf("of %d texts that stay, %d are left", n, strings.Count(got, "stays"))
	}
	if again := mustWrite(t, mustRead(t, got), Options{}); body(again) != body(got) {
		t.Errorf("written again it is another file:\n%s", again)
	}
}
