package symptom

import (
	"maps"
	"slices"
	"strings"
)

// tables are all rows, by kind.
var tables = map[Kind][]Entry{
	Flag:    flags,
	Detail:  slices.Concat(routerDetails, filterDetails, codecDetails),
	Reset:   resets,
	Token:   slices.Concat(tokenErrors, keyErrors),
	TLS:     tlsErrors,
	Status:  statuses,
	Curl:    curlExits,
	GRPC:    grpcStatuses,
	Ztunnel: ztunnelErrors,
}

// Kinds lists the kinds in the order in which they are printed.
var Kinds = []Kind{Status, Flag, Detail, Reset, Token, TLS, GRPC, Curl, Ztunnel}

// All lists the entries of a kind in the order of their table, with stand-ins for arguments.
func All(k Kind) []Found {
	out := make([]Found, len(tables[k]))
	for i, e := range tables[k] {
		out[i] = e.filled(nil)
	}
	return out
}

// Codes lists every code that [Lookup] finds as it is, sorted.
func Codes() []string {
	seen := map[string]bool{}
	for _, rows := range tables {
		for _, e := range rows {
			seen[e.Code] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// entry returns the row of a code, whatever the case of its letters.
func entry(k Kind, code string) (Entry, bool) {
	for _, e := range tables[k] {
		if strings.EqualFold(e.Code, code) || e.Long != "" && strings.EqualFold(e.Long, code) {
			return e, true
		}
	}
	return Entry{}, false
}
