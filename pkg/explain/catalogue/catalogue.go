package catalogue

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// What there is to do about a code of which the entry does not say so itself.
const (
	asItGoes     = "nothing, unless the request was meant to be handled differently: --trace shows everything that was considered"
	asItStands   = "nothing, unless the object is meant to act here: then change what the sentence names"
	byPatch      = "review the change (-o patch prints it), and apply it with kubectl apply -f -"
	byCommand    = "run the command on the line below the step"
	byTime       = "compare when the resource was changed with the time of the lines; istioctl proxy-status shows stale proxies"
	laterRelease = "ask with --istio-version what a later release answers, or upgrade"
	nothing      = "nothing: the answer itself says what happened"
)

// lists are the entries by what they are about, each with what there is to do about those that do not say so themselves.
var lists = []struct {
	entries []Entry
	todo    string
}{
	{routeReasons, nothing}, {transportReasons, ""}, {policyReasons, ""}, {unknownReasons, ""}, {ambientReasons, ""}, {extensionReasons, ""},
	{wayNotes, asItGoes}, {transportNotes, asItGoes}, {policyNotes, asItGoes}, {ambientNotes, asItGoes}, {extensionNotes, asItGoes}, {tokenTexts, ""}, {programTexts, ""},
	{whys, asItStands}, {gatewayWhys, asItStands}, {ambientWhys, asItStands}, {extensionWhys, asItStands}, {routeFaults, asItStands}, {enforcementTexts, asItStands}, {unenforcedNotes, asItStands},
	{policyFaults, ""}, {findings, ""}, {reviewNotes, ""}, {expectedNotes, ""}, {gapCodes, ""}, {patchProblems, ""}, {presumptions, ""}, {credentialFlaws, ""}, {credentialPresumptions, ""},
	{steps, byCommand}, {repairs, byPatch}, {loggedNotes, byTime}, {compared, nothing}, {releaseTexts, laterRelease},
}

// entries holds every code by its name. Codes are part of the contract: none is ever renamed.
var entries = func() map[string]Entry {
	m := map[string]Entry{}
	for _, list := range lists {
		for _, e := range list.entries {
			e.todo = list.todo
			m[e.Code] = e
		}
	}
	return m
}()

// Codes lists the catalogue's codes in the order of the alphabet.
func Codes() []string { return slices.Sorted(maps.Keys(entries)) }

// Lookup finds a code, whatever the case of its letters.
func Lookup(code string) (Entry, bool) {
	for c, e := range entries {
		if strings.EqualFold(c, code) {
			return e, true
		}
	}
	return Entry{}, false
}

// Text is the sentence of a code, with its arguments filled in. An argument that is a code itself is replaced by its clause; the arguments behind it fill
// that.
func Text(code string, args ...string) string {
	if code == "" {
		return ""
	}
	e, ok := entries[code]
	if !ok {
		return code
	}
	said := make([]string, len(args))
	for i, f := range slices.Backward(args) {
		said[i] = f
		if c, is := strings.CutPrefix(f, flow.CodeMark); is {
			said[i] = clause(c, said[i+1:])
		}
	}
	if text := fill(e.Text, said); text != "" {
		return text
	}
	return e.Since // of a sentence that is all arguments, and has none
}

// clause is a code as a part of another sentence.
func clause(code string, args []string) string {
	e := entries[code]
	if e.Since != "" {
		return e.Since
	}
	return fill(e.Text, args)
}

// fill puts arguments into a template.
func fill(template string, args []string) string {
	var out strings.Builder
	for template != "" {
		i := strings.IndexAny(template, "{[")
		if i < 0 {
			out.WriteString(template)
			break
		}
		out.WriteString(template[:i])
		if template[i] == '{' {
			end := strings.IndexByte(template[i:], '}')
			if n, err := strconv.ParseUint(template[i+1:i+max(end, 1)], 10, 8); err == nil {
				if n < uint64(len(args)) {
					out.WriteString(args[n])
				}
				template = template[i+end+1:]
				continue
			}
			out.WriteByte('{')
			template = template[i+1:]
			continue
		}
		end := strings.IndexByte(template[i:], ']')
		if end < 0 {
			out.WriteString(template[i:])
			break
		}
		part := template[i+1 : i+end]
		if hasArgs(part, args) {
			out.WriteString(fill(part, args))
		}
		template = template[i+end+1:]
	}
	return out.String()
}

// hasArgs reports whether all arguments that a part names are there.
func hasArgs(part string, args []string) bool {
	for n := range 10 {
		if strings.Contains(part, "{"+strconv.Itoa(n)+"}") && (n >= len(args) || args[n] == "") {
			return false
		}
	}
	return true
}
