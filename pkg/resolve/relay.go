package resolve

import (
	"math"
	"slices"
	"time"
)

// toCaller turns what comes back into what curl says: it is the last relay, and there is no proxy in it.
func toCaller(world []Outcome) []Outcome {
	out := slices.Clone(world)
	for i, o := range out {
		switch {
		case o.Failure == ConnectRefused && o.Kind == "":
			out[i].Kind, out[i].CurlExit = Refused, 7
		case o.Failure != NoFailure && o.Kind == "":
			out[i].Kind, out[i].CurlExit = Reset, 56
		}
		out[i].Failure = NoFailure
	}
	return impatient(out)
}

// patience is how long a delay must be for callers to be likely that do not wait for its end.
const patience = time.Second

// impatient adds what callers see who do not wait for the end of a delay. It is not the mesh that chooses between the two.
func impatient(world []Outcome) []Outcome {
	for i, o := range world {
		if o.After < patience || o.Kind == Timeout {
			continue
		}
		world = append(world, Outcome{Kind: Timeout, CurlExit: 28, Reason: CallerGaveUp, By: o.Slow, CallerDecides: true})
		world[i].CallerDecides = o.Share > 1-1e-9
	}
	return world
}

// tcpRelay hands failures on as a closed connection: the proxy took the caller's connection before it tried the other side.
func tcpRelay(f Flow) Relay {
	return func(world []Outcome) []Outcome {
		out := slices.Clone(world)
		for i, o := range out {
			if o.Failure == NoFailure || f.Sealed && o.Failure == HandshakeFailed {
				continue // a handshake that this proxy only hands on fails at its other end
			}
			out[i] = f.closed(o)
		}
		return out
	}
}

// closed is a closed connection as the caller sees it: its own TLS breaks off, anything else is reset.
func (f Flow) closed(o Outcome) Outcome {
	o.Failure, o.Kind, o.CurlExit = Terminated, Reset, 56
	if f.payload() == appTLS {
		o.Kind, o.CurlExit = TLSFailure, 35
	}
	return o
}

// httpRelay makes answers of failures, after the retries that the route's policy allows. world holds one outcome for each place that a
// try can go to.
func httpRelay(f Flow, route RouteChoice) Relay {
	retry, party := route.Retry, f.At
	return func(world []Outcome) []Outcome {
		world = slices.Clone(world)
		for i, o := range world {
			world[i] = f.timedOut(o, route)
		}
		good := world[:0]
		var bad, aside []Outcome
		for _, o := range world {
			switch {
			case o.Share == 0:
				aside = append(aside, f.delayed(f.answer(o, party, retry.retries(o))))
			case retry.retries(o):
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
			out = append(out, f.delayed(f.answer(o, party, false)))
		}
		for _, o := range bad {
			if lost > 0 {
				o.Share *= left / lost
			}
			if o.Share > 1e-9 {
				out = append(out, f.delayed(f.answer(o, party, true)))
			}
		}
		return append(out, aside...)
	}
}

// timedOut cuts off an answer that takes longer than the route waits. A delay of this proxy's own comes before the route's clock starts.
func (f Flow) timedOut(o Outcome, route RouteChoice) Outcome {
	switch {
	case route.Retry.PerTry > 0 && o.After >= route.Retry.PerTry && (route.Timeout == 0 || route.Timeout > route.Retry.PerTry):
		t := f.replies(504, RouteTimeout, "upstream_per_try_timeout", "UT")
		if route.Retry.on("5xx", "gateway-error", "reset") {
			t.Flags = []string{"URX", "UT"}
		}
		t.Share, t.After, t.By = o.Share, route.Retry.PerTry, by(Cause, route.part("retries.perTryTimeout"))
		t.Facts = []string{route.Retry.PerTry.String()}
		t.Slow = append(slices.Clone(o.Slow), t.By...)
		t.Body = "upstream request timeout"
		return t
	case route.Timeout > 0 && o.After >= route.Timeout:
		t := f.replies(504, RouteTimeout, "response_timeout", "UT")
		t.Share, t.After, t.By = o.Share, route.Timeout, by(Cause, route.part("timeout"))
		t.Facts = []string{route.Timeout.String()}
		t.Slow = append(slices.Clone(o.Slow), t.By...)
		t.Body = "upstream request timeout"
		return t
	}
	return o
}

func (f Flow) delayed(o Outcome) Outcome {
	if f.Delay > 0 {
		o.After += f.Delay
		o.Slow = append(slices.Clone(o.Slow), f.slowed()...)
	}
	return o
}

// slowed is responsible for the delay of this proxy's own.
func (f Flow) slowed() []Responsible {
	if f.Delay == 0 {
		return nil
	}
	return by(Cause, f.Route.Ref.At(f.Route.Ref.Field+".fault.delay"))
}

// exhausted is the part of the requests for which every try fails. A retry avoids the hosts that were tried before, so the tries are a
// draw without putting back; worlds with one endpoint each are assumed to be of the share that they have.
func exhausted(world []Outcome, retry Retry) float64 {
	hosts, bad := 0.0, 0.0
	least := 1.0
	for _, o := range world {
		least = min(least, o.Share)
	}
	for _, o := range world {
		n := math.Round(o.Share / least)
		hosts += n
		if retry.retries(o) {
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
