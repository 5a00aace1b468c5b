package envoyfilter

import (
	"fmt"
	"strings"
	"testing"

	networking "istio.io/api/networking/v1alpha3"
	api "istio.io/client-go/pkg/apis/networking/v1alpha3"
	"sigs.k8s.io/yaml"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// place is a proxy and what a request passes there, as where.yaml has it.
type place struct {
	Versions   []string
	Metadata   map[string]string
	OldControl bool

	Context  string
	Listener struct {
		Name  string
		Port  int
		Chain struct {
			Name      string
			Port      int
			SNI, ALPN []string
			Transport string
		}
	}
	HTTP  *Has
	TCP   bool
	Table struct {
		Name, PortName, Gateway string
		Port                    int
		ServerPorts             []int
	}
	Host     *Host
	Routes   []string // NAME or NAME=ACTION
	Cluster  string
	Services []string
	Socket   Socket
}

func (w place) context() Context {
	return Context(networking.EnvoyFilter_PatchContext_value[w.Context])
}

func read(t *testing.T, c *golden.Case) (objects []Object, w place) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(c.File("where.yaml")), &w); err != nil {
		t.Fatal(err)
	}
	for _, doc := range strings.Split(c.File("filters.yaml"), "\n---\n") {
		var f api.EnvoyFilter
		if err := yaml.Unmarshal([]byte(doc), &f); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, Object{mesh.Ref{Kind: mesh.EnvoyFilter, Namespace: f.Namespace, Name: f.Name}, f.CreationTimestamp.Time, &f.Spec})
	}
	return objects, w
}

func (w place) proxy() Proxy {
	return Proxy{Versions: w.Versions, TranslatesNames: w.OldControl, Metadata: func(key string) (string, bool) { v, ok := w.Metadata[key]; return v, ok }}
}

func (w place) listener() Listener {
	c := w.Listener.Chain
	return Listener{Context: w.context(), Name: w.Listener.Name, Port: w.Listener.Port,
		Chain: Chain{Name: c.Name, DestinationPort: c.Port, ServerNames: c.SNI, ApplicationProtocols: c.ALPN, TransportProtocol: c.Transport}}
}

// TestApply goes through testdata: EnvoyFilters and a place (where.yaml), and what they make of the proxy's configuration there.
func TestApply(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		objects, w := read(t, c)
		ps := For(objects, "istio-system", w.proxy())
		var b strings.Builder
		for _, l := range ps.Lost {
			fmt.Fprintf(&b, "lost %s: %s\n", ref(l.Ref), l.Why)
		}
		if w.Listener.Name != "" {
			w.describeListener(&b, ps)
		}
		if w.Table.Name != "" {
			w.describeRoutes(&b, ps)
		}
		if w.Cluster != "" {
			w.describeCluster(&b, ps)
		}
		c.Check(t, "applied", b.String())
	})
}

func ref(r mesh.Ref) string {
	return r.Namespace + "/" + r.Name + strings.TrimPrefix(r.Field, "spec.configPatches")
}

func by(ps []*Patch) string {
	var out []string
	for _, p := range ps {
		s := ref(p.Ref)
		if p.Sure.IsUnknown() {
			s += "?"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func (w place) describeListener(b *strings.Builder, ps Patches) {
	l := w.listener()
	got := ps.Listener(l, ListenerChain(l.Context, true, true))
	if got.Removed != nil {
		fmt.Fprintf(b, "listener removed by %s\n", ref(got.Removed.Ref))
		return
	}
	if len(got.By) > 0 {
		fmt.Fprintf(b, "listener: %v by %s\n", got.Set.Fields(), by(got.By))
	}
	list(b, "listener filters", Filters{List: got.Filters})
	if got.ChainRemoved != nil {
		fmt.Fprintf(b, "chain removed by %s\n", ref(got.ChainRemoved.Ref))
	}
	if len(got.ChainBy) > 0 {
		fmt.Fprintf(b, "chain: %v by %s\n", got.ChainSet.Fields(), by(got.ChainBy))
	}
	if len(got.Added) > 0 {
		fmt.Fprintf(b, "added: %s\n", by(got.Added))
	}
	if w.HTTP != nil || w.TCP {
		list(b, "network filters", ps.NetworkFilters(l, NetworkChain(l.Context, !w.TCP, Has{})))
	}
	if w.HTTP != nil {
		list(b, "http filters", ps.HTTPFilters(l, HTTPChain(l.Context, *w.HTTP)))
	}
}

// list writes the filters of a chain: own ones by a short name.
func list(b *strings.Builder, what string, f Filters) {
	fmt.Fprintf(b, "%s:", what)
	for _, x := range f.List {
		name := x.Name[strings.LastIndexByte(x.Name, '.')+1:]
		if x.By != nil {
			name = "[" + x.Name + " of " + by([]*Patch{x.By}) + "]"
		}
		if len(x.Merged) > 0 {
			name += fmt.Sprintf("{%v by %s}", x.Config.Fields(), by(x.Merged))
		}
		fmt.Fprintf(b, " %s", name)
	}
	b.WriteByte('\n')
	for _, r := range f.Removed {
		fmt.Fprintf(b, "  %s (%s) removed by %s\n", r.Filter.Name, r.Filter.Own, ref(r.By.Ref))
	}
	if f.Refused != nil {
		fmt.Fprintf(b, "  refused: %s by %s\n", f.Refused.Why, ref(f.Refused.By.Ref))
	}
	if f.Panics != nil {
		fmt.Fprintf(b, "  panic by %s\n", ref(f.Panics.Ref))
	}
	for _, l := range f.Idle {
		fmt.Fprintf(b, "  idle %s: %s\n", ref(l.Ref), l.Why)
	}
}

func (w place) describeRoutes(b *strings.Builder, ps Patches) {
	t := Table{Context: w.context(), Name: w.Table.Name, Port: w.Table.Port, ServerPorts: w.Table.ServerPorts, PortName: w.Table.PortName, Gateway: w.Table.Gateway}
	if got := ps.Table(t); len(got.By) > 0 {
		fmt.Fprintf(b, "table: %v by %s\n", got.Set.Fields(), by(got.By))
	}
	for _, h := range ps.Hosts(t) {
		fmt.Fprintf(b, "added host %s by %s\n", h.Value.Text("name"), ref(h.By.Ref))
	}
	if w.Host == nil {
		return
	}
	got := ps.Host(t, *w.Host)
	switch {
	case got.Removed != nil:
		fmt.Fprintf(b, "host removed by %s\n", ref(got.Removed.Ref))
		return
	case got.Replacement != nil:
		fmt.Fprintf(b, "host replaced by %s\n", ref(got.Replacement.Ref))
	}
	if len(got.By) > 0 {
		fmt.Fprintf(b, "host: %v by %s\n", got.Set.Fields(), by(got.By))
	}
	var own []Route
	for _, r := range w.Routes {
		name, action, _ := strings.Cut(r, "=")
		if action == "" {
			action = "ROUTE"
		}
		own = append(own, Route{name, networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_Action(networking.EnvoyFilter_RouteConfigurationMatch_RouteMatch_Action_value[action])})
	}
	entries, removed := ps.Routes(t, *w.Host, own)
	b.WriteString("routes:")
	for _, e := range entries {
		switch {
		case e.By != nil:
			fmt.Fprintf(b, " [%s]", by([]*Patch{e.By}))
		case len(e.Merged.By) > 0:
			fmt.Fprintf(b, " %s{%v by %s}", own[e.Index].Name, e.Set.Fields(), by(e.Merged.By))
		default:
			fmt.Fprintf(b, " %s", own[e.Index].Name)
		}
	}
	b.WriteByte('\n')
	if len(removed) > 0 {
		fmt.Fprintf(b, "  removed by %s\n", by(removed))
	}
}

func (w place) describeCluster(b *strings.Builder, ps Patches) {
	for _, a := range ps.Clusters(w.context()) {
		fmt.Fprintf(b, "added cluster %s by %s\n", a.Value.Text("name"), ref(a.By.Ref))
	}
	got := ps.Cluster(Cluster{w.context(), w.Cluster, w.Services}, w.Socket)
	if got.Removed != nil {
		fmt.Fprintf(b, "cluster removed by %s\n", ref(got.Removed.Ref))
		return
	}
	fmt.Fprintf(b, "cluster: %v by %s\n", got.Set.Fields(), by(got.By))
	if len(got.Dropped) > 0 {
		fmt.Fprintf(b, "  dropped %s\n", by(got.Dropped))
	}
}
