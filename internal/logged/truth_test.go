package logged

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/internal/truth"
	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/explain/symptom"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

const recorded = "../../testdata/truth"

// TestRecordedLines writes a line for every proxy and every ztunnel of every recorded request as Istio's format has it, and puts it to the mesh in which
// it was recorded. The resources explain it, or do not settle it; what differs all the same is listed in a golden file.
func TestRecordedLines(t *testing.T) {
	var lock sync.Mutex
	counts := map[meaning.Agreement]int{}
	var differing []string
	parser, _ := accesslog.NewParser(nil, nil)
	err := truth.Each(recorded, func(_ int, c *truth.Case) error {
		s, err := c.Snapshot()
		if err != nil {
			return err
		}
		for i, r := range c.Requests {
			if len(r.Headers) > 0 || r.Token != "" || strings.Contains(strings.Join(r.Curl, " "), "-H") {
				continue // no access log shows them
			}
			q, ok, err := r.Question()
			if !ok || err != nil {
				continue
			}
			for _, line := range lines(s, r) {
				lock.Lock() // parsers are not for several goroutines
				e, err := parser.Parse(line)
				lock.Unlock()
				if err != nil {
					return fmt.Errorf("%s: %w", line, err)
				}
				tally := NewTally(10)
				tally.Add(e)
				report := Report(s, tally, Options{Brief: true, Base: question.Question{Now: q.Now, Namespace: "default", Insecure: q.Insecure}, Command: func(question.Question, *redact.Redactor) string { return "" }})
				lock.Lock()
				a := report.Items[0].Agreement
				counts[a]++
				if a == meaning.Differs || a == meaning.NotAsked {
					differing = append(differing, fmt.Sprintf("%s/%s[%d] %s %s", c.Area, c.Name, i, a, because(report.Items[0])))
				}
				if d := e.Details; d != "" && symptom.Lookup(d) == nil {
					t.Errorf("nobody knows the details %q", d)
				}
				lock.Unlock()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(differing)
	out := fmt.Sprintf("agrees %d, not settled %d, differs %d, not asked %d\n%s\n", counts[meaning.Agrees], counts[meaning.NotSettled], counts[meaning.Differs],
		counts[meaning.NotAsked], strings.Join(differing, "\n"))
	golden.Check(t, "testdata/recorded.txt", out)
}

func because(i meaning.LogItem) string {
	var codes []string
	for _, n := range i.Because {
		codes = append(codes, n.Reason)
	}
	return strings.Join(codes, ",")
}

// lines are those that the proxies of a request wrote.
func lines(s *mesh.Snapshot, r truth.Request) []string {
	var out []string
	for _, o := range r.Outcomes {
		for n, l := range o.Proxies {
			if line := lineOf(s, r, o.Proxies, n, l); line != "" {
				out = append(out, line)
			}
		}
		for _, c := range o.Ztunnel {
			if line := ztunnelLine(s, r, c); line != "" {
				out = append(out, line)
			}
		}
	}
	return out
}

func lineOf(s *mesh.Snapshot, r truth.Request, all []truth.Log, n int, l truth.Log) string {
	pod := podOf(s, l.Proxy)
	if pod == "" {
		return ""
	}
	q, _, _ := r.Question()
	scheme, rest, _ := strings.Cut(q.To, "://")
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], strings.TrimPrefix(rest[i:], "/")
	}
	protocol := "HTTP/1.1"
	if q.Protocol != "" {
		protocol = q.Protocol
	}
	path, _, _ = strings.Cut(path, "#")
	method := r.Method
	if method == "" {
		method = "GET"
	}
	host, port := splitHost(authority)
	if port == 0 {
		port = map[string]int{"http": 80, "https": 443}[scheme]
	}
	source := "10.77.1.200:4711"
	if p := podOf(s, r.From); p != "" {
		source = withPort(p, 4711)
	}
	cluster := accesslog.ParseCluster(l.Cluster)
	upstream, local, remote, sni := "-", "", source, "-"
	switch waypoint := atWaypoint(s, r, l.Proxy, host, port); {
	case waypoint != "":
		local, upstream = waypoint, withPort(pod, 4712)
		if throughGateway(s, r, all[:n]) && len(all[:n]) > 0 {
			remote = withPort(podOf(s, all[n-1].Proxy), 4711)
		}
	case l.Proxy == r.From && cluster.Direction != accesslog.Inbound:
		local, upstream = dialledAddress(s, r, host, port), withPort(pod, 4712)
	case cluster.Direction == accesslog.Inbound || strings.Contains(l.Proxy, "gateway") == false:
		local = withPort(pod, inboundPort(cluster, all, n, s, pod, port))
		if n > 0 {
			if before := accesslog.ParseCluster(all[n-1].Cluster); before.Host != "" {
				sni = "outbound_." + strconv.Itoa(before.Port) + "_." + before.Subset + "_." + before.Host
			}
		}
		if throughGateway(s, r, all[:n]) {
			remote = strings.Replace(source, ":4711", ":0", 1)
		}
	default:
		local = gatewayAddress(s, r, pod, port)
		upstream = withPort(pod, 4713)
		if scheme == "https" {
			sni = host
		}
	}
	if local == "" {
		return ""
	}
	first := fmt.Sprintf("%s /%s %s", method, path, protocol)
	if l.TCP || l.Details == "filter_chain_not_found" {
		first, authority = "- - -", "-"
	}
	dash := func(v string) string {
		if v == "" {
			return "-"
		}
		return strings.ReplaceAll(v, " ", "_")
	}
	return fmt.Sprintf(`[2030-01-01T00:00:00.000Z] "%s" %d %s %s %s "-" 0 0 0 - "-" "-" "-" "%s" "-" %s %s %s %s %s %s`, first, l.Code, dash(l.Flags), dash(l.Details),
		dash(l.Termination), authority, dash(l.Cluster), upstream, local, remote, sni, dash(l.Route))
}

// throughGateway reports whether a gateway sent a request on: one wrote a line before, or one was dialled.
func throughGateway(s *mesh.Snapshot, r truth.Request, before []truth.Log) bool {
	for _, l := range before {
		if strings.Contains(l.Proxy, "gateway") || strings.Contains(l.Proxy, "istio") {
			return true
		}
	}
	if r.Via == "" {
		return strings.HasSuffix(r.From, ".outside")
	}
	if strings.HasPrefix(r.Via, "istio-") {
		return true
	}
	ip, _ := splitHost(r.Via)
	pods, _ := s.Pods.All()
	for _, p := range pods {
		if mesh.RoleOf(p) != mesh.GatewayProxy {
			continue
		}
		for _, t := range s.Targets(p) {
			if slices.Contains(t.Host.Addresses, ip) || has(p, parse(ip)) {
				return true
			}
		}
	}
	return false
}

// podOf is the address of a pod that recordings name as name.namespace.
func podOf(s *mesh.Snapshot, name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	p, ok, _ := s.Pods.Get(name[i+1:], name[:i])
	if !ok || len(mesh.Addresses(p)) == 0 {
		return ""
	}
	return mesh.Addresses(p)[0].String()
}

// dialledAddress is what the client's name resolves to.
func dialledAddress(s *mesh.Snapshot, r truth.Request, host string, port int) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return withPort(a.String(), port)
	}
	if r.Via != "" {
		return ""
	}
	q, ok, err := r.Question()
	if !ok || err != nil {
		return ""
	}
	req, err := q.Bind(s)
	if err != nil {
		return ""
	}
	return resolved(s, req, port)
}

func inboundPort(c accesslog.Cluster, all []truth.Log, n int, s *mesh.Snapshot, pod string, fallback int) int {
	if c.Port != 0 {
		return c.Port
	}
	if p := s.PodAt(pod); p != nil {
		for _, t := range s.Targets(p) {
			if t.Port.Number == fallback || n > 0 && t.Port.Number == accesslog.ParseCluster(all[n-1].Cluster).Port {
				return t.Number
			}
		}
	}
	return fallback
}

// gatewayAddress is where a gateway's pod listens for what was dialled.
func gatewayAddress(s *mesh.Snapshot, r truth.Request, pod string, port int) string {
	if _, via := splitHost(r.Via); via != 0 {
		port = via
	}
	p := s.PodAt(pod)
	for _, t := range s.Targets(p) {
		if t.Port.Number == port {
			return withPort(pod, t.Number)
		}
	}
	return withPort(pod, port)
}
