package effect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/lua"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// luaFilter runs a script. Any header that it changes has the route chosen again, wherever it stands, unless it is told not to.
func luaFilter(f Filter, r *matching.Request, _ Around) Effect {
	text, known, refused := source(f)
	if refused {
		return Effect{Refused: true}
	}
	if !known {
		return Effect{Free: true}
	}
	s := lua.Read(text)
	if s.Refused {
		return Effect{Refused: true}
	}
	acts, depends, followed := requestActs(text, s, r)
	if !followed && s.Opaque {
		return Effect{Free: true}
	}
	e := Effect{Depends: depends}
	for _, a := range acts {
		e.add(a)
	}
	keeps := f.Config.Has("clear_route_cache") && !f.Config.Flag("clear_route_cache")
	changes := len(e.Writes) > 0 || len(e.Hides) > 0 || e.HidesAll
	e.Reroutes = changes && !keeps
	for _, a := range acts {
		if a.Kind == lua.Reroute {
			e.Free = true // by what it has put into metadata, or to an endpoint of its own choice
		}
	}
	e.Back, e.BackFree = backMappings(text, s)
	return e
}

// requestActs are what a script does to a request: by following it where its text alone leaves that open. followed reports that this was
// done, and depends is what it turns on then.
func requestActs(text string, s lua.Script, r *matching.Request) (acts []lua.Act, depends []string, followed bool) {
	open := func(a lua.Act) bool { return !a.Certain || a.Computed || a.Kind == lua.Respond && a.Status == 0 }
	if !s.Opaque && !slices.ContainsFunc(s.Request.Acts, open) {
		return s.Request.Acts, nil, false
	}
	w, ok := lua.Run(text, lua.Message{Lines: linesOf(r), Plaintext: !r.TLS})
	if !ok {
		return s.Request.Acts, nil, false
	}
	first := w.Each[0]
	same := len(first) // acts that all ways begin with
	for _, way := range w.Each[1:] {
		n := 0
		for n < min(same, len(way)) && way[n] == first[n] {
			n++
		}
		same = n
	}
	acts = slices.Clone(first[:same])
	for _, way := range w.Each {
		for _, a := range way[same:] {
			a.Certain = len(w.Each) == 1
			acts = append(acts, a)
		}
	}
	return acts, w.Depends, true
}

// linesOf returns the headers of a request as a script finds them. A header that programs and proxies set of their own accord is known only
// where the question names it, and one that proxies add to is not known at all.
func linesOf(r *matching.Request) func(string) ([]string, bool) {
	return func(name string) ([]string, bool) {
		lines, known := r.Header(name)
		switch {
		case strings.HasPrefix(name, ":"):
		case slices.Contains(addedTo, name), strings.HasPrefix(name, "x-envoy-"), strings.HasPrefix(name, "x-b3-"):
			known = false
		case len(lines) == 0 && slices.Contains(customary, name):
			known = false
		case len(lines) == 0 && slices.Contains(ofBodies, name) && slices.Contains([]string{"POST", "PUT", "PATCH"}, r.Method):
			known = false
		}
		return lines, known
	}
}

// addedTo are the headers that proxies set or add to.
var addedTo = []string{"x-forwarded-for", "x-forwarded-proto", "x-forwarded-client-cert", "x-forwarded-host", "x-forwarded-port", "x-request-id", "forwarded", "via",
	"x-client-trace-id", "traceparent", "tracestate", "b3", "baggage", "x-forwarded-network", "x-istio-source", "x-istio-attributes", "transfer-encoding", "connection", "te"}

// customary are the headers that programs send without being told.
var customary = []string{"user-agent", "accept", "accept-encoding", "accept-language", "cache-control", "pragma", "expect", "grpc-timeout", "grpc-accept-encoding", "priority"}

// ofBodies are the headers that come with a body.
var ofBodies = []string{"content-type", "content-length", "content-encoding"}

// backMappings are what a script makes of the statuses of answers, or free where it can make anything of them.
func backMappings(text string, s lua.Script) (back []Mapping, free bool) {
	certain := true
	for _, a := range s.Response.Acts {
		if a.Kind != lua.Write || a.Name != ":status" && a.Name != "" {
			continue
		}
		n, err := strconv.Atoi(a.Value)
		if a.Computed || err != nil || a.Name == "" {
			return nil, true
		}
		certain = certain && a.Certain
		back = slices.DeleteFunc(back, func(m Mapping) bool { return m.To == n })
		back = append(back, Mapping{Of: becomes(text, n), To: n})
	}
	if certain && len(back) > 0 {
		last := back[len(back)-1]
		return []Mapping{{Of: func(int) evidence.Tri { return evidence.True }, To: last.To}}, false
	}
	return back, false
}

// becomes reports of a status whether a script leaves another in its place. Of the answer's other headers nothing is known.
func becomes(text string, to int) func(int) evidence.Tri {
	return func(status int) evidence.Tri {
		w, ok := lua.Run(text, lua.Message{Response: true, Lines: func(name string) ([]string, bool) {
			return []string{itoa(status)}, name == ":status"
		}})
		if !ok {
			return evidence.Unknown
		}
		is := 0
		for _, acts := range w.Each {
			last := ""
			for _, a := range acts {
				if a.Kind == lua.Write && a.Name == ":status" {
					last = a.Value
				}
			}
			if last == itoa(to) {
				is++
			}
		}
		switch is {
		case len(w.Each):
			return evidence.True
		case 0:
			return evidence.False
		}
		return evidence.Unknown
	}
}

// add adds an act of a script.
func (e *Effect) add(a lua.Act) {
	switch a.Kind {
	case lua.Write:
		switch {
		case a.Name == "":
			e.HidesAll = true
		case a.Certain && !a.Computed:
			name := a.Name
			if name == "host" {
				name = ":authority"
			}
			e.Writes = append(e.Writes, Write{Op: a.Op, Name: name, Value: a.Value})
		default:
			e.Hides = append(e.Hides, a.Name)
		}
	case lua.Respond:
		answer := Answer{Status: a.Status, Details: "lua_response", Body: a.Body, Location: a.Location}
		if a.Certain {
			e.Ends, e.Answers = Always, []Answer{answer}
			return
		}
		if e.Ends == Always {
			return // what stands in functions that are named too
		}
		e.Ends = Perhaps
		if !contains(e.Answers, answer.Status) {
			e.Answers = append(e.Answers, answer)
		}
	}
}

func contains(answers []Answer, status int) bool {
	for _, a := range answers {
		if a.Status == status {
			return true
		}
	}
	return false
}

// source is the script that runs for a request: of the route if it names or carries one, else the default of the filter.
func source(f Filter) (text string, known, refused bool) {
	c := f.Config
	if c.Text("inline_code") != "" && c.Has("default_source_code") {
		return "", false, true
	}
	if f.Route != nil && f.RouteType == "envoy.extensions.filters.http.lua.v3.LuaPerRoute" {
		if name := f.Route.Text("name"); name != "" {
			if m := c.At("source_codes", name); m != nil {
				text, known = inline(m)
				return text, known, false
			}
			return "", true, false
		}
		if f.Route.Has("source_code") {
			text, known = inline(f.Route.At("source_code"))
			return text, known, false
		}
	}
	switch {
	case c.Text("inline_code") != "":
		return c.Text("inline_code"), true, false
	case c.Has("default_source_code"):
		text, known = inline(c.At("default_source_code"))
		return text, known, false
	}
	return "", true, false
}
