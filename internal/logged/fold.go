package logged

import (
	"strconv"
	"strings"
)

// folded joins items that differ in nothing but their paths, where there are more than a few of them.
func folded(items []item) []item {
	const few = 3
	groups := map[string][]int{}
	for i := range items {
		k := items[i].alike()
		groups[k] = append(groups[k], i)
	}
	var out []item
	for i := range items {
		x := items[i]
		group := groups[x.alike()]
		if len(group) <= few {
			out = append(out, x)
			continue
		}
		if group[0] != i {
			continue
		}
		for _, n := range group[1:] {
			y := &items[n]
			x.Count += y.Count
			x.First, x.Last = earlier(x.First, y.First), later(x.Last, y.Last)
		}
		x.Merged = true
		out = append(out, x)
	}
	return out
}

// alike is what items have in common that differ in their paths alone.
func (x *item) alike() string {
	parts := []string{string(x.Agreement), x.Request.Method, x.Request.Host, strconv.Itoa(x.Logged.Status), strings.Join(x.Logged.Flags, ","), x.Logged.Details,
		x.Logged.Termination, x.Logged.Error, x.Logged.TransportFailure, x.ClientIP}
	if x.Proxy != nil {
		parts = append(parts, string(x.Proxy.Role), x.Proxy.Namespace, x.Proxy.Name)
	}
	if x.Source != nil {
		parts = append(parts, x.Source.Namespace, x.Source.Name)
	}
	if x.Explanation != nil {
		head, _, _ := strings.Cut(x.Explanation.Verdict.Summary, "   ")
		parts = append(parts, head)
	}
	for _, n := range x.Because {
		parts = append(parts, n.Reason)
	}
	return strings.Join(parts, "\x00")
}
