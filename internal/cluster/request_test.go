package cluster

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Retry-After is honoured, with a cap; without it nothing is tried again.
func TestRetryAfter(t *testing.T) {
	for _, row := range []struct {
		name   string
		code   int
		header []string
		waits  []time.Duration
	}{
		{"too many requests", http.StatusTooManyRequests, []string{"Retry-After", "3"}, []time.Duration{3 * time.Second, 3 * time.Second, 3 * time.Second, 3 * time.Second}},
		{"an hour is too long", http.StatusServiceUnavailable, []string{"Retry-After", "3600"}, []time.Duration{maxWait, maxWait, maxWait, maxWait}},
		{"a date is not understood", http.StatusServiceUnavailable, []string{"Retry-After", "Sun, 22 Nov 2026 10:00:00 GMT"}, nil},
		{"no header", http.StatusServiceUnavailable, nil, nil},
		{"another failure", http.StatusInternalServerError, []string{"Retry-After", "3"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			f.Fault = func(x fakeExchange) bool {
				return x.API.Kind == mesh.VirtualService && text(row.code, "text/plain", "no", row.header...)(x)
			}
			var waits []time.Duration
			r := f.reader(t, Options{Sleep: func(_ context.Context, d time.Duration) error {
				waits = append(waits, d)
				return nil
			}})
			snapshot(t, r, bothNeeded)
			if !slices.Equal(waits, row.waits) {
				t.Errorf("waited for %v, want %v", waits, row.waits)
			}
		})
	}
}

// A wait that the deadline ends leaves the API server's own words in the gap.
func TestRetryEndsAtTheDeadline(t *testing.T) {
	f := newFake(t)
	f.Fault = func(x fakeExchange) bool {
		return x.API.Kind == mesh.VirtualService && text(http.StatusServiceUnavailable, "text/plain", "starting up", "Retry-After", "1")(x)
	}
	r := f.reader(t, Options{Sleep: func(context.Context, time.Duration) error { return context.DeadlineExceeded }})
	s := snapshot(t, r, bothNeeded)
	if gaps := gapsIn(s, mesh.VirtualService, "bar"); len(gaps) != 1 || gaps[0].Detail == context.DeadlineExceeded.Error() {
		t.Errorf("gaps are %v, want what the API server said", gaps)
	}
}

func TestParallel(t *testing.T) {
	f := newFake(t)
	var now, most atomic.Int64
	f.Fault = func(fakeExchange) bool {
		for n, m := now.Add(1), most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		return false
	}
	inner := f.Config.Handler
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer now.Add(-1)
		inner.ServeHTTP(w, r)
	})
	snapshot(t, f.reader(t, Options{Parallel: 3}), Need{All: true})
	if most.Load() > 3 {
		t.Errorf("%d requests at one time, want 3 at most", most.Load())
	}
}
