package effect

import (
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// fault aborts and delays shares of the requests. A percentage that is not given is none.
func fault(f Filter, r *matching.Request, _ Around) Effect {
	c := f.override()
	is := matching.Headers(c.List("headers"), r)
	if c.Has("upstream_cluster") || c.Has("downstream_nodes") || c.Has("max_active_faults") {
		is = evidence.And(is, evidence.Unknown)
	}
	if is == evidence.False {
		return Effect{}
	}
	e := Effect{}
	abort := c.At("abort")
	if share := matching.Share(abort.At("percentage")); share > 0 {
		answer := Answer{Flags: []string{"FI"}, Details: "fault_filter_abort", Body: "fault filter abort"}
		n, given := abort.Number("http_status")
		answer.Status = int(n)
		if abort.Has("grpc_status") {
			answer.Status, answer.Body, given = 200, "", true
		}
		if !given {
			if lines, known := r.Header("x-envoy-fault-abort-request"); len(lines) == 0 && known {
				share = 0 // the request's own header would say what it is answered
			}
			is = evidence.And(is, evidence.Unknown)
		}
		if share > 0 {
			e = when(is, answer)
			e.Share = share
		}
	}
	if d, ok := c.At("delay").Duration("fixed_delay"); ok && is == evidence.True {
		if share := matching.Share(c.At("delay", "percentage")); share > 0 {
			e.Delay, e.Slow = d, share
		}
	}
	return e
}

// healthCheck answers requests itself that its headers select, in place of the application.
func healthCheck(f Filter, r *matching.Request, _ Around) Effect {
	if f.Config.Flag("pass_through_mode") {
		return Effect{}
	}
	e := when(matching.Headers(f.Config.List("headers"), r), Answer{Status: 200, Details: "health_check_ok"})
	if e.Ends != Never && len(f.Config.Entries("cluster_min_healthy_percentages")) > 0 {
		e.Ends = Perhaps
		e.Answers = append(e.Answers, Answer{Status: 503, Details: "health_check_failed"})
	}
	return e
}

// transcoder makes gRPC calls of JSON requests, as descriptors say that are not read.
func transcoder(f Filter, r *matching.Request, _ Around) Effect {
	if r.GRPC() || len(f.override().Texts("services")) == 0 {
		return Effect{}
	}
	return Effect{Free: true}
}

// customResponse changes answers by their status, those of the next hop too.
func customResponse(f Filter, _ *matching.Request, _ Around) Effect {
	tree := f.override().At("custom_response_matcher")
	if len(tree.Fields()) == 0 {
		return Effect{}
	}
	e := Effect{}
	before := func(int) evidence.Tri { return evidence.False }
	for _, m := range tree.At("matcher_list").List("matchers") {
		of := statusPredicate(m.At("predicate"))
		typ, policy := m.At("on_match", "action").Any("typed_config")
		if of == nil || typ != "envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy" {
			return Effect{BackFree: true}
		}
		earlier := before // the first matcher that holds decides
		here := func(n int) evidence.Tri { return evidence.And(of(n), earlier(n).Not()) }
		before = func(n int) evidence.Tri { return evidence.Or(earlier(n), of(n)) }
		if n, ok := policy.Number("status_code"); ok {
			e.Back = append(e.Back, Mapping{Of: here, To: int(n), Body: policy.At("body").Text("inline_string")})
		}
	}
	if tree.Has("matcher_tree") || tree.Has("on_no_match") {
		return Effect{BackFree: true}
	}
	return e
}

// statusPredicate reads a predicate over an answer's status; nil where it is another.
func statusPredicate(p message.Message) func(int) evidence.Tri {
	switch {
	case p.Has("single_predicate"):
		single := p.At("single_predicate")
		typ, _ := single.At("input").Any("typed_config")
		value := single.At("value_match")
		switch typ {
		case "envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput":
			return func(n int) evidence.Tri { return matching.Text(value, itoa(n)) }
		case "envoy.type.matcher.v3.HttpResponseStatusCodeClassMatchInput":
			return func(n int) evidence.Tri { return matching.Text(value, itoa(n/100)+"xx") }
		}
		return nil
	case p.Has("or_matcher"):
		var of []func(int) evidence.Tri
		for _, x := range p.At("or_matcher").List("predicate") {
			y := statusPredicate(x)
			if y == nil {
				return nil
			}
			of = append(of, y)
		}
		return func(n int) evidence.Tri {
			is := evidence.False
			for _, x := range of {
				is = evidence.Or(is, x(n))
			}
			return is
		}
	}
	return nil
}
