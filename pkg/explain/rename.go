package explain

import (
	"strings"

	"github.com/mesh-why/mesh-why/internal/shell"
	"github.com/mesh-why/mesh-why/internal/suggest"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/resolve"
	"github.com/mesh-why/mesh-why/pkg/resolve/dns"
)

// rename asks of Services with a similar name, where there is none of the name that was asked for.
func (a *advice) rename() {
	if a.q.Via != nil {
		return
	}
	hosts, _ := a.s.Hosts()
	var names []string
	for _, h := range hosts {
		if h.Kube {
			names = append(names, h.Ref.Name+"."+h.Namespace)
		}
	}
	asked := strings.TrimSuffix(strings.TrimSuffix(a.q.Host, ".cluster.local"), ".svc")
	for _, name := range suggest.Names(asked, names, 2) {
		ask := *a.q
		ask.Host = name
		targets, found, _ := dns.Lookup(a.s, a.q.Namespace(), false, name, ask.Port)
		if !found || targets[0].Host == nil || shell.Quote(name) != name { // what no cluster has would break the command
			continue
		}
		// Where no port was given, that of the Service counts.
		if h := targets[0].Host; len(h.Ports) == 1 && !strings.Contains(a.to, a.q.Host+":") {
			ask.Port = h.Ports[0].Number
		}
		ask.Authority = strings.Replace(a.q.Authority, a.q.Host, name, 1)
		_, v := resolve.Answer(a.s, &ask)
		if v.Settled {
			a.add(Next{Text: catalogue.Text("NextNamed", name, outcomeOf(v)), Command: a.elsewhere(name, 0)})
		}
	}
}
