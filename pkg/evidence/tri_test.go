package evidence_test

import (
	"testing"

	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// TestTri: what is not known tells why, unless what is known decides.
func TestTri(t *testing.T) {
	address, token := evidence.UnknownFor(evidence.Address), evidence.UnknownFor(evidence.Token)
	both := evidence.UnknownFor(evidence.Address | evidence.Token)
	for _, x := range []struct {
		name      string
		got, want evidence.Tri
	}{
		{"and of nothing", evidence.And(), evidence.True},
		{"or of nothing", evidence.Or(), evidence.False},
		{"and", evidence.And(evidence.True, address, evidence.True, token), both},
		{"or", evidence.Or(evidence.False, address, token), both},
		{"and, where one fails", evidence.And(address, evidence.False, token), evidence.False},
		{"or, where one holds", evidence.Or(address, token, evidence.True), evidence.True},
		{"not", both.Not(), both},
		{"not of not", evidence.And(address.Not(), token).Not(), both},
		{"not of what is known", evidence.True.Not(), evidence.False},
		{"of several unknowns, one without a cause", evidence.And(evidence.Unknown, token), token},
	} {
		if x.got != x.want {
			t.Errorf("%s: %v for %b, want %v for %b", x.name, x.got, x.got.Because(), x.want, x.want.Because())
		}
	}
	var zero evidence.Tri
	if !zero.IsUnknown() || zero.Because() != 0 || zero.String() != "unknown" {
		t.Errorf("the zero value is %v", zero)
	}
	for i, v := range []evidence.Tri{evidence.False, both, evidence.True} {
		for j, w := range []evidence.Tri{evidence.False, address, evidence.True} {
			if got := v.Compare(w); got != sign(i-j) {
				t.Errorf("%v and %v compare as %d", v, w, got)
			}
		}
	}
}

func sign(n int) int { return max(-1, min(1, n)) }
