package effect

import (
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Manager is what patches make of an HTTP connection manager: the fields that they set, merged.
type Manager struct{ Set message.Message }

// Unread returns the fields that can do anything, as paths.
func (m Manager) Unread() []string {
	out := ManagerFields.Weigh(m.Set, Anything)
	for field, t := range map[string]Fields{"http_protocol_options": HTTP1Fields, "common_http_protocol_options": CommonHTTPFields} {
		for _, inner := range t.Weigh(m.Set.At(field), Anything) {
			out = append(out, field+"."+inner)
		}
	}
	for _, u := range m.Set.List("upgrade_configs") {
		if !u.Has("upgrade_type") {
			out = append(out, "upgrade_configs")
		}
	}
	return out
}

// Slow reports whether a field has been set that bears on clients or applications that are slow.
func (m Manager) Slow() bool {
	return ManagerFields.Any(m.Set, SlowOnly) || CommonHTTPFields.Any(m.Set.At("common_http_protocol_options"), SlowOnly)
}

// Refused returns the field that makes the proxy refuse the listener; empty where none does. Lists are appended to those that istiod
// writes: a filter behind the router and a second upgrade of one type are refused. So is telling the client's address in two ways.
func (m Manager) Refused(useRemoteAddress bool) string {
	if fields := ManagerFields.Weigh(m.Set, Refuses); len(fields) > 0 {
		return fields[0]
	}
	for _, u := range m.Set.List("upgrade_configs") {
		if strings.EqualFold(u.Text("upgrade_type"), "websocket") {
			return "upgrade_configs"
		}
	}
	if len(m.Set.List("original_ip_detection_extensions")) > 0 && (useRemoteAddress || m.Set.Flag("use_remote_address")) {
		return "original_ip_detection_extensions"
	}
	return ""
}

// Accept returns what the connection manager does to a request before any filter: it may refuse it for its headers. overhead bounds what
// other proxies may have added to the headers that the request is known to have, in bytes.
func (m Manager) Accept(r *matching.Request, headers map[string][]string, overhead int) Effect {
	common := m.Set.At("common_http_protocol_options")
	count := 4 // pseudo-headers
	size := len(r.Method) + len(r.Path) + len(r.Authority) + len(r.Scheme) + len(":method:path:authority:scheme")
	underscore := ""
	for name, lines := range headers {
		if strings.Contains(name, "_") {
			underscore = name
		}
		for _, line := range lines {
			size += len(name) + len(line)
			count++
		}
	}
	if kb, ok := m.Set.Number("max_request_headers_kb"); ok {
		is := evidence.Of(size > int(kb)<<10)
		if is == evidence.False && size+overhead > int(kb)<<10 {
			is = evidence.Unknown
		}
		if is != evidence.False {
			return when(is, Answer{Status: 431, Flags: []string{"DPE"}, Body: "Request Header Fields Too Large"})
		}
	}
	if most, ok := common.Number("max_headers_count"); ok && count > int(most) {
		return always(Answer{Status: 431, Flags: []string{"DPE"}, Body: "Request Header Fields Too Large"})
	}
	switch common.Text("headers_with_underscores_action") {
	case "REJECT_REQUEST":
		if underscore != "" {
			return always(Answer{Status: 400, Flags: []string{"DPE"}, Body: "Bad Request"})
		}
	case "DROP_HEADER":
		e := Effect{}
		for name := range headers {
			if strings.Contains(name, "_") {
				e.Writes = append(e.Writes, Write{Op: "remove", Name: strings.ToLower(name)})
			}
		}
		return e
	}
	return Effect{}
}

// Authority returns the request's authority as the connection manager leaves it, with its port taken off where that is asked for.
func (m Manager) Authority(authority string, port int) string {
	host, p, has := cutPort(authority)
	if has && (m.Set.Flag("strip_any_host_port") || m.Set.Flag("strip_matching_host_port") && p == itoa(port)) {
		authority = host
	}
	if m.Set.Flag("strip_trailing_host_dot") {
		if host, p, has := cutPort(authority); strings.HasSuffix(host, ".") {
			authority = strings.TrimSuffix(host, ".")
			if has {
				authority += ":" + p
			}
		}
	}
	return authority
}

func cutPort(authority string) (host, port string, has bool) {
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return authority, "", false
	}
	return authority[:i], authority[i+1:], true
}

// LocalReplies are the changes of status that local_reply_config makes to the proxy's own answers; the first that holds counts.
func (m Manager) LocalReplies() []Mapping {
	var out []Mapping
	before := func(int) evidence.Tri { return evidence.False }
	for _, x := range m.Set.At("local_reply_config").List("mappers") {
		earlier, is := before, replyFilter(x.At("filter"))
		before = func(n int) evidence.Tri { return evidence.Or(earlier(n), is(n)) }
		if n, ok := x.Number("status_code"); ok {
			out = append(out, Mapping{Own: true, To: int(n), Body: x.At("body").Text("inline_string"),
				Of: func(n int) evidence.Tri { return evidence.And(is(n), earlier(n).Not()) }})
		}
	}
	return out
}

// replyFilter reads an AccessLogFilter over the status of an answer; what asks for anything else is not known.
func replyFilter(m message.Message) func(int) evidence.Tri {
	all := func(list []message.Message, join func(...evidence.Tri) evidence.Tri) func(int) evidence.Tri {
		var of []func(int) evidence.Tri
		for _, x := range list {
			of = append(of, replyFilter(x))
		}
		return func(n int) evidence.Tri {
			out := of[0](n)
			for _, f := range of[1:] {
				out = join(out, f(n))
			}
			return out
		}
	}
	unknown := func(int) evidence.Tri { return evidence.Unknown }
	switch {
	case m.Has("status_code_filter"):
		c := m.At("status_code_filter", "comparison")
		v, ok := c.At("value").Number("default_value")
		want := int(v)
		if !ok {
			return unknown
		}
		return func(n int) evidence.Tri {
			switch c.Text("op") {
			case "GE":
				return evidence.Of(n >= want)
			case "LE":
				return evidence.Of(n <= want)
			case "NE":
				return evidence.Of(n != want)
			}
			return evidence.Of(n == want)
		}
	case m.Has("and_filter") && len(m.At("and_filter").List("filters")) > 0:
		return all(m.At("and_filter").List("filters"), evidence.And)
	case m.Has("or_filter") && len(m.At("or_filter").List("filters")) > 0:
		return all(m.At("or_filter").List("filters"), evidence.Or)
	}
	return unknown
}
