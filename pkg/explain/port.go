package explain

import (
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
)

// otherPort asks on the ports that a Service has, where it lacks the one that was dialled.
func (a *advice) otherPort() {
	if a.q.Via != nil {
		return
	}
	targets, found, _ := dns.Lookup(a.s, a.q.Namespace(), a.q.Outside(), a.q.Host, a.q.Port)
	if !found || targets[0].Host == nil {
		return
	}
	h := targets[0].Host
	if _, has := h.Port(a.q.Port); has {
		return
	}
	const most = 2
	dialled, tried := ":"+strconv.Itoa(a.q.Port), 0
	for _, p := range h.Ports {
		if tried == most {
			return
		}
		ask, port := *a.q, strconv.Itoa(p.Number)
		ask.Port, ask.Authority = p.Number, strings.Replace(a.q.Authority, a.q.Host+dialled, a.q.Host+":"+port, 1)
		_, v := resolve.Answer(a.s, &ask)
		if !v.Settled {
			continue
		}
		tried++
		a.add(Next{Text: catalogue.Text("NextPort", h.Name, port, outcomeOf(v)), Command: a.elsewhere(a.q.Host, p.Number)})
	}
}
