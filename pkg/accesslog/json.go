package accesslog

import (
	"encoding/json"
	"maps"
	"strings"
)

// keys are the keys of Istio's JSON encoding (EnvoyJSONLogFormatIstio in pilot/pkg/model/telemetry_logging.go), and such as people give in
// formats of their own.
var keys = map[string]string{
	"start_time": "START_TIME", "timestamp": "START_TIME", "time": "START_TIME", "@timestamp": "START_TIME",
	"method": "REQ(:METHOD)", "path": "REQ(:PATH)", "protocol": "PROTOCOL", "authority": "REQ(:AUTHORITY)", "host": "REQ(:AUTHORITY)",
	"response_code": "RESPONSE_CODE", "status": "RESPONSE_CODE", "response_flags": "RESPONSE_FLAGS",
	"response_code_details": "RESPONSE_CODE_DETAILS", "connection_termination_details": "CONNECTION_TERMINATION_DETAILS",
	"upstream_transport_failure_reason": "UPSTREAM_TRANSPORT_FAILURE_REASON",
	"x_forwarded_for":                   "REQ(X-FORWARDED-FOR)", "user_agent": "REQ(USER-AGENT)", "request_id": "REQ(X-REQUEST-ID)",
	"upstream_host": "UPSTREAM_HOST", "upstream_cluster": "UPSTREAM_CLUSTER_RAW", "upstream_local_address": "UPSTREAM_LOCAL_ADDRESS",
	"downstream_local_address": "DOWNSTREAM_LOCAL_ADDRESS", "downstream_remote_address": "DOWNSTREAM_REMOTE_ADDRESS",
	"downstream_direct_remote_address": "DOWNSTREAM_DIRECT_REMOTE_ADDRESS", "downstream_peer_uri_san": "DOWNSTREAM_PEER_URI_SAN",
	"requested_server_name": "REQUESTED_SERVER_NAME", "route_name": "ROUTE_NAME", "grpc_status": "GRPC_STATUS",
	"pod_name": "ENVIRONMENT(POD_NAME)", "pod_namespace": "ENVIRONMENT(POD_NAMESPACE)",
}

// JSONFormat are the keys of a JSON log with the operators that write them.
type JSONFormat map[string]operator

// istioJSON is what is known without a mesh config.
var istioJSON = func() JSONFormat {
	f := JSONFormat{}
	for key, command := range keys {
		f[key] = operatorOf(command)
	}
	return f
}()

// Fields reads the format of a JSON log as a mesh config has it, as text.
func Fields(format string) (map[string]any, error) {
	var out map[string]any
	err := json.Unmarshal([]byte(format), &out)
	return out, err
}

// ParseJSONFormat reads the keys and operators of JSON formats: {"status": "%RESPONSE_CODE%", ...}. Only values that are an operator and
// nothing else are used; the keys that Istio ships keep their meaning where no format names them.
func ParseJSONFormat(objects ...map[string]any) JSONFormat {
	f := maps.Clone(istioJSON)
	for _, fields := range objects {
		flatten("", fields, func(key, value string) {
			if len(value) > 2 && value[0] == '%' {
				if name, rest, err := command(value[1:]); err == nil && rest == "" {
					f[key] = operatorOf(name)
				}
			}
		})
	}
	return f
}

// parse reads an object as an access log's: it must tell a status, or what is known of a connection.
func (f JSONFormat) parse(fields object) (e Entry, ok bool) {
	e.Writer = Envoy
	status := false
	fields.each("", func(key, value string) {
		if op, known := f[key]; known {
			e.set(op, value)
			status = status || key == "response_code"
		}
	})
	return e, status || e.Code != 0 || e.Cluster != "" || e.Details != "" || e.DownstreamLocal != ""
}

// object is the text of a JSON object that is known to be valid. Objects of a log are flat and many, so that no map is made of each.
type object string

// readObject reports false for a text that is not one JSON object.
func readObject(line string) (object, bool) {
	return object(line), strings.HasPrefix(line, "{") && json.Valid([]byte(line))
}

// each calls f with every text, number and true of the object, and with those of objects within under their keys joined by dots. Lists,
// null and false are left out.
func (o object) each(prefix string, f func(key, value string)) {
	const deepest = 8
	s := strings.TrimLeft(string(o)[1:], blanks)
	for s != "" && s[0] == '"' {
		n := end(s)
		key := text(s[:n])
		s = strings.TrimLeft(s[n:], blanks+":")
		n = end(s)
		switch value := s[:n]; value[0] {
		case '"':
			f(prefix+key, text(value))
		case '{':
			if strings.Count(prefix, ".") < deepest {
				object(value).each(prefix+key+".", f)
			}
		case '[', 'n', 'f':
		default:
			f(prefix+key, value)
		}
		s = strings.TrimLeft(s[n:], blanks+",")
	}
}

// get returns the text at a key of the object itself.
func (o object) get(key string) string {
	found := ""
	o.each("", func(k, v string) {
		if k == key {
			found = v
		}
	})
	return found
}

const blanks = " \t\r\n"

// end is where the value ends that a text begins with.
func end(s string) int {
	depth, within := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' && !escaped(s, i):
			within = !within
			if !within && depth == 0 {
				return i + 1
			}
		case within:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && strings.IndexByte(blanks+",:", c) >= 0:
			return i
		}
	}
	return len(s)
}

// escaped reports whether an odd number of backslashes stands before a place.
func escaped(s string, i int) bool {
	n := 0
	for i--; i >= 0 && s[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// text is what a JSON text says.
func text(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s[1 : len(s)-1]
	}
	var out string
	_ = json.Unmarshal([]byte(s), &out) // it is valid
	return out
}

// flatten calls f with every text of a decoded object, those of objects within under their keys joined by dots.
func flatten(prefix string, fields map[string]any, f func(key, value string)) {
	for k, v := range fields {
		switch v := v.(type) {
		case string:
			f(prefix+k, v)
		case map[string]any:
			flatten(prefix+k+".", v, f)
		}
	}
}
