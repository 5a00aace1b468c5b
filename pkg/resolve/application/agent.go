package application

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/mesh/agent"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
	"github.com/mesh-why/mesh-why/pkg/resolve/upstream"
)

// Agent is the end of the way at one of the ports on which the pod's proxy, or the agent that runs it, listens by itself. Nothing that a
// resource of the mesh says bears on what these answer: they speak clear text, and no filter stands before them.
func Agent(_ *mesh.Snapshot, f flow.Flow) flow.Result {
	return spokenTo(f, agent.PortOf(f.Pod, f.Wire.Port))
}

// OwnListener is the end of the way at a listener of the client's own proxy that has a port on every address (envoy_bootstrap.json): whatever its pod
// calls there does not leave it, unless there is a listener for that very address. Istiod makes no other for all addresses
// (pilot/pkg/networking/core/listener.go, buildSidecarOutboundListener).
func OwnListener(f flow.Flow) flow.Result {
	f.Wire.Port = f.Dial.Port
	r := spokenTo(f, agent.Port(f.Dial.Port))
	r.Notes = []flow.Finding{{Code: flow.NoteOwnListener, Resource: mesh.PodRef(f.Pod), Args: []string{strconv.Itoa(f.Dial.Port)}}}
	return r
}

func spokenTo(f flow.Flow, port agent.Port) flow.Result {
	at := mesh.PodRef(f.Pod)
	o := flow.Outcome{By: flow.By(flow.Cause, at), Args: []string{strconv.Itoa(f.Wire.Port)}}
	switch {
	case port.Local() && !f.Wire.IP.IsLoopback():
		o.Failure, o.Reason = flow.ConnectRefused, flow.ProxyPortLocal
	case port == agent.Inbound || port == agent.Outbound:
		o.Failure, o.Reason = flow.Terminated, flow.ProxyPortCloses
	case f.Wire.Transport != flow.Plaintext && !f.Wire.Tunnelled():
		o.Failure, o.TLS, o.Reason = flow.HandshakeFailed, upstream.WrongVersion, flow.ServerSpeaksClear
		o.By = append(flow.By(flow.Cause, f.Wire.Chosen), flow.By(flow.Requires, at)...)
	case f.Payload() == flow.AppTLS:
		o.Kind, o.CurlExit, o.Reason = flow.TLSFailure, 35, flow.ServerSpeaksClear
	case f.Request.Raw():
		o = flow.Outcome{Kind: flow.Reaches, Reason: flow.Reached, Backends: []flow.Backend{backend(f.Pod, f.Wire.Port)}}
	default:
		o = asked(f, port, o)
	}
	r := flow.End(o)
	r.Resource, r.Candidates = at, []flow.Candidate{{Ref: at, Applies: true}}
	if o.Kind == flow.Reaches {
		r.Reason, r.Note, r.Args = "", flow.NoteReached, []string{strconv.Itoa(f.Wire.Port)}
		if len(o.Args) > 0 {
			r.Note, r.Args = flow.NoteProbeForwarded, o.Args
		}
	}
	return r
}

// asked is what a port says to HTTP. Envoy's own listeners have one route each, for a prefix, and take anything else for a path without a route
// (tools/packaging/common/envoy_bootstrap.json).
func asked(f flow.Flow, port agent.Port, o flow.Outcome) flow.Outcome {
	path, _, _ := strings.Cut(f.Message.Path, "?")
	o.Kind, o.AnsweredBy, o.Args = flow.Answered, []flow.Party{f.At}, append(o.Args, path)
	switch port {
	case agent.Health:
		if !strings.HasPrefix(f.Message.Path, "/healthz/ready") {
			return says(o, 404, flow.ProxyPathUnknown)
		}
		return ready(f, o)
	case agent.Stats:
		if !strings.HasPrefix(f.Message.Path, "/stats/prometheus") {
			return says(o, 404, flow.ProxyPathUnknown)
		}
	case agent.Status:
		return agentSays(f, o, path)
	}
	return says(o, 200, flow.ProxyAnswers)
}

func says(o flow.Outcome, status int, why flow.Reason) flow.Outcome {
	o.Status, o.Reason = status, why
	return o
}

// ready: a proxy that kubelet found not ready says so here too, since kubelet asked here.
func ready(f flow.Flow, o flow.Outcome) flow.Outcome {
	if is, known := agent.Ready(f.Pod); known && !is {
		return says(o, 503, flow.ProxyNotReady)
	}
	return says(o, 200, flow.ProxyAnswers)
}

// localPaths are those that the agent shows to programs of its own pod alone.
var localPaths = []string{"/quitquitquit", "/drain", "/debug/ndsz"}

// agentSays is what the agent answers (pilot/cmd/pilot-agent/status/server.go).
func agentSays(f flow.Flow, o flow.Outcome, path string) flow.Outcome {
	if u, err := url.PathUnescape(path); err == nil {
		path = u
	}
	switch {
	case path == "/healthz/ready":
		return ready(f, o)
	case path == "/metrics", path == "/stats/prometheus":
		return says(o, 200, flow.ProxyAnswers)
	case slices.Contains(localPaths, path):
		switch {
		case !f.Wire.IP.IsLoopback():
			o.Body = "Only requests from localhost are allowed\n"
			return says(o, 403, flow.ProxyPathLocal)
		case path != "/debug/ndsz" && f.Message.Method != "POST":
			o.Body = "Method Not Allowed\n"
			return says(o, 405, flow.ProxyPathLocal)
		}
		return says(o, 200, flow.ProxyAnswers)
	case strings.HasPrefix(path, "/app-health/"), strings.HasPrefix(path, "/app-lifecycle/"):
		return forwarded(f, o, path)
	}
	o.Body = "404 page not found\n"
	return says(o, 404, flow.ProxyPathUnknown)
}

// forwarded: the agent asks the application for the probe that was rewritten, from within the pod, so that no policy of the mesh sees it. What
// the application says comes back.
func forwarded(f flow.Flow, o flow.Outcome, path string) flow.Outcome {
	probes, known := agent.AppProbes(f.Pod)
	probe, has := probes[path]
	if !has && !known {
		has = slices.ContainsFunc(agent.Probes(f.Pod), func(p agent.Probe) bool { return p.Port == f.Wire.Port && p.Path == path })
	}
	if !has {
		o.Body = "app prober config does not exists for " + path
		return says(o, 400, flow.ProbeNotForwarded)
	}
	to := flow.Outcome{Kind: flow.Reaches, Reason: flow.Reached, Backends: []flow.Backend{backend(f.Pod, probe.Port)}, Args: []string{path}}
	if probe.Port != 0 {
		to.Args = append(to.Args, strconv.Itoa(probe.Port)+probe.Path)
	}
	return to
}
