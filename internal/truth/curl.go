package truth

import (
	"strings"

	"github.com/mesh-why/mesh-why/internal/question"
)

// curl applies curl's arguments; it is not ok with one that is not known.
func curl(q *question.Question, args []string, headers map[string][]string) bool {
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if strings.HasPrefix(a, "-H") && len(a) > 2 {
			a, args = "-H", append([]string{a[2:]}, args...)
		}
		switch a {
		case "-k", "--insecure":
			q.Insecure = true
		case "-H", "--header":
			addHeader(headers, args[0])
			args = args[1:]
		case "--request-target": // the path exactly as sent
			scheme, rest, _ := strings.Cut(q.To, "://")
			host, _, _ := strings.Cut(rest, "/")
			q.To = scheme + "://" + host + args[0]
			args = args[1:]
		case "--http1.0", "-0":
			q.Protocol = "HTTP/1.0"
		case "--http2", "--http2-prior-knowledge":
			q.Protocol = "HTTP/2"
		case "-I", "--http1.1", "--path-as-is":
		case "-m", "--max-time", "--cacert", "--connect-timeout", "-d", "--data", "--tls-max", "--resolve":
			args = args[1:]
		default:
			return false
		}
	}
	return true
}

func addHeader(headers map[string][]string, line string) {
	name, value, _ := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	for k := range headers {
		if strings.EqualFold(k, name) {
			headers[k] = append(headers[k], value)
			return
		}
	}
	headers[name] = []string{value}
}
