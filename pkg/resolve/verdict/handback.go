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

// HandBack is what a proxy makes of what comes back from all the places that it could have sent the request to, each with its share.
func HandBack(r *flow.Response, world []flow.Outcome) []flow.Outcome {
	switch {
	case r.HTTP:
		return answered(r, world)
	case r.Turns != nil:
		return turned(r, world)
	}
	return closed(r, world)
}

// turned changes failures for what the next proxy sees of them.
func turned(r *flow.Response, world []flow.Outcome) []flow.Outcome {
	out := slices.Clone(world)
	for i, o := range out {
		to, known := r.Turns[o.Failure]
		if !known {
			continue
		}
		out[i] = logged(r, o)
		if to == flow.Terminated && r.ClientTLS {
			out[i] = r.Closed(out[i])
		}
		out[i].Failure = to
	}
	return out
}

// logged gives an outcome the words of a ztunnel's log, where it has any for the failure.
func logged(r *flow.Response, o flow.Outcome) flow.Outcome {
	text := r.Says[o.Failure]
	if o.Failure == flow.TunnelAnswered && r.Says != nil {
		text = o.Details // the status that the waypoint answered with
	}
	if text != "" {
		o.Details, o.Flags, o.AnsweredBy = text, nil, []flow.Party{r.Party}
	}
	return o
}

// closed hands failures on as a closed connection: the proxy took the caller's connection before it tried the other side.
func closed(r *flow.Response, world []flow.Outcome) []flow.Outcome {
	out := slices.Clone(world)
	for i, o := range out {
		if o.Failure == flow.NoFailure || r.HandsOn && o.Failure == flow.HandshakeFailed {
			continue // a handshake that this proxy only hands on fails at its other end
		}
		out[i] = r.Closed(logged(r, o))
	}
	return out
}

// answered makes answers of failures, after the retries that the route's policy allows. World holds one outcome for each place that a try
// can go to.
func answered(r *flow.Response, world []flow.Outcome) []flow.Outcome {
	world = slices.Clone(world)
	for i, o := range world {
		world[i] = timedOut(r, o)
	}
	good := world[:0]
	var bad, aside []flow.Outcome
	for _, o := range world {
		switch {
		case o.Share == 0:
			aside = append(aside, r.Delayed(answer(r, o, r.Retry.Retries(o))))
		case r.Retry.Retries(o):
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
	if len(good) > 0 && lost > 0 && !r.Retry.RequestKey {
		left = exhausted(append(slices.Clone(good), bad...), r.Retry)
	}
	out := good[:0]
	for _, o := range good {
		if lost < 1 {
			o.Share *= (1 - left) / (1 - lost)
		}
		out = append(out, r.Delayed(answer(r, o, false)))
	}
	for _, o := range bad {
		if lost > 0 {
			o.Share *= left / lost
		}
		if o.Share > 1e-9 {
			out = append(out, r.Delayed(answer(r, o, true)))
		}
	}
	return append(out, aside...)
}

// timedOut cuts off an answer that takes longer than the route waits. A delay of this proxy's own comes before the route's clock starts.
func timedOut(r *flow.Response, o flow.Outcome) flow.Outcome {
	perTry := r.Retry.PerTry
	switch {
	case perTry > 0 && o.After >= perTry && (r.Timeout == 0 || r.Timeout > perTry):
		t := r.Replies(504, flow.RouteTimeout, "upstream_per_try_timeout", "UT")
		if r.Retry.Includes("5xx", "gateway-error", "reset") {
			t.Flags = []string{"URX", "UT"}
		}
		return gaveUp(t, o, perTry, flow.By(flow.Cause, r.Part("retries.perTryTimeout")))
	case r.Timeout > 0 && o.After >= r.Timeout:
		t := r.Replies(504, flow.RouteTimeout, "response_timeout", "UT")
		return gaveUp(t, o, r.Timeout, flow.By(flow.Cause, r.Part("timeout")))
	}
	return o
}

// gaveUp completes the answer of a proxy that waited for an answer no longer.
func gaveUp(t, waited flow.Outcome, after time.Duration, by []flow.Responsible) flow.Outcome {
	t.Share, t.After, t.By = waited.Share, after, by
	t.Args = []string{after.String()}
	t.Slow = append(slices.Clone(waited.Slow), by...)
	t.Body = "upstream request timeout"
	return t
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
