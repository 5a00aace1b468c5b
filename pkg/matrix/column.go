package matrix

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/capture"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
	"github.com/mesh-why/mesh-why/pkg/precedence/ztunnel"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// column is one destination's: the number of the answer of each source.
type column struct {
	*maker
	to      Destination
	answers []int32
	buf     []byte
	served  map[servedKey][]serving
	parts   parts
	known   map[string]string // by namespace, what ztunnels there take the addresses for
}

func (c *column) fill() {
	sample := c.q.request(c.to, nil)
	targets, _, _ := dns.Lookup(c.s, "", false, sample.Host, sample.Port)
	e := outboundRequest{Port: c.to.Port, Authority: sample.Authority, HTTP: sample.Scheme == "http"}
	if sample.TLS() {
		e.SNI = sample.Host
	}
	for _, t := range targets {
		e.IPs = append(e.IPs, t.IP)
		if t.Host != nil && !slices.Contains(e.Meant, t.Host) {
			e.Meant = append(e.Meant, t.Host)
		}
	}
	if len(targets) == 0 {
		e.IPs = []netip.Addr{{}}
	}
	e.Meant = append(e.Meant, c.named(sample)...)
	c.parts.reset()
	keys, peers := map[*client]string{}, map[string]string{}
	for _, u := range c.units {
		key, known := keys[u.client]
		if !known {
			key = c.side(u.client, e, peers)
			keys[u.client] = key
		}
		if u.state != capture.Captured {
			c.parts.add(key, u, u.pods...)
			continue
		}
		for _, i := range u.pods {
			c.parts.add(key+c.addressees(c.sources[i].Namespace, e), u, i)
		}
	}
	for _, list := range c.parts.lists() {
		c.settle(list)
	}
}

// named are the hosts that the request itself names.
func (c *column) named(r *flow.Request) []*mesh.Host {
	name := strings.ToLower(config.StripPort(r.Authority))
	var out []*mesh.Host
	for _, suffix := range []string{"", "." + mesh.DomainSuffix, ".svc." + mesh.DomainSuffix} {
		out = append(out, c.s.HostsNamed(name+suffix)...)
	}
	return append(out, c.s.HostsNamed(r.Host)...)
}

// side describes how a client's own side treats the request.
func (c *column) side(x *client, e outboundRequest, peers map[string]string) string {
	if x.bare {
		return mesh.PodRef(x.pod).String()
	}
	single := !strings.Contains(config.StripPort(e.Authority), ".") // a name that means something else in each namespace
	shared := x.peer != "" && !x.alone && !single
	if known, ok := peers[x.peer]; ok && shared {
		return known
	}
	key := x.kind
	if x.limited {
		some, _ := mesh.RunsAsProxy(x.pod)
		key += "|" + some.Field
		for _, ip := range e.IPs {
			captured, at := x.view.Config.CapturesOutbound(x.pod, ip, e.Port)
			key += "|" + strconv.FormatBool(captured) + at.Field
		}
	}
	if x.alone || single {
		key += "|" + mesh.PodRef(x.pod).String()
	}
	key += "|" + outboundConfig(x.scope, x.view, x.as, e)
	if shared {
		peers[x.peer] = key
	}
	return key
}

// addressees tell what the ztunnel of a client takes the addresses for, which depends on the client's namespace alone.
func (c *column) addressees(namespace string, e outboundRequest) string {
	if known, ok := c.known[namespace]; ok {
		return known
	}
	key := ""
	for _, ip := range e.IPs {
		switch d := ztunnel.Lookup(c.s.ForZtunnels(), namespace, ip); {
		case d.Pod != nil:
			key += "|" + mesh.PodRef(d.Pod).String()
		case d.Host != nil:
			key += "|" + d.Host.Ref.String()
		}
	}
	c.known[namespace] = key
	return key
}

// settle answers for members whose own side is the same: it asks for the first of them, and has the answer for all those that answer the
// same to what was asked of the first. The others are settled among themselves.
func (c *column) settle(members []member) {
	first := members[0]
	at := first.pods[0]
	walk, verdict := c.answer(first.client, at)
	deps := senderDepsOf(walk, c.senderOf(first.unit, at))
	selves := c.selves(first.client, deps)
	_, self := selves[at]
	number := c.number(c.answerOf(verdict, first.client, c.sources[at], self))
	byPod := deps.Address || deps.Node || deps.Gateway && ComparesAddresses(c.s)
	split := map[*unit]bool{}
	for i := range selves {
		split[c.unitOf[i]] = true
	}
	if !deps.Compares() && !byPod && len(split) == 0 {
		for _, m := range members {
			c.set(m.pods, number)
		}
		return
	}
	c.parts.reset()
	for _, m := range members {
		if !byPod && !split[m.unit] {
			c.parts.add(c.key(m.unit, m.pods[0], deps, selves), m.unit, m.pods...)
			continue
		}
		for _, i := range m.pods {
			c.parts.add(c.key(m.unit, i, deps, selves), m.unit, i)
		}
	}
	mine := c.parts.number[c.key(first.unit, at, deps, selves)]
	for n, list := range c.parts.lists() {
		if n != mine {
			c.settle(list)
			continue
		}
		for _, m := range list {
			c.set(m.pods, number)
		}
	}
}

// key is what a source answers to what was deps.
func (c *column) key(u *unit, i int, deps *SenderDeps, selves map[int]string) string {
	c.buf = append(c.buf[:0], selves[i]...)
	if deps.Node {
		c.buf = append(append(c.buf, '|'), c.sources[i].Spec.NodeName...)
	}
	from := c.senderOf(u, i)
	if deps.Gateway && ComparesAddresses(c.s) {
		c.buf = append(append(c.buf, '|'), from.Address.String()...)
	}
	c.buf = append(c.buf, '|')
	return string(deps.Answers(c.buf, from))
}

func (c *column) set(pods []int, number int32) {
	for _, i := range pods {
		c.answers[i] = number
	}
}
