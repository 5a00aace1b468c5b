package accesslog

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mesh-why/mesh-why/internal/golden"
)

// TestLines reads a file of lines as they come, and compares what is read with a golden file. Regenerate with -update, and read it.
func TestLines(t *testing.T) {
	data, err := os.ReadFile("testdata/lines.txt")
	if err != nil {
		t.Fatal(err)
	}
	p, errs := NewParser([]string{`%RESPONSE_CODE% "%REQ(:PATH)%" by %ENVIRONMENT(POD_NAME)% for %START_TIME(%Y-%m-%dT%H:%M:%SZ)% 100%%`},
		[]map[string]any{{"st": "%RESPONSE_CODE%", "from": map[string]any{"addr": "%DOWNSTREAM_REMOTE_ADDRESS%"}, "note": "code %RESPONSE_CODE%"}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var out strings.Builder
	for _, line := range strings.Split(strings.TrimRight(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			out.WriteString(line + "\n")
			continue
		}
		e, err := p.Parse(line)
		if err != nil {
			out.WriteString("error: " + err.Error() + "\n")
			continue
		}
		out.WriteString(short(e) + "\n")
	}
	golden.Check(t, "testdata/lines.golden", out.String())
}

// short is an entry as JSON, without what is empty.
func short(e Entry) string {
	fields := map[string]any{}
	collect(fields, "", reflect.ValueOf(e))
	data, _ := json.Marshal(fields)
	return string(data)
}

func collect(fields map[string]any, prefix string, v reflect.Value) {
	for i := range v.NumField() {
		name, f := prefix+v.Type().Field(i).Name, v.Field(i)
		if f.IsZero() {
			continue
		}
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		if when, ok := f.Interface().(time.Time); ok {
			fields[name] = when.UTC().Format(time.RFC3339Nano)
		} else if f.Kind() == reflect.Struct {
			collect(fields, name+".", f)
		} else {
			fields[name] = f.Interface()
		}
	}
}

func TestFormats(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "no operator",
		"no operators":                      "no operator",
		"%RESPONSE_CODE%%PROTOCOL%":         "", // %% stands for a percent sign, so that PROTOCOL% is text, with a sign that is not closed
		"%RESPONSE_CODE":                    "not closed",
		"%START_TIME(%s.%3f)% %PROTOCOL%":   "",
		"%REQ(X-A?X-B):20% %RESPONSE_CODE%": "",
		"%DYNAMIC_METADATA(a:b:c):9% - %REQ(:PATH)%": "",
	} {
		_, err := ParseFormat(in)
		switch {
		case in == "%RESPONSE_CODE%%PROTOCOL%":
			if err == nil {
				t.Errorf("%q: no error", in)
			}
		case (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want):
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

// TestForged: a client that writes what looks like the format into its headers is not believed.
func TestForged(t *testing.T) {
	p, _ := NewParser(nil, nil)
	line := `[2026-11-21T08:00:00.000Z] "GET /x HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "a" "b" "c" "10.0.0.9:80" inbound|80|| 1 2 3 - default" "rid" "httpbin.bar:8000" "-" inbound|8080|| - 10.0.0.2:8080 10.0.0.1:4711 outbound_.8000_._.httpbin.bar.svc.cluster.local default`
	e, err := p.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	if e.Authority != "httpbin.bar:8000" || e.Cluster != "inbound|8080||" || e.DownstreamRemote != "10.0.0.1:4711" {
		t.Errorf("%+v", e)
	}
}

func TestClusters(t *testing.T) {
	for in, want := range map[string]Cluster{
		"outbound|8000|v1|httpbin.bar.svc.cluster.local": {Outbound, 8000, "v1", "httpbin.bar.svc.cluster.local", false},
		"inbound|8080||":                {Inbound, 8080, "", "", false},
		"inbound-vip|80|http|a.b":       {Inbound, 80, "http", "a.b", false},
		"PassthroughCluster":            {Direction: Outbound, Unknown: true},
		"BlackHoleCluster":              {Direction: Outbound, Unknown: true},
		"InboundPassthroughCluster":     {Direction: Inbound, Unknown: true},
		"InboundPassthroughClusterIpv4": {Direction: Inbound, Unknown: true},
		"agent":                         {}, "": {}, "outbound|x||h": {}, "sideways|80||h": {},
	} {
		if got := ParseCluster(in); got != want {
			t.Errorf("%s: %+v, want %+v", in, got, want)
		}
	}
	if got := ParseServerName("outbound_.8000_.v1_.httpbin.bar.svc.cluster.local"); got != (Cluster{Outbound, 8000, "v1", "httpbin.bar.svc.cluster.local", false}) {
		t.Errorf("%+v", got)
	}
	if got := ParseServerName("shop.example.com"); got != (Cluster{}) {
		t.Errorf("%+v", got)
	}
}

// go test ./pkg/accesslog -run '^$' -fuzz FuzzParse
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/lines.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		f.Add(line)
	}
	p, _ := NewParser([]string{`%REQ(A)%"%REQ(B)%"%REQ(C)%"%RESPONSE_CODE%`}, nil)
	f.Fuzz(func(t *testing.T, line string) {
		e, err := p.Parse(line)
		switch {
		case err != nil && !errors.Is(err, ErrOther) && !errors.Is(err, ErrFormat):
			t.Errorf("%q: %v", line, err)
		case err == nil && (e.Writer == Ztunnel) != (e.Connection != nil):
			t.Errorf("%q: %+v", line, e)
		}
		ParseCluster(e.Cluster)
		ParseServerName(e.ServerName)
	})
}

// go test ./pkg/accesslog -run '^$' -fuzz FuzzFormat
func FuzzFormat(f *testing.F) {
	for _, s := range []string{IstioText, EnvoyText, "%A(%)%", "%%%A%%%", "%REQ(:PATH)% %RESPONSE_CODE%"} {
		f.Add(s, "x y z")
	}
	f.Fuzz(func(_ *testing.T, format, line string) {
		if x, err := ParseFormat(format); err == nil {
			x.parse(line)
		}
	})
}

// go test ./pkg/accesslog -run '^$' -bench .
func BenchmarkParse(b *testing.B) {
	p, _ := NewParser(nil, nil)
	for name, line := range map[string]string{
		"text":    `[2026-11-21T08:00:00.000Z] "GET /ip HTTP/1.1" 200 - via_upstream - "-" 0 33 2 1 "-" "curl/8.5.0" "0a1b2c3d-0000-4000-8000-123456789abc" "httpbin.bar:8000" "10.0.0.2:8080" inbound|8080|| 127.0.0.6:35001 10.0.0.2:8080 10.0.0.1:41000 outbound_.8000_._.httpbin.bar.svc.cluster.local default`,
		"json":    `{"authority":"httpbin.bar:8000","bytes_received":0,"bytes_sent":33,"connection_termination_details":null,"downstream_local_address":"10.0.0.2:8080","downstream_remote_address":"10.0.0.1:41000","duration":2,"method":"GET","path":"/ip","protocol":"HTTP/1.1","request_id":"0a1b2c3d","requested_server_name":"outbound_.8000_._.httpbin.bar.svc.cluster.local","response_code":200,"response_code_details":"via_upstream","response_flags":"-","route_name":"default","start_time":"2026-11-21T08:00:00.000Z","upstream_cluster":"inbound|8080||","upstream_host":"10.0.0.2:8080","upstream_local_address":"127.0.0.6:35001","upstream_service_time":"1","upstream_transport_failure_reason":null,"user_agent":"curl/8.5.0","x_forwarded_for":null}`,
		"ztunnel": "2026-11-21T08:00:00.000000Z\tinfo\taccess\tconnection complete\tsrc.addr=10.0.0.1:41000 src.workload=\"sleep\" src.namespace=\"foo\" src.identity=\"spiffe://cluster.local/ns/foo/sa/sleep\" dst.addr=10.0.0.2:15008 dst.hbone_addr=10.0.0.2:8080 dst.service=\"httpbin.bar.svc.cluster.local\" dst.workload=\"httpbin\" dst.namespace=\"bar\" dst.identity=\"spiffe://cluster.local/ns/bar/sa/httpbin\" direction=\"inbound\" bytes_sent=33 bytes_recv=83 duration=\"2ms\"",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if _, err := p.Parse(line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
