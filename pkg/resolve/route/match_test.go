package route

import (
	"strings"
	"testing"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// go test ./pkg/resolve/route -run '^$' -fuzz FuzzMatchURI
func FuzzMatchURI(f *testing.F) {
	for _, text := range []string{"", "/", "/a", "/a/", "/A", "/a/b", "//"} {
		for _, path := range []string{"", "/", "/a", "/a/", "/ab", "/a/b", "/A/B"} {
			for mode := range 8 {
				f.Add(text, path, mode)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text, path string, mode int) {
		exact, fold, api := mode&1 != 0, mode&2 != 0, mode&4 != 0
		m := &networking.HTTPMatchRequest{IgnoreUriCase: fold, Uri: &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: text}}}
		if exact {
			m.Uri = &networking.StringMatch{MatchType: &networking.StringMatch_Exact{Exact: text}}
		}
		a, b := text, path
		if fold {
			a, b = strings.ToLower(text), strings.ToLower(path)
		}
		want := false
		switch {
		case exact:
			want = a == b
		case api && text != "/":
			// Segment by segment, as the Gateway API says.
			whole := strings.TrimSuffix(a, "/")
			want = b == whole || strings.Index(b, whole+"/") == 0
		default:
			want = strings.Index(b, a) == 0
		}
		if got := matchURI(m, path, api); got != evidence.Of(want) {
			t.Errorf("%q (exact %v, fold %v, Gateway API %v) takes %q: %v, want %v", text, exact, fold, api, path, got, want)
		}
	})
}
