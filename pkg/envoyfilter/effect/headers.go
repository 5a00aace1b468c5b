package effect

import (
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/lua"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// headerMutation changes headers by a list. The route is not chosen again.
func headerMutation(f Filter, _ *matching.Request, _ Around) Effect {
	e := Effect{}
	lists := [][]message.Message{f.Config.At("mutations").List("request_mutations")}
	if f.Route != nil {
		lists = append(lists, f.Route.At("mutations").List("request_mutations"))
	}
	if f.Config.At("mutations").Has("query_parameter_mutations") || f.Route.At("mutations").Has("query_parameter_mutations") {
		e.Hides = append(e.Hides, ":path")
	}
	for _, list := range lists {
		for _, m := range list {
			switch {
			case m.Has("remove"):
				e.Writes = append(e.Writes, Write{Op: "remove", Name: strings.ToLower(m.Text("remove"))})
			case m.Has("append"):
				e.appendHeader(m.At("append"))
			default:
				e.HidesAll = true
			}
		}
	}
	return e
}

// appendHeader adds what a HeaderValueOption does. Values with commands are not worked out.
func (e *Effect) appendHeader(m message.Message) {
	name, value := strings.ToLower(m.At("header").Text("key")), m.At("header").Text("value")
	if strings.Contains(strings.ReplaceAll(value, "%%", ""), "%") || m.At("header").Has("raw_value") || value == "" && !m.Flag("keep_empty_value") {
		if value != "" || m.At("header").Has("raw_value") {
			e.Hides = append(e.Hides, name)
		}
		return
	}
	w := Write{Op: "add", Name: name, Value: strings.ReplaceAll(value, "%%", "%")}
	switch m.Text("append_action") {
	case "ADD_IF_ABSENT":
		w.If = "absent"
	case "OVERWRITE_IF_EXISTS_OR_ADD":
		w.Op = "replace"
	case "OVERWRITE_IF_EXISTS":
		w.Op, w.If = "replace", "present"
	case "", "APPEND_IF_EXISTS_OR_ADD":
		if m.Has("append") && !m.Flag("append") {
			w.Op = "replace"
		}
	}
	e.Writes = append(e.Writes, w)
}

// Headers reads what request_headers_to_add and request_headers_to_remove of a route, a virtual host or a table do. Removals come first.
func Headers(m message.Message) Effect {
	e := Effect{}
	for _, name := range m.Texts("request_headers_to_remove") {
		e.Writes = append(e.Writes, Write{Op: "remove", Name: strings.ToLower(name)})
	}
	for _, h := range m.List("request_headers_to_add") {
		e.appendHeader(h)
	}
	return e
}

// headerToMetadata may take headers out of the request that it has read.
func headerToMetadata(f Filter, _ *matching.Request, _ Around) Effect {
	e := Effect{}
	for _, m := range f.override().List("request_rules") {
		if m.Flag("remove") && m.Has("header") {
			e.Writes = append(e.Writes, Write{Op: "remove", Name: strings.ToLower(m.Text("header"))})
		}
	}
	return e
}

// luaFilter runs a script. Any header that it changes has the route chosen again, wherever it stands, unless it is told not to.
func luaFilter(f Filter, _ *matching.Request, _ Around) Effect {
	text, known, refused := source(f)
	if refused {
		return Effect{Refused: true}
	}
	if !known {
		return Effect{Free: true}
	}
	s := lua.Read(text)
	switch {
	case s.Refused:
		return Effect{Refused: true}
	case s.Opaque:
		return Effect{Free: true}
	}
	e := Effect{}
	for _, a := range s.Request.Acts {
		e.add(a)
	}
	keeps := f.Config.Has("clear_route_cache") && !f.Config.Flag("clear_route_cache")
	changes := len(e.Writes) > 0 || len(e.Hides) > 0 || e.HidesAll
	e.Reroutes = changes && !keeps
	for _, a := range s.Request.Acts {
		if a.Kind == lua.Reroute {
			e.Free = true // by what it has put into metadata, or to an endpoint of its own choice
		}
	}
	for _, a := range s.Response.Acts {
		if a.Kind != lua.Write || a.Name != ":status" && a.Name != "" {
			continue
		}
		n, err := strconv.Atoi(a.Value)
		if !a.Certain || a.Computed || err != nil {
			e.BackFree = true
			continue
		}
		e.Back = []Mapping{{Of: func(int) evidence.Tri { return evidence.True }, To: n}} // the last write stays
	}
	return e
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
