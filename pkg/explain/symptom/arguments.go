package symptom

import (
	"regexp"
	"strings"
)

// details explains response code details. What stands in brackets or braces behind the name is explained with it.
func details(s string) []Found {
	s = strings.ReplaceAll(s, " ", "_")
	name, arg := cut(s)
	switch name {
	case "rbac_access_denied_matched_policy":
		return rbac(arg)
	case "jwt_authn_access_denied":
		text := spaced(arg)
		return bare(append(known(Detail, name, map[string]string{"text": text}), token(text)...))
	case "upstream_reset_before_response_started", "upstream_reset_after_response_started":
		return reset(name, arg)
	case "downstream_local_disconnect":
		return bare(append(known(Detail, name, map[string]string{"reason": arg}), closeReason(arg)...))
	}
	if rule, ok := strings.CutPrefix(name, "uhv."); ok {
		return known(Detail, "uhv", map[string]string{"text": spaced(rule)})
	}
	if f := known(Detail, name, map[string]string{"text": spaced(arg)}); f != nil {
		return f
	}
	// Filters add words of their own to a name: health_check_failed_cluster_empty, ext_proc_error_gRPC_error_14{...}.
	for i := strings.LastIndexByte(name, '_'); i > 0; i = strings.LastIndexByte(name[:i], '_') {
		if e, ok := entry(Detail, name[:i]); ok && strings.Contains(e.Code, "_") && extensible[e.Code] {
			f := e.filled(map[string]string{"text": spaced(strings.Trim(name[i+1:]+" "+arg, " "))})
			return []Found{f}
		}
	}
	return nil
}

// extensible are the details whose names go on differently each time.
var extensible = map[string]bool{"ext_proc_error": true, "health_check_failed": true, "health_check_ok": true, "lua_response": true}

// cut takes the arguments off details: what stands behind the name in brackets, braces or parentheses.
func cut(s string) (name, arg string) {
	i := strings.IndexAny(s, "[{(")
	if i <= 0 {
		return s, ""
	}
	arg = s[i+1:]
	if n := len(arg); n > 0 && strings.ContainsRune("]})", rune(arg[n-1])) {
		arg = arg[:n-1]
	}
	return s[:i], arg
}

// rbacName is the name that istiod gives to a rule: pilot/pkg/security/authz/builder. CUSTOM rules have a prefix with or without the
// provider, and a suffix where the provider cannot be used.
var rbacName = regexp.MustCompile(`^(?:istio-ext-authz-(?:(.*?)-)?)?ns\[(.*?)\]-policy\[(.*?)\]-rule\[(\d+)\](-deny-due-to-bad-CUSTOM-action)?$`)

// Rule is what the details of a denial name.
type Rule struct {
	Namespace, Policy, Index string
	Provider                 string // of a CUSTOM policy, where the name has it
	BadCustom                bool   // the provider of a CUSTOM policy cannot be used
}

// DeniedBy reads the policy out of rbac_access_denied_matched_policy[...]. It reports false where the details name none: "none", a name
// that is not istiod's, or details of another kind.
func DeniedBy(details string) (Rule, bool) {
	name, arg := cut(details)
	m := rbacName.FindStringSubmatch(arg)
	if name != "rbac_access_denied_matched_policy" || m == nil {
		return Rule{}, false
	}
	return Rule{Namespace: m[2], Policy: m[3], Index: m[4], Provider: m[1], BadCustom: m[5] != ""}, true
}

func rbac(arg string) []Found {
	const name = "rbac_access_denied_matched_policy"
	switch r, ok := DeniedBy(name + "[" + arg + "]"); {
	case ok && r.BadCustom:
		return known(Detail, name+"[bad-custom]", r.args())
	case ok:
		return known(Detail, name, r.args())
	case arg == "none":
		return known(Detail, name+"[none]", nil)
	case arg == "":
		return append(known(Detail, name, nil), known(Detail, name+"[none]", nil)...)
	}
	return known(Detail, name+"[other]", map[string]string{"name": arg})
}

func (r Rule) args() map[string]string {
	return map[string]string{"ns": r.Namespace, "policy": r.Policy, "rule": r.Index, "provider": r.Provider}
}

// reset explains how a stream to the next hop ended, and what the transport says of it. Releases of Envoy separate the two by a comma or a
// bar.
func reset(name, arg string) []Found {
	reason, transport, _ := strings.Cut(arg, "|")
	if transport == "" {
		reason, transport, _ = strings.Cut(arg, ",")
	}
	out := known(Detail, name, map[string]string{"reason": spaced(reason)})
	if reason != "" {
		out = append(out, known(Reset, reason, nil)...)
	}
	return bare(append(out, transportFailure(transport)...))
}

// bare leaves causes and steps to the entries of the arguments, where there are any.
func bare(list []Found) []Found {
	if len(list) > 1 {
		list[0].Causes, list[0].Next = nil, nil
	}
	return list
}

// transportFailure explains what the transport says: a TLS error, or the operating system's words.
func transportFailure(s string) []Found {
	switch {
	case s == "":
		return nil
	case strings.Contains(s, "OPENSSL_internal:"):
		return tlsNames(s)
	}
	for _, code := range []string{"delayed_connect_error", "immediate_connect_error"} {
		if rest, ok := strings.CutPrefix(s, code); ok {
			return known(Reset, code, map[string]string{"text": strings.Trim(spaced(rest), ": ")})
		}
	}
	return nil
}

func closeReason(arg string) []Found {
	name, _, _ := strings.Cut(arg, ":")
	return known(Reset, name, nil)
}
