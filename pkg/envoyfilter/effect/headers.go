package effect

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
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
