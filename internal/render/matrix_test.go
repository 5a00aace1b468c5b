package render

import (
	"bytes"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/matrix"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// TestMatrixNotSettled: what is not known is never printed as if it were.
func TestMatrixNotSettled(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "one"}}
	m := &matrix.Matrix{
		Classes:      []matrix.Class{{Pods: []*corev1.Pod{pod}}},
		Destinations: []matrix.Destination{{Namespace: "s", Name: "web", Port: 80, Path: "/\x1b[2J"}},
		Answers:      []matrix.Answer{{Outcomes: []matrix.Outcome{{Result: flow.Reaches, Share: 1}, {Result: flow.Answered, Status: 403}, {Result: flow.Reset}}}},
		Cells:        [][]int32{{0}},
	}
	for _, format := range []string{"table", "wide", "csv", "json", "yaml"} {
		var out bytes.Buffer
		if err := Matrix(&out, m, "GET", Options{Format: format, Width: 80}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s: a control character gets through: %q", format, out.String())
		}
		want := "? REACHES or DENIED 403 or ..."
		switch format {
		case "csv":
			want = ",false,reaches,"
		case "json":
			want = `"settled": false`
		case "yaml":
			want = "settled: false"
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: %q is not in\n%s", format, want, out.String())
		}
	}
}
