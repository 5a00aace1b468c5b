package older

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/release"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// A change is one between releases.
type change struct {
	code  flow.Note     // names it in the catalogue
	since release.Since // the releases that brought what is followed
	from  release.Since // those that brought what was before, where that did not hold from the beginning on
	proxy bool          // the proxy's release counts, not istiod's
	flag  string        // of istiod's, that turns it back; empty for none

	bears func(place) mesh.Ref // on what of a request, at one of its proxies; zero where on nothing
	old   []flow.Outcome       // what else could come of it
}

// changes are all of them.
var changes = slices.Concat(ofTokens, ofTransport, ofRoutes, ofEntries, ofGatewayAPI)

// Answers that a change can lead to.
var (
	reaches = flow.Outcome{Kind: flow.Reaches}
	denied  = flow.Outcome{Kind: flow.Answered, Status: 403}
	refused = flow.Outcome{Kind: flow.Answered, Status: 401}
	missing = flow.Outcome{Kind: flow.Answered, Status: 404}
	fails   = flow.Outcome{Kind: flow.Answered, Status: 503}
	broken  = flow.Outcome{Kind: flow.Answered, Status: 500}
	closed  = flow.Outcome{Kind: flow.Reset, CurlExit: 56}
)

// place is a proxy on the way of a request, and what it made of it.
type place struct {
	*flow.Node
	s *mesh.Snapshot // as its control plane sees the mesh
}

// Otherwise lists what else could come of a walk by rules of older releases, with the gaps that name them.
func Otherwise(s *mesh.Snapshot, root *flow.Node) (answers []flow.Outcome, gaps []mesh.Gap) {
	visit(root, func(n *flow.Node) {
		p := place{n, s.For(n.Flow.Pod)}
		for _, c := range atWork(p) {
			at := c.bears(p)
			if at.IsZero() {
				continue
			}
			gap := mesh.Gap{Kind: at.Kind, Namespace: at.Namespace, Cause: mesh.Unsupported, Resource: at, Detail: "Istio " + c.release(p).String(), Rule: string(c.code)}
			if slices.Contains(gaps, gap) {
				continue
			}
			gaps = append(gaps, gap)
			for _, o := range c.old {
				o.Reason, o.By = flow.RuleDiffersByVersion, flow.By(flow.Cause, at)
				o.Args = []string{gap.Detail, flow.CodeMark + string(c.code)}
				answers = append(answers, o)
			}
		}
	})
	return answers, gaps
}

func visit(n *flow.Node, f func(*flow.Node)) {
	f(n)
	for _, fork := range n.Split {
		visit(fork.Node, f)
	}
	if n.Down != nil {
		visit(n.Down, f)
	}
}

type atWorkKey struct{ istiod, proxy release.Release }

// atWork are the changes that the releases at a place do not have.
func atWork(p place) []*change {
	proxy := flow.ProxyRelease(p.s, p.Flow.Pod)
	return mesh.Derive(p.s, atWorkKey{p.s.Version.Istiod, proxy}, func() []*change {
		var out []*change
		for i := range changes {
			c := &changes[i]
			r := p.s.Version.Istiod
			if c.proxy {
				r = proxy
			}
			f := p.s.Flag(c.flag)
			turned := c.flag != "" && f.Name != "" && f.Known
			if (!r.Has(c.since) || turned) && (len(c.from) == 0 || r.Has(c.from)) && !r.Before(release.First) {
				out = append(out, c)
			}
		}
		return out
	})
}

// release is the one that counts.
func (c *change) release(p place) release.Release {
	if c.proxy {
		return flow.ProxyRelease(p.s, p.Flow.Pod)
	}
	return p.s.Version.Istiod
}

// Flags are the flags of istiod that turn a change back.
var Flags = func() []string {
	var out []string
	for _, c := range changes {
		if c.flag != "" {
			out = append(out, c.flag)
		}
	}
	return out
}()

// compared finds a comparison of some stages, the first for which is holds, and the object that asks for it.
func (p place) compared(is func(field, got string, want []string) bool, stages ...string) mesh.Ref {
	for i := range p.Results {
		r := &p.Results[i]
		if !slices.Contains(stages, r.Stage) {
			continue
		}
		for _, c := range r.Candidates {
			for _, x := range c.Checks {
				if is(x.Field, x.Got, x.Want) {
					return c.Ref
				}
			}
		}
	}
	return mesh.Ref{}
}

// cluster is where the proxy sends the request; nil for nowhere that it knows.
func (p place) cluster() *flow.Cluster {
	if p.Left.Passthrough {
		return nil
	}
	return p.Left.Cluster
}
