package accesslog

import (
	"errors"
	"fmt"
	"strings"
)

// Format is a format string of Envoy's text logs, made ready for reading what it wrote.
type Format struct {
	ops    []operator
	before []string // the text before each operator
	after  string   // the text behind the last one
}

// The formats that are known without a mesh config.
const (
	// IstioText is the format of Istio since 1.9 (EnvoyTextLogFormat in pilot/pkg/model/telemetry_logging.go).
	IstioText = `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ` +
		`%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% ` +
		`%DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" ` +
		`"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% ` +
		`%DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%`
	// EnvoyText is Envoy's own default, which a gateway of another make or an EnvoyFilter may have.
	EnvoyText = `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ` +
		`%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ` +
		`"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"`
)

// ParseFormat reads a format string. It fails where two operators have no text between them, so that nobody can tell their values apart.
func ParseFormat(s string) (*Format, error) {
	f := &Format{}
	text := ""
	s = strings.TrimRight(s, "\r\n")
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			text += s
			break
		}
		text += s[:i]
		if strings.HasPrefix(s[i:], "%%") {
			text += "%"
			s = s[i+2:]
			continue
		}
		command, rest, err := command(s[i+1:])
		if err != nil {
			return nil, err
		}
		if text == "" && len(f.ops) > 0 {
			return nil, fmt.Errorf("%%%s%% follows another operator without any text between them", command)
		}
		f.before = append(f.before, text)
		f.ops = append(f.ops, operatorOf(command))
		text, s = "", rest
	}
	if len(f.ops) == 0 {
		return nil, errors.New("it has no operator")
	}
	f.after = text
	return f, nil
}

// command reads a command up to its closing percent sign: NAME, perhaps with arguments, which may have such signs themselves, and perhaps
// with a length.
func command(s string) (name, rest string, err error) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '%':
			if depth > 0 {
				continue
			}
			name, _, _ = strings.Cut(s[:i], ":") // REQ(:PATH) has its colon within
			if j := strings.LastIndexByte(s[:i], ')'); j >= 0 {
				name = s[:j+1]
			}
			return name, s[i+1:], nil
		}
	}
	return "", "", errors.New("a percent sign is not closed")
}

// patience bounds how often a line is read in another way, as clients can write into it what looks like the format's own text.
const patience = 4096

// parse reads a line that the format wrote; ok is false for any other line. Where a value holds what could be the text behind it, the
// reading counts in which every value is one that its operator can write.
func (f *Format) parse(line string) (e Entry, ok bool) {
	if !strings.HasPrefix(line, f.before[0]) {
		return e, false
	}
	e.Writer = Envoy
	tries := patience
	ok = f.read(&e, 0, line[len(f.before[0]):], &tries)
	return e, ok
}

// read reads the values from number i on.
func (f *Format) read(e *Entry, i int, s string, tries *int) bool {
	if i == len(f.ops)-1 {
		v, ok := strings.CutSuffix(s, f.after)
		return ok && e.set(f.ops[i], v)
	}
	behind := f.before[i+1]
	for from := 0; ; {
		j := strings.Index(s[from:], behind)
		if j < 0 || *tries == 0 {
			return false
		}
		*tries--
		if end := from + j; e.set(f.ops[i], s[:end]) && f.read(e, i+1, s[end+len(behind):], tries) {
			return true
		}
		from += j + 1
	}
}
