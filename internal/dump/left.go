package dump

import (
	"slices"
	"strconv"
	"strings"
)

// leftOut is a sort of what a dump leaves out.
type leftOut int

// The sorts, in the order in which the head of the file tells of them.
const (
	privateKeys leftOut = iota
	tokens
	headerValues
	cookieValues
	urlParts
	labelValues
	variables
	arguments
	annotations
	settings
	filterTexts
	luaTexts
	bodies
	keyMembers
	secretEntries
	configMaps
	manySorts
)

// sorts are their names, for one and for several.
var sorts = [manySorts][2]string{
	privateKeys:   {"private key", "private keys"},
	tokens:        {"token", "tokens"},
	headerValues:  {"value of a header or a parameter", "values of headers and parameters"},
	cookieValues:  {"value of a cookie", "values of cookies"},
	urlParts:      {"user or parameter of an address", "users and parameters of addresses"},
	labelValues:   {"value of a label", "values of labels"},
	variables:     {"environment variable", "environment variables"},
	arguments:     {"argument of a container", "arguments of containers"},
	annotations:   {"annotation", "annotations"},
	settings:      {"setting of a mesh config or a proxy", "settings of mesh configs and proxies"},
	filterTexts:   {"text of an EnvoyFilter or a plugin", "texts of EnvoyFilters and plugins"},
	luaTexts:      {"text or comment of Lua", "texts and comments of Lua"},
	bodies:        {"word of an answer's body", "words of answers' bodies"},
	keyMembers:    {"member of a key set", "members of key sets"},
	secretEntries: {"entry of a Secret", "entries of Secrets"},
	configMaps:    {"ConfigMap of an application", "ConfigMaps of applications"},
}

// leave counts what is left out.
func (d *dump) leave(what leftOut, n int) { d.left[what] += n }

// tally says what was left out, and how often.
func (d *dump) tally() string {
	var parts []string
	for what, n := range d.left {
		if n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+sorts[what][min(1, n-1)])
		}
	}
	switch len(parts) {
	case 0:
		return "nothing that could be a secret was in it"
	case 1:
		return parts[0]
	}
	last := parts[len(parts)-1]
	return strings.Join(slices.Clone(parts[:len(parts)-1]), ", ") + " and " + last
}
