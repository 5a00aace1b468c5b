package envoy

import (
	"slices"
	"strings"
)

// Normalization is how far a proxy normalises paths before anything else looks at them (MeshConfig, pathNormalization).
type Normalization int

// The levels, each doing what the one before it does and more.
const (
	None           Normalization = iota
	Base                         // RFC 3986: dot segments, unreserved characters, backslashes
	MergeSlashes                 // and runs of slashes
	DecodeAndMerge               // and %2F and %5C, before all else
)

// NormalizePath returns a path (with its query, which stays as it is) as filters, routes and the next hop see it. It is not ok where
// Envoy answers 400. parameters tells whether dot segments with parameters (..;x) are dot segments, as they are since Envoy 1.36.10,
// 1.37.6, 1.38.4 and 1.39.1.
func NormalizePath(path string, level Normalization, parameters bool) (normalized string, ok bool) {
	path, _, _ = strings.Cut(path, "#") // Istio's bootstrap has fragments cut off rather than refused
	path, query, hasQuery := strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/") {
		level = None // "*" of OPTIONS
	}
	if level >= DecodeAndMerge {
		path = slashes.Replace(path)
	}
	if level >= Base {
		if path, ok = canonical(path, parameters); !ok {
			return "", false
		}
	}
	if level >= MergeSlashes {
		path = mergeSlashes(path)
	}
	if hasQuery {
		path += "?" + query
	}
	return path, true
}

var slashes = strings.NewReplacer("%2F", "/", "%2f", "/", "%5C", "\\", "%5c", "\\")

// canonical resolves dot segments and brings each segment into its canonical form. Slashes are not merged: the segments between two
// of them are empty ones, and ".." takes an empty one back like any other.
func canonical(path string, parameters bool) (string, bool) {
	var segments []string
	rest := strings.ReplaceAll(path, "\\", "/")[1:]
	for more := true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		switch dots(segment, parameters) {
		case 1:
			if !more {
				segments = append(segments, "")
			}
		case 2:
			if len(segments) > 0 {
				segments = segments[:len(segments)-1]
			}
			if !more {
				segments = append(segments, "")
			}
		default:
			c, ok := canonicalSegment(segment)
			if !ok {
				return "", false
			}
			segments = append(segments, c)
		}
	}
	return "/" + strings.Join(segments, "/"), true
}

// dots tells a dot segment: 1 for ".", 2 for "..", in any mixture of plain and escaped dots; 0 for all else.
func dots(segment string, parameters bool) int {
	if parameters {
		segment, _, _ = strings.Cut(segment, ";")
	}
	n := 0
	for segment != "" {
		switch {
		case segment[0] == '.':
			segment = segment[1:]
		case len(segment) >= 3 && strings.EqualFold(segment[:3], "%2e"):
			segment = segment[3:]
		default:
			return 0
		}
		if n++; n > 2 {
			return 0
		}
	}
	return n
}

// canonicalSegment decodes escapes of unreserved characters and escapes what a path may not hold. It is not ok for an escaped NUL.
func canonicalSegment(s string) (string, bool) {
	var out []byte
	invalid := -3 // where the last % stood that began no escape
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			v, valid := unhex(s, i)
			switch {
			case !valid:
				invalid = len(out)
				out = append(out, '%')
			case v == 0:
				return "", false
			case unreserved(v):
				out = append(out, v)
				i += 2
				if len(out)-1-invalid <= 2 {
					out = nested(out, s[i+1:], invalid)
				}
			default:
				out = append(out, s[i:i+3]...)
				i += 2
			}
		case c == 0:
			return "", false
		case escaped(c):
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		default:
			out = append(out, c)
		}
	}
	return string(out), true
}

// nested keeps what was just decoded from completing an escape that was none before: %%300 must not turn into %00.
func nested(out []byte, rest string, percent int) []byte {
	probe := out
	if len(out) == percent+2 {
		if rest == "" || rest[0] >= 0x80 {
			return out
		}
		probe = slices.Concat(out, []byte{rest[0]})
	}
	if _, valid := unhex(string(probe), percent); !valid {
		return out
	}
	return append(append(out[:percent:percent], "%25"...), out[percent+1:]...)
}

const upperHex = "0123456789ABCDEF"

func unhex(s string, at int) (byte, bool) {
	if at+2 >= len(s) {
		return 0, false
	}
	hi, lo := strings.IndexByte(upperHex, upper(s[at+1])), strings.IndexByte(upperHex, upper(s[at+2]))
	if hi < 0 || lo < 0 {
		return 0, false
	}
	return byte(hi<<4 | lo), true
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func escaped(c byte) bool {
	return c <= ' ' || c >= 0x7f || strings.IndexByte("\"#<>?^`{|}", c) >= 0
}

func mergeSlashes(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	merged := "/" + strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
	if strings.HasSuffix(path, "/") {
		merged += "/" // also to a path of nothing but slashes, which so keeps two
	}
	return merged
}

// TrimPath drops query and fragment: what path conditions of policies and routes look at.
func TrimPath(path string) string {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		return path[:i]
	}
	return path
}
