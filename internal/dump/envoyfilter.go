package dump

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// envoyFilter leaves of the patches of an EnvoyFilter what tells where they act and what they can do: all of the match, and of the value the fields,
// numbers and truth values, the types, names and conditions, and which calls a script makes. All other texts are hidden.
func (d *dump) envoyFilter(spec tree) {
	for _, p := range objects(spec, "configPatches") {
		if of := object(object(p, "match"), "proxy"); len(of) > 0 {
			d.matchedMetadata(object(of, "metadata"))
		}
		patch := object(p, "patch")
		if v, ok := patch["value"]; ok {
			patch["value"] = d.envoy("", v, false)
		}
	}
}

// matchedMetadata hides what a patch compares with metadata of a proxy that is hidden there too.
func (d *dump) matchedMetadata(t tree) {
	for _, k := range slices.Sorted(maps.Keys(t)) {
		if s, ok := t[k].(string); ok && !slices.Contains(plainMetadata, k) {
			t[k] = d.secret(variables, s)
		}
	}
}

// plainFields are the fields of Envoy's configuration whose texts tell what a filter, a route or a cluster does, by their names without
// underscores. Addresses among them lose their users and parameters.
var plainFields = setOf(`
	@type typeurl name cluster clustername clusterheader routename routeconfigname domains
	prefix path exact suffix contains regex prefixmatch exactmatch suffixmatch containsmatch pathseparatedprefix invertmatch
	key headername header headers requestheaderstoremove responseheaderstoremove remove removeheaders allowedheaders disallowedheaders
	prefixrewrite hostrewriteliteral hostrewriteheader hostrewrite substitution hostredirect pathredirect schemeredirect prefixredirect
	statprefix runtimekey descriptorkey metadatakey metadatanamespace filter path targetdomain filterenabledmetadata
	address addressprefix portvalue sni servername servernames alpnprotocols subjectaltnames domain hostname
	issuer audiences providername requirementname valueprefix fromparams forwardpayloadheader payloadinmetadata
	upgradetype method methods schemes services uri url originalsrc resourceapiversion sdsconfig
	code statuscode type exactpath prefixpath pathtemplate serverip`)

// switches finds numbers, durations and truth values, and enumerated the names of an enumeration's values.
var (
	switches   = regexp.MustCompile(`^(?:-?[0-9]{1,10}(?:\.[0-9]{1,10})?(?:s|ms)?|true|false)$`)
	enumerated = regexp.MustCompile(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$`)
)

// enumerations are the ends of the names of fields that hold a value of an enumeration, without underscores. In other fields a word in capitals may be
// anything.
var enumerations = strings.Fields(`action type mode policy op operation denominator family details transformation requiretls version behavior option code strategy level comparison algorithm direction`)

// plainWord reports whether a text of a field can do no more than to choose.
func plainWord(field, s string) bool {
	ends := func(end string) bool { return strings.HasSuffix(field, end) }
	return switches.MatchString(s) && !redact.SecretName(field) || enumerated.MatchString(s) && slices.ContainsFunc(enumerations, ends)
}

// nullVM finds the modules that were built into the proxy, for telemetry alone, and what runs modules.
var nullVM = regexp.MustCompile(`^envoy\.wasm\.(?:runtime\.)?[a-z0-9_]+$`)

// matchers are the fields that compare a header, beside its name, without underscores.
var matchers = setOf(`stringmatch exactmatch prefixmatch suffixmatch containsmatch saferegexmatch`)

func setOf(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// bareField is the name of a field in either of its styles.
func bareField(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// envoy leaves of a value of Envoy's configuration what can decide. Lua says whether it belongs to a script.
func (d *dump) envoy(field string, v any, lua bool) any {
	switch x := v.(type) {
	case []any:
		for i, y := range x {
			x[i] = d.envoy(field, y, lua)
		}
	case tree:
		lua = lua || isLua(x)
		of := nameOf(x)
		_, client := x["client"] // of the filter api_key_auth: a key, and whose it is
		for _, k := range slices.Sorted(maps.Keys(x)) {
			s, isText := x[k].(string)
			switch {
			case isText && k == "value" && of != "":
				x[k] = d.envoyValue(of, s)
			case isText && k == "key" && client:
				x[k] = d.secret(filterTexts, s)
			case matchers[bareField(k)] && d.names.Secret(of):
				x[k] = d.compared(of, k, x[k])
			case isText && bareField(k) == "inlinestring" && bareField(field) == "body":
				x[k] = d.words(s)
			default:
				x[k] = d.envoy(k, x[k], lua)
			}
		}
	case string:
		return d.envoyText(field, x, lua)
	}
	return v
}

// compared hides what the value of a header that carries secrets is compared with.
func (d *dump) compared(header, field string, v any) any {
	switch x := v.(type) {
	case tree:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			x[k] = d.compared(header, k, x[k])
		}
	case string:
		if field == "regex" {
			return d.expression(header, x)
		}
		return d.headerValue(header, x, false)
	}
	return v
}

// nameOf is the name in an object that holds one and a value: a header that is set, an entry of a descriptor.
func nameOf(t tree) string {
	for _, k := range []string{"key", "name", "headerName", "header_name"} {
		if s, ok := t[k].(string); ok {
			return s
		}
	}
	return ""
}

// isLua reports whether an object is the configuration of a script, or holds one.
func isLua(t tree) bool {
	kind, _ := t["@type"].(string)
	if kind == "" {
		kind, _ = t["type_url"].(string)
	}
	return strings.Contains(kind, ".lua.")
}

// envoyValue hides the value of a header with a secret's name, and what looks like a token. Others decide: policies of the next proxy compare them.
func (d *dump) envoyValue(name, s string) string {
	if d.names.Secret(name) || redact.MayBeToken(s) {
		return d.secret(headerValues, s)
	}
	return s
}

func (d *dump) envoyText(field, s string, lua bool) string {
	bare := bareField(field)
	switch {
	case s == "" || standsFor.MatchString(s):
		return s
	case bare == "inlinecode", lua && bare == "inlinestring":
		return d.lua(s)
	case lua && bare == "inlinebytes":
		return d.luaBytes(s)
	case bare == "inlinestring" && json.Valid([]byte(s)) && strings.Contains(s, `"keys"`):
		return d.keySet(s)
	case nullVM.MatchString(s):
		return s
	case plainFields[bare] && !redact.MayBeToken(s), plainWord(bare, s):
		return s
	}
	d.leave(filterTexts, 1)
	return hidden
}

// luaBytes is a script that is written as bytes.
func (d *dump) luaBytes(s string) string {
	code, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		d.leave(filterTexts, 1)
		return hidden // no bytes before either
	}
	return base64.StdEncoding.EncodeToString([]byte(d.lua(string(code))))
}
