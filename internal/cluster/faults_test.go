package cluster

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// fault answers a request in place of the API server, if it says true.
type fault func(x fakeExchange) bool

func says(code int, reason metav1.StatusReason, message string) fault {
	return func(x fakeExchange) bool {
		status(x.W, code, reason, x.Asked, message)
		return true
	}
}

func text(code int, contentType, body string, header ...string) fault {
	return func(x fakeExchange) bool {
		for i := 0; i < len(header); i += 2 {
			x.W.Header().Set(header[i], header[i+1])
		}
		x.W.Header().Set("Content-Type", contentType)
		x.W.WriteHeader(code)
		_, _ = io.WriteString(x.W, body)
		return true
	}
}

// endless is an answer that never ends.
func endless(code int, begin string) fault {
	return func(x fakeExchange) bool {
		x.W.Header().Set("Content-Type", acceptJSON)
		x.W.WriteHeader(code)
		_, err := io.WriteString(x.W, begin)
		for blanks := strings.Repeat(" ", 1<<20); err == nil; {
			_, err = io.WriteString(x.W, blanks)
		}
		return true
	}
}

// times is a fault that passes by.
func times(n int, f fault) fault { return func(x fakeExchange) bool { return x.Count < n && f(x) } }

// later is a fault of all pages but the first.
func later(f fault) fault { return func(x fakeExchange) bool { return x.Next != "" && f(x) } }

func cutOff(x fakeExchange) bool {
	c, _, err := http.NewResponseController(x.W).Hijack()
	if err == nil {
		err = c.Close()
	}
	return err == nil
}

func cutInside(x fakeExchange) bool {
	x.W.Header().Set("Content-Length", "1000")
	x.W.Header().Set("Content-Type", acceptJSON)
	_, _ = io.WriteString(x.W, `{"kind":"`)
	_ = http.NewResponseController(x.W).Flush()
	panic(http.ErrAbortHandler)
}

// Whatever happens to one list of any kind, the rest is read, and what is missing is told: no wrong silence, no hang, no panic.
func TestFaults(t *testing.T) {
	tooMany := text(http.StatusTooManyRequests, "text/plain", "Too many requests, please try again later.", "Retry-After", "1")
	gone := says(http.StatusGone, metav1.StatusReasonExpired, "The provided continue parameter is too old to display a consistent list result.")
	for _, row := range []struct {
		name   string
		fault  fault
		cause  mesh.Cause // of the gap; none where the list is read in the end
		detail string
		silent bool // the fault does not show on lists of one page
		every  bool // every kind's list in turn, not only one of each sort
	}{
		{name: "no fault", fault: func(fakeExchange) bool { return false }},
		{name: "forbidden", fault: says(403, metav1.StatusReasonForbidden, "no rights here"), cause: mesh.Forbidden, detail: "no rights here", every: true},
		{name: "forbidden by a proxy", fault: text(403, "text/html", "<p>no</p>"), cause: mesh.Forbidden, detail: "<p>no</p>"},
		{name: "not logged in for this", fault: says(401, metav1.StatusReasonUnauthorized, "Unauthorized"), cause: mesh.Forbidden, detail: "Unauthorized"},
		{name: "internal error", fault: says(500, metav1.StatusReasonInternalError, "etcd has no leader"), cause: mesh.Failed, detail: "etcd has no leader", every: true},
		{name: "internal error without words", fault: text(500, acceptJSON, ""), cause: mesh.Failed},
		{name: "unavailable", fault: says(503, metav1.StatusReasonServiceUnavailable, "shutting down"), cause: mesh.Failed, detail: "shutting down"},
		{name: "unavailable for a while", fault: times(2, text(503, "text/plain", "starting", "Retry-After", "1"))},
		{name: "too many requests", fault: tooMany, cause: mesh.Failed, detail: "too many requests"},
		{name: "too many requests for a while", fault: times(maxAttempts-1, tooMany)},
		{name: "gone at once", fault: gone, cause: mesh.Failed, detail: "too old"},
		{name: "gone in the middle", fault: later(gone), cause: mesh.Failed, detail: "too old", silent: true},
		{name: "gone in the middle for a while", fault: later(times(maxRestarts*2, gone))},
		{name: "connection cut", fault: cutOff, cause: mesh.Failed, every: true},
		{name: "connection cut for a while", fault: times(maxAttempts-1, cutOff)},
		{name: "connection cut inside", fault: cutInside, cause: mesh.Failed, detail: "unexpected EOF"},
		{name: "connection cut inside for a while", fault: times(2, cutInside)},
		{name: "truncated JSON", fault: text(200, acceptJSON, `{"kind":"List","items":[{`), cause: mesh.Failed, detail: "unexpected end of JSON input"},
		{name: "truncated on the second page", fault: later(text(200, acceptJSON, `{"kind":"List"`)), cause: mesh.Failed, silent: true},
		{name: "broken protobuf", fault: text(200, mediaProto, "k8s\x00\x0a\xff"), cause: mesh.Failed},
		{name: "not quite protobuf", fault: text(200, mediaProto, "hello"), cause: mesh.Failed},
		{name: "a page of HTML", fault: text(200, "text/html", "<html>log in</html>"), cause: mesh.Failed, detail: "text/html"},
		{name: "no content type", fault: text(200, "", "{}"), cause: mesh.Failed},
		{name: "an endless answer", fault: endless(200, `{"kind":"`), cause: mesh.Failed, detail: "larger than 64 MiB"},
		{name: "an endless refusal", fault: endless(500, `{"kind":"`), cause: mesh.Failed, detail: "larger than 64 MiB"},
		{name: "a page of too many objects", fault: list(`"items":[{}` + strings.Repeat(",{}", maxItems) + `]`), cause: mesh.Failed, detail: "more than 50000 objects"},
		{name: "items twice", fault: list(`"items":[{}],"items":[]`), cause: mesh.Failed, detail: `has "items" twice`},
		{name: "items in other letters", fault: list(`"Items":[]`), cause: mesh.Failed, detail: "has no items"},
		{name: "items that are null", fault: list(`"items":null`), cause: mesh.Failed, detail: "has no items"},
		{name: "more behind the list", fault: text(200, acceptJSON, `{"kind":"ServiceList","items":[]}{}`), cause: mesh.Failed, detail: "follows the end"},
		{name: "an empty object", fault: text(200, acceptJSON, `{}`), cause: mesh.Failed, detail: `got kind ""`},
		{name: "another kind", fault: text(200, acceptJSON, `{"kind":"PodMetricsList","items":[]}`), cause: mesh.Failed, detail: `"PodMetricsList"`},
		{name: "a status that is fine", fault: text(200, acceptJSON, `{"kind":"Status","status":"Success"}`), cause: mesh.Failed},
		{name: "nothing at all", fault: text(200, acceptJSON, ``), cause: mesh.Failed},
		{name: "a list without items", fault: list(`"metadata":{}`), cause: mesh.Failed, detail: "has no items"},
		{name: "more items, and no way to them", fault: list(`"metadata":{"remainingItemCount":3},"items":[]`), cause: mesh.Failed, detail: "3 more items"},
		{name: "a redirect", fault: redirect, cause: mesh.Failed, detail: "redirects to https://login.example, which is not followed"},
		{name: "a proxy's own page that says not found", fault: text(404, "text/html", "<html>no such page</html>"), cause: mesh.Failed, every: true},
		{name: "a page that goes round", fault: roundabout, cause: mesh.Failed, detail: "the same page"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			kinds := []mesh.Kind{mesh.Service, mesh.VirtualService, mesh.HTTPRoute, mesh.Pod, mesh.AuthorizationPolicy}
			if row.every {
				kinds = slices.Concat(everywhere, local)
			}
			for _, kind := range kinds {
				f := newFake(t)
				var hit atomic.Bool
				f.Fault = func(x fakeExchange) bool {
					if x.API.Kind != kind || x.Name != "" {
						return false
					}
					hit.Store(true)
					return row.fault(x)
				}
				s := snapshot(t, f.reader(t, Options{Parallel: 4}), bothNeeded)
				noWrongSilence(t, f, s)
				if !hit.Load() {
					t.Fatalf("%s was not asked for", kind)
				}
				gaps := gapsIn(s, kind, "bar")
				switch {
				case row.silent && len(gaps) == 0:
				case row.cause == "" && len(gaps) > 0:
					t.Errorf("%s: %v, want none", kind, gaps)
				case row.cause != "" && (len(gaps) != 1 || gaps[0].Cause != row.cause || gaps[0].Detail == "" || !strings.Contains(gaps[0].Detail, row.detail)):
					t.Errorf("%s: %v, want one with cause %s and %q", kind, gaps, row.cause, row.detail)
				}
				for _, other := range slices.Concat(everywhere, local) {
					if gaps := gapsIn(s, other, "bar"); other != kind && len(gaps) > 0 {
						t.Errorf("%s is at fault, and %s has gaps too: %v", kind, other, gaps)
					}
				}
			}
		})
	}
}

func roundabout(x fakeExchange) bool {
	x.W.Header().Set("Content-Type", acceptJSON)
	_, _ = fmt.Fprintf(x.W, `{"kind":"%sList","metadata":{"continue":"again"},"items":[]}`, x.API.Name())
	return true
}

// list answers with a list of the kind that was asked for.
func list(fields string) fault {
	return func(x fakeExchange) bool {
		if x.API.Plural == "" || x.Name != "" {
			return false
		}
		return text(200, acceptJSON, `{"kind":"`+x.API.Name()+`List",`+fields+`}`)(x)
	}
}

// A list of one namespace that holds objects of another is no list of it, nor is one object another.
func TestForeignObjects(t *testing.T) {
	for _, spec := range []string{"{}", "[]"} { // the second does not decode
		for _, kind := range []mesh.Kind{mesh.Pod, mesh.AuthorizationPolicy, mesh.EndpointSlice} {
			f := newFake(t)
			f.Fault = func(x fakeExchange) bool {
				return x.API.Kind == kind && x.Namespace == "bar" && list(`"metadata":{},"items":[{"metadata":{"name":"x","namespace":"elsewhere"},"spec":`+spec+`,"endpoints":`+spec+`}]`)(x)
			}
			s := snapshot(t, f.reader(t, Options{}), bothNeeded)
			noWrongSilence(t, f, s)
			if gaps := gapsIn(s, kind, "bar"); len(gaps) != 1 || gaps[0].Cause != mesh.Failed || !strings.Contains(gaps[0].Detail, `want namespace "bar", got an object of namespace "elsewhere"`) {
				t.Errorf("%s %s: %v", kind, spec, gaps)
			}
			if gaps := gapsIn(s, kind, "foo"); len(gaps) > 0 {
				t.Errorf("%s of foo: %v", kind, gaps)
			}
		}
	}
	f := newFake(t)
	f.Fault = func(x fakeExchange) bool {
		return x.API.Kind == mesh.ConfigMap && x.Name == "istio" && text(200, acceptJSON, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"other","namespace":"istio-system"}}`)(x)
	}
	s := snapshot(t, f.reader(t, Options{}), bothNeeded)
	if gaps := gapsIn(s, mesh.ConfigMap, "istio-system"); len(gaps) != 1 || !strings.Contains(gaps[0].Detail, `want "istio", got "other"`) {
		t.Errorf("another ConfigMap: %v", gaps)
	}
}

func redirect(x fakeExchange) bool {
	http.Redirect(x.W, x.R, "https://login.example/?state=secret", http.StatusFound)
	return true
}
