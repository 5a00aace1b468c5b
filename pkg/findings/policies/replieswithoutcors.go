package policies

import (
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/findings/walk"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// repliesWithoutCORS: what a filter before the one for CORS answers has no CORS headers, so that a browser shows a CORS error in place of the status
// (pilot/pkg/networking/core/listener.go, buildHTTPConnectionManager: tokens and policies come before cors).
func repliesWithoutCORS(w *walk.Walk) []flow.Finding {
	if _, browser := w.Request.Headers.Get("origin"); !browser {
		return nil
	}
	for _, h := range w.Hops {
		for _, stage := range []string{"requestAuthentication", "deny", "allow"} { // as they follow one another
			r := h.Stage(stage)
			if r != nil && r.Rejects() == evidence.True && r.Outcome().Status != 0 && !r.Resource.IsZero() {
				return []flow.Finding{walk.Found(ReplyWithoutCORS, r.Resource.Object(), strconv.Itoa(r.Outcome().Status))}
			}
		}
	}
	return nil
}
