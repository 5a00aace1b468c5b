package accesslog

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// operator is a command operator of Envoy's format strings: what it can write, and which field that is.
type operator struct {
	takes func(string) bool
	store func(*Entry, string)
}

// operatorOf finds the operator of a command such as REQ(:METHOD) or RESPONSE_CODE.
func operatorOf(command string) operator {
	name, arg, _ := strings.Cut(command, "(")
	arg = strings.ToLower(strings.TrimSuffix(arg, ")"))
	if name == "REQ" || name == "REQ_WITHOUT_QUERY" {
		// Of X?Y the first header counts, and the second where there is none.
		for _, header := range strings.Split(arg, "?") {
			if op, ok := headers[header]; ok {
				return op
			}
		}
		return operator{takes: anything}
	}
	if op, ok := operators[name]; ok {
		return op
	}
	if name == "ENVIRONMENT" {
		if op, ok := environment[arg]; ok {
			return op
		}
	}
	return operator{takes: anything}
}

var headers = map[string]operator{
	":method":         {word, func(e *Entry, v string) { e.Method = v }},
	":path":           {noBlank, func(e *Entry, v string) { e.Path = v }},
	":authority":      {noBlank, func(e *Entry, v string) { e.Authority = v }},
	"x-forwarded-for": {anything, func(e *Entry, v string) { e.ForwardedFor = v }},
	"user-agent":      {anything, func(e *Entry, v string) { e.UserAgent = v }},
	"x-request-id":    {anything, func(e *Entry, v string) { e.RequestID = v }},
}

var environment = map[string]operator{
	"pod_name":      {word, func(e *Entry, v string) { e.Pod = v }},
	"pod_namespace": {word, func(e *Entry, v string) { e.Namespace = v }},
}

var operators = map[string]operator{
	"START_TIME":                        {anything, func(e *Entry, v string) { e.Time = timeOf(v) }},
	"PROTOCOL":                          {protocol, func(e *Entry, v string) { e.Protocol = v }},
	"RESPONSE_CODE":                     {number, func(e *Entry, v string) { e.Code, _ = strconv.Atoi(v) }},
	"RESPONSE_FLAGS":                    {flagWord, func(e *Entry, v string) { e.Flags = flagsOf(v) }},
	"RESPONSE_FLAGS_LONG":               {flagWord, func(e *Entry, v string) { e.Flags = flagsOf(v) }},
	"RESPONSE_CODE_DETAILS":             {anything, func(e *Entry, v string) { e.Details = v }},
	"CONNECTION_TERMINATION_DETAILS":    {anything, func(e *Entry, v string) { e.Termination = strings.ReplaceAll(v, " ", "_") }},
	"UPSTREAM_TRANSPORT_FAILURE_REASON": {anything, func(e *Entry, v string) { e.TransportFailure = v }},
	"GRPC_STATUS":                       {anything, func(e *Entry, v string) { e.GRPCStatus = v }},
	"GRPC_STATUS_NUMBER":                {number, func(e *Entry, v string) { e.GRPCStatus = v }},
	"UPSTREAM_CLUSTER":                  {word, func(e *Entry, v string) { e.Cluster = clusterName(v) }},
	"UPSTREAM_CLUSTER_RAW":              {word, func(e *Entry, v string) { e.Cluster = clusterName(v) }},
	"UPSTREAM_HOST":                     {address, func(e *Entry, v string) { e.UpstreamHost = v }},
	"UPSTREAM_LOCAL_ADDRESS":            {address, func(e *Entry, v string) { e.UpstreamLocal = v }},
	"DOWNSTREAM_LOCAL_ADDRESS":          {address, func(e *Entry, v string) { e.DownstreamLocal = v }},
	"DOWNSTREAM_REMOTE_ADDRESS":         {address, func(e *Entry, v string) { e.DownstreamRemote = v }},
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS":  {address, func(e *Entry, v string) { e.DownstreamDirect = v }},
	"DOWNSTREAM_PEER_URI_SAN":           {anything, func(e *Entry, v string) { e.PeerSAN, _, _ = strings.Cut(v, ",") }},
	"REQUESTED_SERVER_NAME":             {word, func(e *Entry, v string) { e.ServerName = v }},
	"ROUTE_NAME":                        {unquoted, func(e *Entry, v string) { e.RouteName = v }},
	"BYTES_RECEIVED":                    {takes: number},
	"BYTES_SENT":                        {takes: number},
	"DURATION":                          {takes: number},
}

func anything(string) bool { return true }

// noBlank takes a path or a host: a client can write anything but blanks into them.
func noBlank(v string) bool { return v != "" && !strings.ContainsAny(v, " \t") }

// word reports whether a value has neither blank nor quotation mark, as those of these operators never do.
func word(v string) bool { return v != "" && !strings.ContainsAny(v, " \t\"") }

// address takes IP addresses with their ports, and the names of pipes and of internal listeners.
func address(v string) bool {
	return v == "-" || word(v) && strings.ContainsAny(v, ":/.") && !strings.Contains(v, `"`)
}

// unquoted takes what has no quotation mark: a route's name may have blanks.
func unquoted(v string) bool { return !strings.Contains(v, `"`) }

func number(v string) bool { return v == "-" || v != "" && strings.Trim(v, "0123456789") == "" }

func protocol(v string) bool { return v == "-" || strings.HasPrefix(v, "HTTP/") && word(v) }

func flagWord(v string) bool {
	return v == "-" || v != "" && !strings.ContainsFunc(v, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != ',' && r != '_'
	})
}

func flagsOf(v string) []string {
	if v == "" {
		return nil
	}
	return slices.DeleteFunc(strings.Split(v, ","), func(f string) bool { return f == "" || f == "-" })
}

// timeOf reads Envoy's default form of a time, and RFC 3339 in general; another form, which a format string can ask for, is no time here.
func timeOf(v string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		return time.Time{}
	}
	return t
}

// clusterName takes the mark off that newer releases put behind a Service's cluster: outbound|80||host; is one of them with endpoints of its own.
func clusterName(v string) string { return strings.TrimSuffix(v, ";") }
