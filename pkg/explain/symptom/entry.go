// Package symptom explains what people meet before they know a cause: HTTP statuses, Envoy's response flags and response code details,
// the reasons why tokens and TLS handshakes are refused, exit statuses of curl, gRPC statuses, and the errors in ztunnel's log. The
// sentences are data, a row each; nothing here looks at resources.
package symptom

import (
	"strings"

	"github.com/mesh-why/mesh-why/internal/shell"
)

// Kind is the sort of thing that an entry explains.
type Kind string

// The kinds, as they are printed before a code.
const (
	Flag    Kind = "response flag"         // %RESPONSE_FLAGS% of Envoy's access log
	Detail  Kind = "response code details" // %RESPONSE_CODE_DETAILS%, and %CONNECTION_TERMINATION_DETAILS% of TCP
	Reset   Kind = "reset reason"          // the first argument of upstream_reset_before_response_started
	Token   Kind = "token error"           // the argument of jwt_authn_access_denied, which is also the body of the 401
	TLS     Kind = "TLS error"             // the name behind OPENSSL_internal, in details and in %UPSTREAM_TRANSPORT_FAILURE_REASON%
	Status  Kind = "HTTP status"
	Curl    Kind = "exit status of curl"
	GRPC    Kind = "gRPC status"
	Ztunnel Kind = "ztunnel error" // error= of ztunnel's access log
)

// Entry explains one symptom. Its texts may name an argument of the symptom as {name|STAND-IN}: the stand-in is printed where the
// symptom was given without that argument, so that no sentence has a hole.
type Entry struct {
	Kind   Kind
	Code   string   // as a log or a tool prints it
	Long   string   // the flag's or the status' long name
	Title  string   // a clause: what happened
	Means  string   // what it says about a mesh of Istio
	Causes []string // what it usually comes from, the most frequent first
	Next   []string // what to do
}

// Found is an entry for a symptom as it was given, with the symptom's arguments filled in.
type Found struct {
	Entry
	Args map[string]string // the arguments by name: ns, policy, rule, reason, ...
}

// filled returns the entry with its arguments in place.
func (e Entry) filled(args map[string]string) Found {
	f := Found{Entry: e, Args: args}
	f.Title, f.Means = fill(e.Title, args), fill(e.Means, args)
	f.Causes, f.Next = fillAll(e.Causes, args), fillAll(e.Next, words(args))
	return f
}

// words are arguments as they stand in a command, which somebody may copy into a shell: a log says what others made it say.
func words(args map[string]string) map[string]string {
	out := make(map[string]string, len(args))
	for name, v := range args {
		if v != "" {
			out[name] = shell.Quote(v)
		}
	}
	return out
}

func fillAll(list []string, args map[string]string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fill(s, args)
	}
	return out
}

// fill replaces {name|STAND-IN} by the argument of that name, or by the stand-in where there is none. A brace that opens no such mark
// stands for itself.
func fill(template string, args map[string]string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		mark, after, closed := strings.Cut(rest, "}")
		name, standIn, named := strings.Cut(mark, "|")
		if !closed || !named {
			out.WriteByte('{')
			template = rest
			continue
		}
		if v := args[name]; v != "" {
			out.WriteString(v)
		} else {
			out.WriteString(standIn)
		}
		template = after
	}
}
