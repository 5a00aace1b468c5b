package flow

import (
	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// TokenState is what a proxy knows of the client's token after it looked.
type TokenState struct {
	Known  evidence.Tri   // True where the claims are certain, also if there are none; Unknown on a way of thinking that cannot tell
	Claims map[string]any // of the token that was verified; nil without one
	Gaps   []mesh.Gap
}

// RequestPrincipal is issuer/subject of the verified token; empty without one.
func (t TokenState) RequestPrincipal() string {
	iss, hasIss := t.Text("iss")
	sub, hasSub := t.Text("sub")
	if !hasIss || !hasSub {
		return ""
	}
	return iss + "/" + sub
}

// Text returns a claim that is a string.
func (t TokenState) Text(name string) (string, bool) {
	v, ok := t.Claims[name].(string)
	return v, ok
}

// Strings returns a nested claim as the strings that compare: itself, or the strings of its list.
func (t TokenState) Strings(names []string) []string {
	var v any = t.Claims
	for _, n := range names {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		if v, ok = m[n]; !ok {
			return nil
		}
	}
	switch x := v.(type) {
	case string:
		return []string{x}
	case []any:
		var out []string
		for _, e := range x {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
