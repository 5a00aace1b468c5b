package route

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// mutate changes headers in Envoy's order: what all of the operations remove goes first, then they set, and what they add comes last
// (HeaderParser::evaluateHeaders of source/common/router/header_parser.cc). Istio puts the operations of a single destination behind those
// of its route; with several destinations each has a parser of its own, which comes before the route's
// (processDestination of pilot/pkg/networking/core/route/route.go).
func mutate(m flow.Message, all ...*networking.Headers_HeaderOperations) flow.Message {
	for _, ops := range all {
		for _, name := range ops.GetRemove() {
			if !internalHeader(name) {
				m.Headers = m.Headers.Without(name)
			}
		}
	}
	was := m.Headers // what values refer to
	each := func(values map[string]string, change func(name, value string)) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			// An empty value changes nothing, not even a header that is there.
			if value := expand(was, values[name]); value != "" && !internalHeader(name) {
				change(name, value)
			}
		}
	}
	for _, ops := range all {
		each(ops.GetSet(), func(name, value string) { m.Headers = m.Headers.Set(name, value) })
	}
	for _, ops := range all {
		each(ops.GetAdd(), func(name, value string) { m.Headers = m.Headers.Add(name, value) })
	}
	return m
}

// internalHeader tells the names that header operations leave alone; the authority is rewritten instead.
func internalHeader(name string) bool {
	return strings.HasPrefix(name, ":") || strings.EqualFold(name, "host")
}

// authority is what operations make of the Host, if anything.
func authority(ops *networking.Headers_HeaderOperations) string {
	for _, values := range []map[string]string{ops.GetSet(), ops.GetAdd()} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if strings.EqualFold(name, ":authority") || strings.EqualFold(name, "host") {
				return values[name]
			}
		}
	}
	return ""
}

// expand replaces the commands of a value that name a header of the request; one that is missing is empty, and %% is a percent sign
// (Envoy's command operators).
func expand(h flow.Headers, value string) string {
	return command.ReplaceAllStringFunc(value, func(c string) string {
		names := command.FindStringSubmatch(c)
		if c == "%%" {
			return "%"
		}
		for _, name := range names[1:] {
			if v, ok := h.Get(name); ok && name != "" {
				return v
			}
		}
		return ""
	})
}

var command = regexp.MustCompile(`%%|%REQ\(([^)?]+)(?:\?([^)]+))?\)%`)
