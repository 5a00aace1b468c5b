package extension

import (
	"github.com/mesh-why/mesh-why/pkg/envoyfilter"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/effect"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/trafficextension"
)

// pluginEffect is what the HTTP filter of a WasmPlugin or TrafficExtension does: a script is read, a module is not.
func pluginEffect(e trafficextension.Extension, r *matching.Request) effect.Effect {
	if e.Lua != "" {
		return effect.HTTP(effect.Filter{Name: "lua", Type: pluginType(e), Config: message.Message{"inline_code": e.Lua}}, r, effect.Around{})
	}
	return effect.Effect{Free: true}
}

// pluginAnswers are what requests get where a module could not be fetched or fails: a filter that denies everything stands in for it, unless
// requests are to pass. A file that is not there is no concern of the agent's (pkg/wasm/convert.go).
func pluginAnswers(f flow.Flow, e trafficextension.Extension) []flow.Outcome {
	if e.Lua != "" || e.Failure == trafficextension.Open {
		return nil
	}
	refusing := f.Replies(403, flow.Unmodelled, "rbac_access_denied_matched_policy[none]")
	refusing.Body = "RBAC: access denied"
	broken := f.Replies(500, flow.Unmodelled, "", "NFCF")
	if e.Local() {
		return []flow.Outcome{broken, refusing}
	}
	return []flow.Outcome{refusing, broken}
}

// networkPlugin adds a plugin that is a network filter: it can close the connection.
func networkPlugin(r *flow.Result, f flow.Flow, x envoyfilter.Filter) (ends bool) {
	e := f.Extended.Plugins[x.Extension]
	free(r, f, []flow.Outcome{f.Cut(flow.Outcome{Failure: flow.Terminated, Reason: flow.Unmodelled})}, e.Ref)
	return false
}
