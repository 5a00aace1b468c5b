package effect

import (
	"crypto/sha1" //nolint:gosec // the hash that the filter's own files have
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/matching"
	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
	"github.com/mesh-why/mesh-why/pkg/evidence"
)

// extAuthz asks an authorizer, who can answer anything and change the request. Where it cannot be asked the filter answers 403, or lets
// pass with failure_mode_allow; a cluster that does not exist is no error when the configuration is loaded.
func extAuthz(f Filter, _ *matching.Request, a Around) Effect {
	c := f.Config
	if c.Has("filter_enabled") && matching.Share(c.At("filter_enabled")) == 0 {
		if c.At("deny_at_disable", "default_value").Has("value") || c.Flag("deny_at_disable") {
			return Effect{Free: true}
		}
		return Effect{}
	}
	if c.Has("filter_enabled_metadata") && !a.Metadata && !c.At("filter_enabled_metadata").Flag("invert") {
		return Effect{} // nothing before it writes metadata
	}
	if f.Route.At("check_settings").Flag("disable") {
		return Effect{}
	}
	if a.cluster(service(c)) != evidence.False {
		return Effect{Free: true}
	}
	if c.Flag("failure_mode_allow") {
		if c.Flag("failure_mode_allow_header_add") {
			return Effect{Writes: []Write{{Op: "replace", Name: "x-envoy-auth-failure-mode-allowed", Value: "true"}}}
		}
		return Effect{}
	}
	answer := Answer{Status: 403, Flags: []string{"UAEX"}, Details: "ext_authz_error"}
	if n := status(c.At("status_on_error")); n != 0 {
		answer.Status = n
	}
	return always(answer)
}

// extProc leaves the request to a processor, likewise.
func extProc(f Filter, _ *matching.Request, a Around) Effect {
	c := f.Config
	if c.Flag("observability_mode") {
		return Effect{}
	}
	if a.cluster(service(c)) != evidence.False {
		return Effect{Free: true}
	}
	if c.Flag("failure_mode_allow") || silent(c.At("processing_mode")) {
		return Effect{}
	}
	answer := Answer{Status: 500, Details: "ext_proc_error_gRPC_error_14{Cluster_not_available}"}
	if n := status(c.At("status_on_error")); n != 0 {
		answer.Status = n
	}
	return always(answer)
}

// silent reports whether a processing mode sends the processor nothing.
func silent(mode message.Message) bool {
	return mode.Text("request_header_mode") == "SKIP" && mode.Text("response_header_mode") == "SKIP" && slices.Contains([]string{"", "NONE"}, mode.Text("request_body_mode")) &&
		slices.Contains([]string{"", "NONE"}, mode.Text("response_body_mode"))
}

// csrf refuses requests that change something and come from another origin, or tell none.
func csrf(f Filter, r *matching.Request, _ Around) Effect {
	c := f.override()
	if matching.Share(c.At("filter_enabled")) == 0 || !slices.Contains([]string{"POST", "PUT", "DELETE", "PATCH"}, r.Method) {
		return Effect{}
	}
	answer := Answer{Status: 403, Details: "csrf_origin_mismatch", Body: "Invalid origin"}
	origin := ""
	for _, name := range []string{"origin", "referer"} {
		lines, known := r.Header(name)
		if !known {
			return when(evidence.Unknown, answer)
		}
		if origin = hostPort(strings.Join(lines, ",")); origin != "" {
			break
		}
	}
	valid := evidence.Of(origin != "" && origin == r.Authority)
	for _, m := range c.List("additional_origins") {
		valid = evidence.Or(valid, matching.Text(m, origin))
	}
	if share := matching.Share(c.At("filter_enabled")); share < 1 {
		e := when(valid.Not(), answer)
		e.Share = share
		return e
	}
	return when(valid.Not(), answer)
}

// hostPort is the authority of an absolute URL.
func hostPort(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Host
}

// basicAuth wants a user and a password.
func basicAuth(f Filter, r *matching.Request, _ Around) Effect {
	c := f.override()
	name := "authorization"
	if h := f.Config.Text("authentication_header"); h != "" {
		name = h
	}
	lines, known := r.Header(name)
	if !known {
		return when(evidence.Unknown, Answer{Status: 401, Details: "invalid_credential_for_basic_auth"})
	}
	credentials := strings.Join(lines, ",")
	if len(credentials) < 6 || !strings.EqualFold(credentials[:6], "basic ") {
		return always(Answer{Status: 401, Details: "no_credential_for_basic_auth", Body: "User authentication failed. Missing username and password."})
	}
	return when(user(c.At("users"), strings.TrimSpace(credentials[6:])).Not(),
		Answer{Status: 401, Details: "invalid_credential_for_basic_auth", Body: "User authentication failed. Invalid username/password combination."})
}

// user looks credentials up in a file of users with hashes of their passwords; Unknown where the file is not in the manifest.
func user(source message.Message, encoded string) evidence.Tri {
	if !source.Has("inline_string") {
		return evidence.Unknown
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	name, password, ok := strings.Cut(string(plain), ":")
	if err != nil || !ok {
		return evidence.False
	}
	sum := sha1.Sum([]byte(password)) //nolint:gosec // see above
	want := "{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
	for _, line := range strings.Split(source.Text("inline_string"), "\n") {
		if u, hash, _ := strings.Cut(strings.TrimSpace(line), ":"); u == name {
			return evidence.Of(hash == want)
		}
	}
	return evidence.False
}

// apiKeyAuth wants a key in one of several places.
func apiKeyAuth(f Filter, r *matching.Request, _ Around) Effect {
	missing := Answer{Status: 401, Details: "missing_api_key", Body: "Client authentication failed."}
	c := f.override()
	sources := c.List("key_sources")
	if len(sources) == 0 {
		sources = f.Config.List("key_sources")
	}
	for _, s := range sources {
		key, is := place(s, r)
		switch {
		case is.IsUnknown():
			return Effect{Ends: Perhaps, Answers: []Answer{missing, {Status: 401, Details: "unknown_api_key"}}}
		case is == evidence.False:
			continue
		}
		credentials := c.List("credentials")
		if len(credentials) == 0 {
			credentials = f.Config.List("credentials")
		}
		known := slices.ContainsFunc(credentials, func(m message.Message) bool { return m.Text("key") == key })
		return when(evidence.Of(!known), Answer{Status: 401, Details: "unknown_api_key", Body: "Client authentication failed."})
	}
	return always(missing)
}

// place is what stands where a key is looked for.
func place(s message.Message, r *matching.Request) (string, evidence.Tri) {
	switch {
	case s.Has("header"):
		lines, known := r.Header(s.Text("header"))
		if !known {
			return "", evidence.Unknown
		}
		key := strings.Join(lines, ",")
		if len(key) > 7 && strings.EqualFold(key[:7], "bearer ") {
			key = key[7:]
		}
		return key, evidence.Of(key != "")
	case s.Has("query"):
		_, query, _ := strings.Cut(r.Path, "?")
		values, _ := url.ParseQuery(query)
		return values.Get(s.Text("query")), evidence.Of(values.Get(s.Text("query")) != "")
	}
	return "", evidence.Unknown
}

// oauth2 lets those pass who bring its cookies, and what its matchers let through.
func oauth2(f Filter, r *matching.Request, _ Around) Effect {
	for _, m := range f.Config.At("config").List("pass_through_matcher") {
		if matching.Header(m, r) == evidence.True {
			return Effect{}
		}
	}
	return Effect{Ends: Perhaps, Answers: []Answer{{Status: 302}, {Status: 401}}, Hides: []string{"authorization", "cookie"}}
}

// rbac refuses by Envoy's own rules; without rules, or with rules that only count, it refuses nobody.
func rbac(f Filter, r *matching.Request, _ Around) Effect {
	c := f.Config
	if f.Route != nil {
		c = f.Route.At("rbac")
		if f.RouteType == "envoy.config.route.v3.FilterConfig" {
			c = f.override()
		}
	}
	if c.Has("matcher") {
		return Effect{Ends: Perhaps, Answers: []Answer{{Status: 403, Details: "rbac_access_denied_matched_policy[none]", Body: denied}}}
	}
	if !c.Has("rules") {
		return Effect{}
	}
	is, policy := matching.Denied(c.At("rules"), r)
	return when(is, Answer{Status: 403, Details: "rbac_access_denied_matched_policy[" + policy + "]", Body: denied})
}

const denied = "RBAC: access denied"
