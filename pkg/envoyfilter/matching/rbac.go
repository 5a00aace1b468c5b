package matching

import (
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Denied reports whether a filter of RBAC with these rules refuses the request, and the policy that decides, "none" where none matches
// (envoy.config.rbac.v3; source/extensions/filters/common/rbac/engine_impl.cc). Policies are tried in the order of their names.
func Denied(rules message.Message, r *Request) (is evidence.Tri, policy string) {
	action := rules.Text("action")
	if action == "LOG" || rules == nil {
		return evidence.False, ""
	}
	deny := action == "DENY"
	matched := evidence.False
	for _, name := range rules.Entries("policies") {
		switch is := Policy(rules.At("policies", name), r); {
		case is == evidence.True:
			if deny && matched.IsUnknown() {
				return evidence.True, name
			}
			if matched.IsUnknown() {
				return evidence.False, "" // this one lets it pass if the former does not
			}
			return evidence.Of(deny), name
		case is.IsUnknown():
			if matched == evidence.False {
				matched, policy = evidence.Unknown, name
			}
		}
	}
	switch {
	case matched.IsUnknown() && deny:
		return evidence.Unknown, policy
	case matched.IsUnknown():
		return evidence.Unknown, "none"
	}
	return evidence.Of(!deny), "none"
}

// Policy reports whether a request matches a policy: any of its permissions and any of its principals.
func Policy(p message.Message, r *Request) evidence.Tri {
	is := evidence.And(anyOf(p.List("permissions"), func(m message.Message) evidence.Tri { return Permission(m, r) }),
		anyOf(p.List("principals"), func(m message.Message) evidence.Tri { return Principal(m, r) }))
	if p.Has("condition") || p.Has("checked_condition") {
		is = evidence.And(is, evidence.Unknown) // an expression in CEL
	}
	return is
}

// Permission compares what is asked for.
func Permission(m message.Message, r *Request) evidence.Tri {
	each := func(x message.Message) evidence.Tri { return Permission(x, r) }
	switch {
	case m.Flag("any"):
		return evidence.True
	case m.Has("and_rules"):
		return allOf(m.At("and_rules").List("rules"), each)
	case m.Has("or_rules"):
		return anyOf(m.At("or_rules").List("rules"), each)
	case m.Has("not_rule"):
		return Permission(m.At("not_rule"), r).Not()
	case m.Has("header"):
		return Header(m.At("header"), r)
	case m.Has("url_path"):
		return Text(m.At("url_path", "path"), r.BarePath())
	case m.Has("destination_port"):
		n, _ := m.Number("destination_port")
		return evidence.Of(int(n) == r.Port)
	case m.Has("destination_port_range"):
		from, _ := m.At("destination_port_range").Number("start")
		to, _ := m.At("destination_port_range").Number("end")
		return evidence.Of(r.Port >= int(from) && r.Port < int(to))
	case m.Has("requested_server_name"):
		return Text(m.At("requested_server_name"), r.ServerName)
	}
	return evidence.Unknown
}

// Principal compares who asks.
func Principal(m message.Message, r *Request) evidence.Tri {
	each := func(x message.Message) evidence.Tri { return Principal(x, r) }
	switch {
	case m.Flag("any"):
		return evidence.True
	case m.Has("and_ids"):
		return allOf(m.At("and_ids").List("ids"), each)
	case m.Has("or_ids"):
		return anyOf(m.At("or_ids").List("ids"), each)
	case m.Has("not_id"):
		return Principal(m.At("not_id"), r).Not()
	case m.Has("authenticated"):
		if !m.At("authenticated").Has("principal_name") {
			return evidence.Of(r.Principal != "")
		}
		if r.Principal == "" {
			return evidence.False
		}
		return Text(m.At("authenticated", "principal_name"), r.Principal)
	case m.Has("direct_remote_ip"):
		return Address(m.At("direct_remote_ip"), r.Source)
	case m.Has("remote_ip"):
		return Address(m.At("remote_ip"), r.Remote)
	case m.Has("source_ip"):
		return Address(m.At("source_ip"), r.Remote)
	case m.Has("header"):
		return Header(m.At("header"), r)
	case m.Has("url_path"):
		return Text(m.At("url_path", "path"), r.BarePath())
	}
	return evidence.Unknown
}
