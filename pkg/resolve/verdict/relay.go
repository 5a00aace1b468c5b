package verdict

import (
	"math"
	"slices"
	"time"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// toCaller turns what comes back into what curl says: it is the last relay, and there is no proxy in it.
func toCaller(world []flow.Outcome) []flow.Outcome {
	out := slices.Clone(world)
	for i, o := range out {
		switch {
		case o.Failure == flow.ConnectRefused && o.Kind == "":
			out[i].Kind, out[i].CurlExit = flow.Refused, 7
		case o.Failure != flow.NoFailure && o.Kind == "":
			out[i].Kind, out[i].CurlExit = flow.Reset, 56
		}
		out[i].Failure = flow.NoFailure
	}
	return impatient(out)
}

// patience is how long a delay must be for callers to be likely that do not wait for its end.
const patience = time.Second

// impatient adds what callers see who do not wait for the end of a delay. It is not the mesh that chooses between the two.
func impatient(world []flow.Outcome) []flow.Outcome {
	for i, o := range world {
		if o.After < patience || o.Kind == flow.Timeout {
			continue
		}
		world = append(world, flow.Outcome{Kind: flow.Timeout, CurlExit: 28, Reason: flow.CallerGaveUp, By: o.Slow, CallerDecides: true})
		world[i].CallerDecides = o.Share > 1-1e-9
	}
	return world
}

// TcpRelay hands failures on as a closed connection: the proxy took the caller's connection before it tried the other side.
func TcpRelay(f flow.Flow) flow.Relay {
	return func(world []flow.Outcome) []flow.Outcome {
		out := slices.Clone(world)
		for i, o := range out {
			if o.Failure == flow.NoFailure || f.Sealed && o.Failure == flow.HandshakeFailed {
				continue // a handshake that this proxy only hands on fails at its other end
			}
			out[i] = f.Closed(o)
		}
		return out
	}
}

// HttpRelay makes answers of failures, after the retries that the route's policy allows. world holds one outcome for each place that a
// try can go to.
func HttpRelay(f flow.Flow, route flow.RouteChoice) flow.Relay {
	retry, party := route.Retry, f.At
	return func(world []flow.Outcome) []flow.Outcome {
		world = slices.Clone(world)
		for i, o := range world {
			world[i] = timedOut(f, o, route)
		}
		good := world[:0]
		var bad, aside []flow.Outcome
		for _, o := range world {
			switch {
			case o.Share == 0:
				aside = append(aside, f.Delayed(answer(f, o, party, retry.Retries(o))))
			case retry.Retries(o):
				bad = append(bad, o)
			default:
				good = append(good, o)
			}
		}
		lost := 0.0
		for _, o := range bad {
			lost += o.Share
		}
		left := lost
		if len(good) > 0 && lost > 0 && !retry.RequestKey {
			left = exhausted(append(slices.Clone(good), bad...), retry)
		}
		out := good[:0]
		for _, o := range good {
			if lost < 1 {
				o.Share *= (1 - left) / (1 - lost)
			}
			out = append(out, f.Delayed(answer(f, o, party, false)))
		}
		for _, o := range bad {
			if lost > 0 {
				o.Share *= left / lost
			}
			if o.Share > 1e-9 {
				out = append(out, f.Delayed(answer(f, o, party, true)))
			}
		}
		return append(out, aside...)
	}
}

// timedOut cuts off an answer that takes longer than the route waits. A delay of this proxy's own comes before the route's clock starts.
func timedOut(f flow.Flow, o flow.Outcome, route flow.RouteChoice) flow.Outcome {
	switch {
	case route.Retry.PerTry > 0 && o.After >= route.Retry.PerTry && (route.Timeout == 0 || route.Timeout > route.Retry.PerTry):
		t := f.Replies(504, flow.RouteTimeout, "upstream_per_try_timeout", "UT")
		if route.Retry.Includes("5xx", "gateway-error", "reset") {
			t.Flags = []string{"URX", "UT"}
		}
		t.Share, t.After, t.By = o.Share, route.Retry.PerTry, flow.By(flow.Cause, route.Part("retries.perTryTimeout"))
		t.Facts = []string{route.Retry.PerTry.String()}
		t.Slow = append(slices.Clone(o.Slow), t.By...)
		t.Body = "upstream request timeout"
		return t
	case route.Timeout > 0 && o.After >= route.Timeout:
		t := f.Replies(504, flow.RouteTimeout, "response_timeout", "UT")
		t.Share, t.After, t.By = o.Share, route.Timeout, flow.By(flow.Cause, route.Part("timeout"))
		t.Facts = []string{route.Timeout.String()}
		t.Slow = append(slices.Clone(o.Slow), t.By...)
		t.Body = "upstream request timeout"
		return t
	}
	return o
}

// exhausted is the part of the requests for which every try fails. A retry avoids the hosts that were tried before, so the tries are a
// draw without putting back; worlds with one endpoint each are assumed to be of the share that they have.
func exhausted(world []flow.Outcome, retry flow.Retry) float64 {
	hosts, bad := 0.0, 0.0
	least := 1.0
	for _, o := range world {
		least = min(least, o.Share)
	}
	for _, o := range world {
		n := math.Round(o.Share / least)
		hosts += n
		if retry.Retries(o) {
			bad += n
		}
	}
	left := 1.0
	for try := 0; try <= retry.Attempts; try++ {
		tried := float64(try)
		if retry.SameHost {
			tried = 0
		}
		if bad-tried <= 0 {
			return 0
		}
		left *= (bad - tried) / (hosts - tried)
	}
	return left
}
