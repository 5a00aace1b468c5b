package routing

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/precedence/config"
)

// go test ./pkg/precedence -run '^$' -fuzz FuzzStripPort
func FuzzStripPort(f *testing.F) {
	for _, s := range []string{"", "a", "a:80", "a:", ":80", "[::1]", "[::1]:80", "::1", "a:b", "a:80:90", "[::1]:", "[", "]:1", "a.b:80"} {
		f.Add(s)
	}
	// What comes before the last colon, where that is a name without colons or ends in a bracket, and no bracket closes behind it.
	withPort := regexp.MustCompile(`\A(?s:([^:]*|.*\]):[^:]*)\z`)
	f.Fuzz(func(t *testing.T, s string) {
		want := s
		if withPort.MatchString(s) && !strings.HasSuffix(s, "]") {
			want = s[:strings.LastIndex(s, ":")]
		}
		if got := config.StripPort(s); got != want {
			t.Errorf("StripPort(%q) = %q, want %q", s, got, want)
		}
	})
}

// found is the obvious search for a virtual host: all domains are rated, the best rating wins.
func found(domains []string, host string) (best string, ok bool) {
	rating := func(d string) (kind, length int) {
		switch {
		case d == host:
			return 4, 0
		case d == "*":
			return 1, 0
		case strings.HasPrefix(d, "*") && len(host) >= len(d) && strings.HasSuffix(host, d[1:]):
			return 3, len(d)
		case strings.HasSuffix(d, "*") && len(host) >= len(d) && strings.HasPrefix(host, d[:len(d)-1]) && d[0] != '*':
			return 2, len(d)
		}
		return 0, 0
	}
	kind, length := 0, 0
	for _, d := range domains {
		if k, l := rating(d); k > kind || k == kind && l > length {
			kind, length, best = k, l, d
		}
	}
	return best, kind > 0
}

// go test ./pkg/precedence -run '^$' -fuzz FuzzLookup
func FuzzLookup(f *testing.F) {
	for _, domains := range []string{"", "*", "a.b", "a.b,*", "*.b,a.b", "*.b,*.a.b,*", "a*,*b", "a.*,a.b.*", "*-x,*.x", "A.B", "**", "*.b,*.b"} {
		for _, host := range []string{"", "a.b", "a.b:80", "x.a.b", ".b", "A.b", "*", "a.", "b"} {
			f.Add(domains, host)
		}
	}
	f.Fuzz(func(t *testing.T, list, authority string) {
		if !utf8.ValidString(list) || !utf8.ValidString(authority) {
			return // the expressions of the obvious way do not take it
		}
		table := config.NewRouteTable(80)
		var domains []string
		for _, d := range strings.Split(list, ",") {
			table.Add(&config.VirtualHost{Name: strings.ToLower(d)}, []string{d})
			domains = append(domains, strings.ToLower(d))
		}
		want, ok := found(domains, strings.ToLower(config.StripPort(authority)))
		got := table.Lookup(authority)
		if (got != nil) != ok || ok && got.Name != want {
			t.Errorf("%q of %q: %+v, want %q %v", authority, list, got, want, ok)
		}
	})
}

// go test ./pkg/precedence -run '^$' -fuzz FuzzMatchSNI
func FuzzMatchSNI(f *testing.F) {
	for _, chains := range []string{"", "a.b", "*.b", "*.b;a.b", "*.b;*.a.b", ";a.b", "*;a.b", "a.b,c.d;*.d", "*.d;*.d", "A.B"} {
		for _, sni := range []string{"", "a.b", "x.a.b", "c.d", "A.b", "d"} {
			f.Add(chains, sni)
		}
	}
	f.Fuzz(func(t *testing.T, list, sni string) {
		if strings.HasPrefix(sni, "*") {
			return // no server name begins with a star
		}
		var chains []Chain
		best, at := -1, -1 // exact 1<<20, a wildcard its length, all names 0
		for i, names := range strings.Split(list, ";") {
			c := Chain{}
			rate := -1
			if names == "" {
				rate = 0
			} else {
				c.SNI = strings.Split(names, ",")
			}
			for _, n := range c.SNI {
				switch n, s := strings.ToLower(n), strings.ToLower(sni); {
				case n == "*":
					rate = max(rate, 0)
				case s == "":
				case n == s:
					rate = 1 << 20
				case strings.HasPrefix(n, "*") && strings.HasSuffix(s, n[1:]):
					rate = max(rate, len(n))
				}
			}
			chains = append(chains, c)
			if rate > best {
				best, at = rate, i
			}
		}
		got := MatchSNI(chains, sni)
		switch {
		case at < 0 && got != nil, at >= 0 && got != &chains[at]:
			t.Errorf("%q of %q: %v, want chain %d", sni, list, got, at)
		}
	})
}

// The longest range that holds the address decides, else chains without ranges.
//
// go test ./pkg/precedence -run '^$' -fuzz FuzzByAddress
func FuzzByAddress(f *testing.F) {
	for _, chains := range []string{"", ";10.0.0.0/8", "10.0.0.0/8;10.1.0.0/16", "10.0.0.0/8,10.1.0.0/16;10.1.2.3/32;", "::/0;0.0.0.0/0"} {
		for _, ip := range []string{"", "10.1.2.3", "10.2.0.1", "::1", "8.8.8.8"} {
			f.Add(chains, ip)
		}
	}
	f.Fuzz(func(t *testing.T, list, text string) {
		ip, _ := netip.ParseAddr(text)
		l := Listener{}
		rate := map[int][]string{}
		most := -1
		for i, ranges := range strings.Split(list, ";") {
			c := Chain{From: mesh.Ref{Name: string(rune('a' + i%26))}}
			bits := map[int]bool{}
			for _, s := range strings.Split(ranges, ",") {
				if p, err := netip.ParsePrefix(s); err == nil {
					c.CIDRs = append(c.CIDRs, p)
					// The obvious way: the address, cut to the length of the range, is the range's own beginning.
					if cut, err := ip.Prefix(p.Bits()); err == nil && cut == p.Masked() {
						bits[p.Bits()] = true
					}
				}
			}
			if len(c.CIDRs) == 0 {
				bits[-1] = true
			}
			for b := range bits {
				rate[b] = append(rate[b], c.From.Name)
				most = max(most, b)
			}
			l.Chains = append(l.Chains, c)
		}
		var got []string
		for _, c := range l.byAddress(ip) {
			got = append(got, c.From.Name)
		}
		if !slices.Equal(got, rate[most]) {
			t.Errorf("%q of %q: %v, want %v", text, list, got, rate[most])
		}
	})
}

// What clients may call a Service: its full name and every beginning of it that says enough, each with a dot behind the full name.
func TestHostDomains(t *testing.T) {
	const full = "web.shop.svc.cluster.local"
	at := []string{full, full + ".", "web.shop", "web.shop.svc"}
	wild := func(list []string) []string {
		out := slices.Clone(list)
		for _, d := range list {
			out = append(out, "*."+d)
		}
		return out
	}
	kube := func() *mesh.Host {
		return &mesh.Host{Name: full, Namespace: "shop", Kube: true, Addresses: []string{"10.2.0.1"}, Service: &corev1.Service{}}
	}
	for _, tt := range []struct {
		name, namespace string
		host            *mesh.Host
		want            []string
	}{
		{"from elsewhere", "foo", kube(), append(slices.Clone(at), "10.2.0.1")},
		{"from its own namespace", "shop", kube(), append(slices.Clone(at), "web", "10.2.0.1")},
		{"a name from outside", "foo", &mesh.Host{Name: "x.example.com"}, []string{"x.example.com", "x.example.com."}},
		{"a range, and an address of IPv6", "foo", &mesh.Host{Name: "x.example.com", Addresses: []string{"10.0.0.0/8", "2001:db8::1"}},
			[]string{"x.example.com", "x.example.com.", "10.0.0.0/8", "[2001:db8::1]"}},
	} {
		got, short := hostDomains(tt.host, tt.namespace)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for _, s := range short {
			if s == tt.host.Name || !slices.Contains(got, s) {
				t.Errorf("%s: %q is told to be short", tt.name, s)
			}
		}
	}
	headless := kube()
	headless.Resolution, headless.Addresses = mesh.Passthrough, nil
	if got, _ := hostDomains(headless, "foo"); !slices.Equal(got, wild(at)) {
		t.Errorf("headless: %q, want %q", got, wild(at))
	}
}
