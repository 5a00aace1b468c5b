package envoyfilter

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// Filter is a filter of a chain: one that istiod writes, or one that a patch puts there.
type Filter struct {
	Name      string
	Own       Own             // which of istiod's own it is; empty for one that a patch puts there
	Type      string          // the full name of its configuration's type
	Wrapped   bool            // in a TypedStruct, which istiod does not look into
	Config    message.Message // of an own filter, what patches merge into it
	Disabled  bool
	Optional  bool
	Discovery bool   // its configuration comes by itself, by the filter's name (config_discovery)
	By        *Patch // that put it there
	Merged    []*Patch
	Extension int // of a filter of [OwnExtension]: which extension it is, in the caller's own list
}

// Own tells apart the filters that istiod writes and that do something to requests.
type Own string

// The own filters. Those that only watch are [OwnOther].
const (
	OwnCustom    Own = "custom" // asks the provider of AuthorizationPolicies with action CUSTOM; its two filters go by two names
	OwnJWT       Own = "jwt"
	OwnAudit     Own = "audit"
	OwnDeny      Own = "deny"
	OwnAllow     Own = "allow"
	OwnExtension Own = "extension" // a WasmPlugin or TrafficExtension
	OwnFault     Own = "fault"
	OwnCORS      Own = "cors"
	OwnSession   Own = "session"
	OwnRouter    Own = "router"
	OwnManager   Own = "manager"
	OwnProxy     Own = "proxy" // the TCP proxy
	OwnOther     Own = "other"
)

// inserted is the filter that a patch's value writes.
func inserted(v message.Message, by *Patch) Filter {
	typ, config := v.Any("typed_config")
	return Filter{Name: v.Text("name"), Type: typ, Config: config, Wrapped: wrapped(v), Disabled: v.Flag("disabled"), Optional: v.Flag("is_optional"), Discovery: v.Has("config_discovery"), By: by}
}

// wrapped reports whether a filter's configuration is a TypedStruct.
func wrapped(v message.Message) bool {
	return v.At("typed_config").Has("type_url")
}

// Effective is the filter as the rules of effects take it.
func (f Filter) Effective() effect.Filter {
	return effect.Filter{Name: f.Name, Type: f.Type, Config: f.Config, Disabled: f.Disabled}
}

// Sure reports whether the filter is there: Unknown where a patch put it there that is for some versions of proxies only.
func (f Filter) Sure() evidence.Tri {
	is := evidence.True
	for _, p := range append(slices.Clone(f.Merged), f.By) {
		if p != nil {
			is = evidence.And(is, p.Sure)
		}
	}
	return is
}

// edit applies an operation to a list of filters, and leaves the list as it was where there is no anchor. named reports whether the patch
// names one, and is finds it. MERGE is done by others.
func edit(list []Filter, p *Patch, named bool, is func(Filter) bool) []Filter {
	at := slices.IndexFunc(list, is)
	switch p.Op {
	case networking.EnvoyFilter_Patch_ADD:
		return append(list, inserted(p.Value, p))
	case networking.EnvoyFilter_Patch_INSERT_FIRST:
		return slices.Insert(list, 0, inserted(p.Value, p))
	case networking.EnvoyFilter_Patch_INSERT_BEFORE:
		if !named {
			return slices.Insert(list, 0, inserted(p.Value, p))
		}
		if at >= 0 {
			return slices.Insert(list, at, inserted(p.Value, p))
		}
	case networking.EnvoyFilter_Patch_INSERT_AFTER:
		if !named {
			return append(list, inserted(p.Value, p))
		}
		if at >= 0 {
			return slices.Insert(list, at+1, inserted(p.Value, p))
		}
	case networking.EnvoyFilter_Patch_REPLACE:
		if named && at >= 0 {
			list[at] = inserted(p.Value, p)
		}
	case networking.EnvoyFilter_Patch_REMOVE:
		if named {
			return slices.DeleteFunc(list, is)
		}
	}
	return list
}
