package effect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/golden"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// question is a filter, a request that comes to it, and the proxy around.
type question struct {
	Filter  message.Message // as http_filters has it
	Route   message.Message // typed_per_filter_config's entry for it
	Manager message.Message // in place of a filter: what is merged into the connection manager
	Request struct {
		Method, Path, Host string
		Headers            map[string]string
		Principal          string
		Port               int
	}
	Clusters []string // the others do not exist
	Limited  bool
	Metadata bool
}

func (q question) request() *matching.Request {
	r := &matching.Request{Method: or(q.Request.Method, "GET"), Path: or(q.Request.Path, "/ip"), Authority: or(q.Request.Host, "httpbin.foo:8000"), Scheme: "http", Port: 8080,
		Principal: q.Request.Principal}
	r.Lines = func(name string) ([]string, bool) {
		if v, ok := q.Request.Headers[name]; ok {
			return []string{v}, v != "?"
		}
		return nil, true
	}
	return r
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// questions are the JSON files of an archive.
func questions(t *testing.T, c *golden.Case, f func(name string, q question)) {
	for _, file := range c.Files {
		name, is := strings.CutSuffix(file.Name, ".json")
		if !is {
			continue
		}
		var q question
		if err := json.Unmarshal(file.Data, &q); err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
		f(name, q)
	}
}

// TestEffects goes through testdata: what filters and connection managers do to requests.
func TestEffects(t *testing.T) {
	golden.Cases(t, "testdata", func(t *testing.T, c *golden.Case) {
		var b strings.Builder
		questions(t, c, func(name string, q question) {
			r := q.request()
			around := Around{Limited: q.Limited, Metadata: q.Metadata, Cluster: func(name string) evidence.Tri { return evidence.Of(slices.Contains(q.Clusters, name)) }}
			fmt.Fprintf(&b, "%s: %s\n", name, describe(effectOf(q, r, around)))
		})
		c.Check(t, "effects", b.String())
	})
}

func effectOf(q question, r *matching.Request, around Around) Effect {
	if q.Manager != nil {
		m := Manager{q.Manager}
		if field := m.Refused(false); field != "" {
			return Effect{Refused: true}
		}
		headers := map[string][]string{}
		for k, v := range q.Request.Headers {
			headers[k] = []string{v}
		}
		e := m.Accept(r, headers, 300)
		e.Free = e.Free || len(m.Unread()) > 0
		e.Back = append(e.Back, m.LocalReplies()...)
		if a := m.Authority(r.Authority, 8000); a != r.Authority {
			e.Writes = append(e.Writes, Write{Op: "replace", Name: ":authority", Value: a})
		}
		return e
	}
	typ, config := q.Filter.Any("typed_config")
	f := Filter{Name: q.Filter.Text("name"), Type: typ, Config: config, Disabled: q.Filter.Flag("disabled")}
	if q.Route != nil {
		f.RouteType, f.Route = q.Route.Unwrap()
	}
	switch {
	case strings.HasPrefix(typ, "envoy.extensions.filters.network."):
		return Network(f, r, around)
	case strings.HasPrefix(typ, "envoy.extensions.filters.listener."):
		return ListenerFilter(f)
	}
	return HTTP(f, r, around)
}

// describe writes an effect on a line.
func describe(e Effect) string {
	var out []string
	say := func(is bool, format string, args ...any) {
		if is {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(e.Refused, "refused")
	say(e.Waits, "waits")
	say(e.Free, "anything")
	if e.Ends != Never {
		word := map[Ends]string{Always: "answers", Perhaps: "may answer", UnderLoad: "under load answers", LargeBody: "to a large body answers"}[e.Ends]
		say(len(e.Answers) == 0, "%s by closing the connection", word)
		for _, a := range e.Answers {
			say(true, "%s %d %s %s %q %s", word, a.Status, strings.Join(a.Flags, ","), a.Details, a.Body, a.Location)
		}
	}
	say(e.Share > 0, "to %g of them", e.Share)
	say(e.Delay > 0, "delays %g of them by %s", e.Slow, e.Delay)
	for _, w := range e.Writes {
		say(true, "%s %s=%s %s", w.Op, w.Name, w.Value, w.If)
	}
	say(len(e.Hides) > 0, "hides %s", strings.Join(e.Hides, " "))
	say(e.HidesAll, "hides every header")
	say(e.Reroutes, "chooses the route again")
	say(e.BackFree, "may change answers")
	for _, m := range e.Back {
		who := "answers"
		if m.Own {
			who = "the proxy's own answers"
		}
		var of []string
		for _, status := range []int{200, 403, 404, 503} {
			switch is := m.Of(status); {
			case is == evidence.True:
				of = append(of, itoa(status))
			case is.IsUnknown():
				of = append(of, "perhaps "+itoa(status))
			}
		}
		say(true, "makes %s of %s %d %q", who, strings.Join(of, " "), m.To, m.Body)
	}
	if len(out) == 0 {
		return "nothing"
	}
	for i := range out {
		out[i] = strings.Join(strings.Fields(out[i]), " ")
	}
	return strings.Join(out, "; ")
}

// TestFields: fields of messages have one weight, and what is not listed can do anything.
func TestFields(t *testing.T) {
	for name, table := range map[string]Fields{"manager": ManagerFields, "route": RouteFields, "host": HostFields, "table": TableFields, "cluster": ClusterFields,
		"listener": ListenerFields, "action": ActionFields, "tcp": TCPProxyFields} {
		if got := table.Weigh(message.Message{"a_field_that_is_new": true}, Anything); len(got) != 1 {
			t.Errorf("%s: a field that is new weighs nothing", name)
		}
	}
	m := message.Message{"accessLog": []any{}, "xffNumTrustedHops": 1.0, "stream_idle_timeout": "1s"}
	if ManagerFields.Any(m, Anything, Refuses) || !ManagerFields.Any(m, Exact) || !ManagerFields.Any(m, SlowOnly) {
		t.Error("fields in lowerCamelCase are not those of the table")
	}
}

func TestRefusedManager(t *testing.T) {
	m := Manager{message.Message{"original_ip_detection_extensions": []any{map[string]any{}}}}
	if m.Refused(false) != "" {
		t.Error("refused without use_remote_address")
	}
	if m.Refused(true) == "" {
		t.Error("taken beside use_remote_address")
	}
}
