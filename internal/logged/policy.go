package logged

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/catalogue"
	"github.com/mesh-why/mesh-why/pkg/explain/symptom"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// policy is for lines that name a policy.
func (c *caseOf) policy(r symptom.Rule) []explain.Note {
	ref := mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: r.Namespace, Name: r.Policy}
	p, ok, gaps := c.s.AuthorizationPolicies.Get(r.Namespace, r.Policy)
	switch {
	case !ok && len(gaps) > 0:
		return nil
	case !ok:
		return []explain.Note{note("LoggedPolicyGone", ref)}
	}
	if notes := c.younger(ref); notes != nil {
		return notes
	}
	n, _ := strconv.Atoi(r.Index)
	if action := p.Spec.Action.String(); r.Provider == "" && !r.BadCustom && action != "DENY" {
		return []explain.Note{note("LoggedActionChanged", ref, action)}
	}
	if n >= len(p.Spec.Rules) {
		return []explain.Note{note("LoggedRuleGone", ref, "rules["+r.Index+"]")}
	}
	at := "spec.rules[" + r.Index + "]"
	for _, h := range c.hops() {
		for _, st := range h.Stages {
			for _, x := range st.Candidates {
				if x.Resource.Object() == ref && (!x.Applies || x.Resource.Field == at) {
					return c.rule(ref.At(at), r.Index, x)
				}
			}
		}
	}
	if !c.onTheWay() {
		return c.elsewhere()
	}
	return []explain.Note{note("LoggedPolicyElsewhere", ref, c.pod(), catalogue.Text("OtherWorkload"))}
}

// rule tells how the rule that a line names fares with the request as the line shows it.
func (c *caseOf) rule(at mesh.Ref, index string, x explain.Candidate) []explain.Note {
	if !x.Applies {
		return []explain.Note{note("LoggedPolicyElsewhere", at.Object(), c.pod(), catalogue.Text(x.Why))}
	}
	var fields []string
	for _, k := range x.Checks {
		if k.Is != "false" {
			continue
		}
		if what, flag := c.unseen(at, k.Field); what != "" {
			return []explain.Note{note("LoggedRuleUnseen", at.Object(), "rules["+index+"]", what, flag)}
		}
		got := k.Got
		if got == "" {
			got = "none"
		}
		fields = append(fields, strings.TrimPrefix(k.Field, at.Field+".")+" has "+strings.Join(k.Want, ", ")+", the request "+got)
	}
	if len(fields) == 0 {
		return nil
	}
	return []explain.Note{note("LoggedRuleUnmatched", at.Object(), "rules["+index+"]", strings.Join(fields, "; "))}
}

// unseen names what a comparison of a policy needs and no access log shows, with the flag that tells it.
func (c *caseOf) unseen(policy mesh.Ref, field string) (what, flag string) {
	key := field + c.conditionKey(policy, field)
	switch {
	case strings.Contains(key, "equestPrincipals"), strings.Contains(key, "request.auth"), strings.Contains(key, "claims["):
		return "the token", "--jwt-file"
	case strings.Contains(key, "headers["):
		_, name, _ := strings.Cut(key, "headers[")
		name, _, _ = strings.Cut(name, "]")
		return "header " + name, "-H"
	}
	return "", ""
}

var conditionAt = regexp.MustCompile(`^spec\.rules\[(\d+)\]\.when\[(\d+)\]`)

// conditionKey is the key of the condition of an AuthorizationPolicy that a field belongs to; empty for a field of another kind.
func (c *caseOf) conditionKey(policy mesh.Ref, field string) string {
	m := conditionAt.FindStringSubmatch(field)
	p, ok, _ := c.s.AuthorizationPolicies.Get(policy.Namespace, policy.Name)
	if m == nil || !ok {
		return ""
	}
	rule, _ := strconv.Atoi(m[1])
	when, _ := strconv.Atoi(m[2])
	if rule >= len(p.Spec.Rules) || when >= len(p.Spec.Rules[rule].When) {
		return ""
	}
	return p.Spec.Rules[rule].When[when].Key
}

// noAllow is for lines that name no policy, as none matched.
func (c *caseOf) noAllow() []explain.Note {
	for _, h := range c.hops() {
		for _, st := range h.Stages {
			if st.Stage != "allow" {
				continue
			}
			if st.Resource == nil || st.Effect == explain.EffectIdle {
				return []explain.Note{note("LoggedNoAllowPolicy", mesh.Ref{}, c.pod())}
			}
			if st.Effect != explain.EffectRejects {
				if notes := c.younger(st.Resource.Object()); notes != nil {
					return notes
				}
				return []explain.Note{note("LoggedAllowed", st.Resource.Object(), first(st.Resource.Field, "its rules"))}
			}
		}
	}
	if !c.onTheWay() {
		return c.elsewhere()
	}
	return nil // the request does not come as far as the policies
}

// token is for lines of refused tokens: which token it was no log shows.
func (c *caseOf) token() []explain.Note {
	for _, h := range c.hops() {
		for _, st := range h.Stages {
			if st.Stage == "requestAuthentication" && st.Resource != nil {
				if notes := c.younger(st.Resource.Object()); notes != nil {
					return notes
				}
				return []explain.Note{note("LoggedTokenRule", *st.Resource, c.pod())}
			}
		}
	}
	return []explain.Note{note("LoggedNoTokenRule", mesh.Ref{}, c.pod())}
}

// extensions are details of filters that only an extension brings.
var extensions = map[string]bool{"lua_response": true, "wasm_fail_stream": true, "local_rate_limited": true, "request_rate_limited": true, "rate_limiter_error": true,
	"csrf_origin_mismatch": true, "health_check_ok": true, "health_check_failed": true, "reached_concurrency_limit": true, "denied_by_admission_control": true}

func (c *caseOf) extension(name string) []explain.Note {
	for _, k := range c.s.Kinds() {
		switch k {
		case mesh.EnvoyFilter, mesh.WasmPlugin, mesh.TrafficExtension:
			if len(c.s.Objects(k)) > 0 {
				return []explain.Note{note("LoggedExtension", mesh.Ref{}, name)}
			}
		}
	}
	return []explain.Note{note("LoggedNoExtension", mesh.Ref{}, name)}
}

// rejectedBy is for ztunnel's lines that name a policy. Those that istiod makes of PeerAuthentications have names of their own.
func (c *caseOf) rejectedBy(fault string) []explain.Note {
	_, id, ok := strings.Cut(fault, "explicitly denied by: ")
	if !ok {
		return nil
	}
	namespace, name, _ := strings.Cut(id, "/")
	ref := mesh.Ref{Kind: mesh.AuthorizationPolicy, Namespace: namespace, Name: name}
	switch own, is := strings.CutPrefix(name, convertedPrefix); {
	case name == staticStrict:
		return nil
	case is:
		ref.Kind, ref.Name = mesh.PeerAuthentication, own
	}
	if c.s.Has(ref) {
		return c.younger(ref)
	}
	return []explain.Note{note("LoggedPolicyGone", ref)}
}
