package matching

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// request is what the conditions of testdata are compared with.
func request() *Request {
	headers := map[string][]string{"x-a": {"abc"}, "x-n": {"7"}, "x-two": {"a", "b"}, "content-type": {"application/grpc+proto"}, "x-empty": {""}}
	return &Request{Method: "GET", Path: "/Api/users?id=7&flag", Authority: "shop.example.com", Scheme: "http", Port: 8080, Principal: "spiffe://cluster.local/ns/foo/sa/sleep",
		ServerName: "outbound_.8000_._.x", Source: netip.MustParseAddr("10.1.2.3"),
		Lines: func(name string) ([]string, bool) {
			if name == "x-hidden" {
				return nil, false
			}
			return headers[name], true
		}}
}

// table reads a file of lines "want  kind  json"; lines that begin with # are remarks.
func table(t *testing.T, name string, is func(kind string, m message.Message) string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && line[0] != '#' {
			part := strings.SplitN(line, "\t", 3)
			if len(part) != 3 {
				t.Fatalf("%q has no three parts", line)
			}
			var m message.Message
			if err := json.Unmarshal([]byte(part[2]), &m); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if got := is(part[1], m); got != part[0] {
				t.Errorf("got %s: %s", got, line)
			}
			n++
		}
	}
	if n == 0 {
		t.Error("no lines")
	}
}

func name(t evidence.Tri) string {
	return map[evidence.Tri]string{evidence.True: "true", evidence.False: "false", evidence.Unknown: "unknown"}[t]
}

func TestConditions(t *testing.T) {
	r := request()
	table(t, "testdata/conditions.tsv", func(kind string, m message.Message) string {
		switch kind {
		case "text":
			return name(Text(m, "abc"))
		case "header":
			return name(Header(m, r))
		case "route":
			return name(Route(m, r))
		case "permission":
			return name(Permission(m, r))
		case "principal":
			return name(Principal(m, r))
		case "address":
			return name(Address(m, r.Source))
		case "share":
			return fmt.Sprint(Share(m))
		case "rbac":
			is, policy := Denied(m, r)
			return strings.TrimSpace(name(is) + " " + policy)
		}
		return "no such kind"
	})
}

func TestPreflight(t *testing.T) {
	r := &Request{Method: "OPTIONS", Lines: func(name string) ([]string, bool) {
		return map[string][]string{"origin": {"https://a"}, "access-control-request-method": {"POST"}}[name], true
	}}
	if !r.Preflight() {
		t.Error("a preflight is none")
	}
	r.Method = "GET"
	if r.Preflight() {
		t.Error("a GET is a preflight")
	}
	if (&Request{Method: "OPTIONS"}).Preflight() {
		t.Error("an OPTIONS without headers is a preflight")
	}
}

func TestUnknownAddress(t *testing.T) {
	r := request()
	r.Source = netip.Addr{}
	var m message.Message = map[string]any{"address_prefix": "10.0.0.0", "prefix_len": 8.0}
	if got := Address(m, r.Source); !got.IsUnknown() {
		t.Errorf("an address that is not known: %v", got)
	}
}
