package symptom

import (
	"strconv"
	"strings"
)

// Lookup explains a symptom as somebody pastes it: an HTTP status (403), response flags (UF,URX or NoRouteFound), response code details
// with or without their arguments, the body of a 401, the name of a TLS error, "curl 56", "grpc 14" or PERMISSION_DENIED, or an error of
// ztunnel's log. A symptom with several parts gives an entry for each. It returns nothing where it knows no part of it.
func Lookup(s string) []Found {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	if s == "" {
		return nil
	}
	if f := numbered(s); f != nil {
		return f
	}
	for _, try := range []func(string) []Found{flagList, details, token, tlsNames, grpcName, ztunnelError, resetReason} {
		if f := try(s); f != nil {
			return f
		}
	}
	return nil
}

// numbered explains "403", "HTTP 403", "curl 56", "exit 56", "grpc-status: 14" and the like. A number alone is an HTTP status where it can
// be one, else curl's exit status.
func numbered(s string) []Found {
	low := strings.ToLower(s)
	i := strings.IndexAny(low, "0123456789")
	if i < 0 || strings.Trim(low[i:], "0123456789") != "" {
		return nil
	}
	digits := low[i:]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return nil
	}
	switch word := strings.Trim(low[:i], " :=-_"); word {
	case "curl", "exit", "exit status", "exit code", "curl exit", "curl exit status", "curl exit code", "curl: (":
		return known(Curl, strconv.Itoa(n), nil)
	case "grpc", "grpc status", "grpc-status", "code":
		return known(GRPC, strconv.Itoa(n), nil)
	case "", "http", "status", "http status", "http/1.1", "http/2":
		if n >= 100 || n == 0 {
			return HTTPStatus(n)
		}
		return known(Curl, strconv.Itoa(n), nil)
	}
	return nil
}

// HTTPStatus explains a status; one without a row of its own by its class. It returns nothing for a number that is no status.
func HTTPStatus(n int) []Found {
	if f := known(Status, strconv.Itoa(n), nil); f != nil {
		return f
	}
	if n < 100 || n > 599 {
		return nil
	}
	text := strconv.Itoa(n)
	f := classes[text[0]].filled(nil)
	f.Code = text
	return []Found{f}
}

// CurlExit returns what an exit status of curl means. 0, which is an answer, is none.
func CurlExit(n int) (Found, bool) {
	e, ok := entry(Curl, strconv.Itoa(n))
	return e.filled(nil), ok && n != 0
}

func known(k Kind, code string, args map[string]string) []Found {
	if e, ok := entry(k, code); ok {
		return []Found{e.filled(args)}
	}
	return nil
}

// flagList explains flags as a line has them: one, or several with commas. All of them must be flags.
func flagList(s string) []Found {
	var out []Found
	for _, f := range strings.Split(s, ",") {
		x := known(Flag, strings.TrimSpace(f), nil)
		if x == nil {
			return nil
		}
		out = append(out, x...)
	}
	return out
}

// token explains the text of a refused token, with blanks or, as in the details, with underscores. Names of claims in it may differ.
func token(s string) []Found {
	text := strings.TrimSuffix(spaced(s), ".")
	for _, e := range tables[Token] {
		if strings.EqualFold(strings.TrimSuffix(spaced(e.Code), "."), text) {
			return []Found{e.filled(nil)}
		}
	}
	return nil
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

// tlsNames explains the TLS error in a text: the one that it names, with OPENSSL_internal: before it or alone.
func tlsNames(s string) []Found {
	under := strings.ReplaceAll(s, " ", "_")
	if _, rest, ok := strings.Cut(under, "OPENSSL_internal:"); ok {
		name, _, _ := strings.Cut(rest, ":")
		return known(TLS, name, nil)
	}
	return known(TLS, under, nil)
}

// grpcName explains PERMISSION_DENIED and the like; a word that is also a response flag's was taken for that.
func grpcName(s string) []Found { return known(GRPC, strings.ReplaceAll(s, " ", "_"), nil) }

func resetReason(s string) []Found { return known(Reset, strings.ReplaceAll(s, " ", "_"), nil) }

// ztunnelError explains error= of ztunnel's log: the longest row that the text begins with, with what follows as its argument. Errors hold
// others ("send: io error: ..."), which are explained behind it.
func ztunnelError(s string) []Found {
	const deepest = 4
	var out []Found
	for range deepest {
		var best Entry
		for _, e := range ztunnelErrors {
			if hasWords(s, e.Code) && len(e.Code) > len(best.Code) {
				best = e
			}
		}
		if best.Code == "" {
			break
		}
		s = strings.TrimLeft(s[len(best.Code):], ":, ")
		out = append(out, best.filled(map[string]string{"text": s, "policy": s}))
	}
	return out
}

// hasWords reports whether s begins with a code and the code ends where a word does.
func hasWords(s, code string) bool {
	if len(s) < len(code) || !strings.EqualFold(s[:len(code)], code) {
		return false
	}
	return len(s) == len(code) || strings.IndexByte(":, ", s[len(code)]) >= 0
}
