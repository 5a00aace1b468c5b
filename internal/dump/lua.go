package dump

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/lua"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// A luaToken is a piece of a script: a text in quotes, a comment, or anything else.
type luaToken struct {
	text string
	kind luaKind
}

type luaKind int

const (
	luaCode luaKind = iota
	luaBlank
	luaComment
	luaString
	luaBroken // a text that does not end: the script does not compile
)

// luaPieces finds the pieces of a script (Lua 5.1, section 2.1). Long brackets of any level hold texts or comments.
var luaPieces = regexp.MustCompile(`(?s)^(?:\s+|--\[(=*)\[|--[^\n]*|\[(=*)\[|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_][A-Za-z0-9_]*|[0-9][0-9A-Za-z.]*|.)`)

// lua leaves of a script its code, and of its texts those that tell what it does to a request: names of headers and clusters, what it writes into headers
// that carry no secrets, statuses, bodies and addresses of its answers. Comments and all other texts are hidden. What does not compile still does not, and
// what cannot be read is not made readable.
func (d *dump) lua(code string) string {
	if strings.HasPrefix(code, "\x1b") { // compiled
		d.leave(luaTexts, 1)
		return "\x1b" + hidden
	}
	s := luaScript{tokens: luaTokens(code)}
	var out strings.Builder
	for i, t := range s.tokens {
		switch t.kind {
		case luaComment:
			if t.text == unreadable {
				out.WriteString(t.text)
				continue
			}
			d.leave(luaTexts, 1)
			out.WriteString(strings.Repeat("\n", strings.Count(t.text, "\n"))) // lines keep their numbers
		case luaString:
			out.WriteString(d.luaText(&s, i))
		case luaBroken:
			d.leave(luaTexts, 1)
			out.WriteString(`"` + hidden)
		default:
			out.WriteString(t.text)
		}
		s.step(t)
	}
	if lua.Read(code).Opaque && !lua.Read(out.String()).Opaque {
		out.WriteString("\n" + unreadable)
	}
	return out.String()
}

// unreadable is a comment that keeps a script from being read.
const unreadable = `-- \x`

// luaTokens takes a script apart.
func luaTokens(code string) []luaToken {
	var out []luaToken
	for code != "" {
		m := luaPieces.FindStringSubmatch(code)
		t := luaToken{text: m[0], kind: luaCode}
		switch {
		case strings.TrimSpace(t.text) == "":
			t.kind = luaBlank
		case strings.HasPrefix(t.text, "--["), strings.HasPrefix(t.text, "[") && len(t.text) > 1:
			t.kind = luaString
			if t.text[0] == '-' {
				t.kind = luaComment
			}
			end := "]" + m[1] + m[2] + "]"
			n := strings.Index(code[len(t.text):], end)
			if n < 0 {
				t.text, t.kind = code, luaBroken
				break
			}
			t.text = code[:len(t.text)+n+len(end)]
		case strings.HasPrefix(t.text, "--"):
			t.kind = luaComment
		case len(t.text) > 1 && (t.text[0] == '"' || t.text[0] == '\''):
			t.kind = luaString
		case t.text == `"` || t.text == "'":
			t.text, t.kind = code, luaBroken
		}
		out = append(out, t)
		code = code[len(t.text):]
	}
	return out
}

// A luaScript is a script that is being gone through.
type luaScript struct {
	tokens []luaToken
	frames []luaFrame
	before []string // the last pieces of code
}

// A luaFrame is a bracket that is open.
type luaFrame struct {
	open     string
	call     string // the function whose arguments it holds
	argument int    // the number of the current one
	first    string // the text that the first one is, if it is one
	key      string // of the current field of a table
}

// step goes past a piece.
func (s *luaScript) step(t luaToken) {
	if t.kind == luaBlank || t.kind == luaComment {
		return
	}
	top := s.top()
	switch t.text {
	case "(", "{", "[":
		s.frames = append(s.frames, luaFrame{open: t.text, call: s.last(0)})
	case ")", "}", "]":
		if len(s.frames) > 0 {
			s.frames = s.frames[:len(s.frames)-1]
		}
	case ",", ";":
		top.argument++
		top.key = ""
	case "=":
		top.key = strings.Trim(s.last(0), `"'`)
		if top.key == "]" {
			top.key = strings.Trim(s.last(1), `"'`)
		}
	default:
		if t.kind == luaString && top.argument == 0 && s.last(0) == "(" {
			top.first = t.text[1 : len(t.text)-1]
		}
	}
	s.before = append(s.before, t.text)
}

func (s *luaScript) top() *luaFrame {
	if len(s.frames) == 0 {
		s.frames = append(s.frames, luaFrame{})
	}
	return &s.frames[len(s.frames)-1]
}

// last is a piece of code before the current one; 0 is the one right before.
func (s *luaScript) last(n int) string {
	if i := len(s.before) - 1 - n; i >= 0 {
		return s.before[i]
	}
	return ""
}

// next is the piece of code behind a text.
func (s *luaScript) next(i int) string {
	for _, t := range s.tokens[i+1:] {
		if t.kind == luaCode || t.kind == luaString {
			return t.text
		}
	}
	return ""
}

var (
	// headerName finds the names of headers and of clusters, statusCode a status, and words a name of a header that stands on its own.
	headerName = regexp.MustCompile(`^[:A-Za-z][A-Za-z0-9_.|:-]{0,80}$`)
	statusCode = regexp.MustCompile(`^[0-9]{1,3}$`)
	wordsName  = regexp.MustCompile(`^:?[a-z]+(?:-[a-z]+)*$`)
	// unread finds escapes that other readers of Lua do not know: a text that has one keeps one.
	unread = regexp.MustCompile(`\\[xzu]`)
)

// namingCalls are the calls whose first argument names a header, a cluster or a filter's metadata.
var namingCalls = []string{"add", "replace", "get", "remove", "getAtIndex", "getNumValues", "httpCall", "set", "setHttp1ReasonPhrase"}

// luaText is what is shown of a text in a script.
func (d *dump) luaText(s *luaScript, i int) string {
	quoted := s.tokens[i].text
	if quoted[0] != '[' && !unread.MatchString(quoted) {
		inner := quoted[1 : len(quoted)-1]
		if shown, plain := d.plainInLua(s, i, inner); plain {
			return quoted[:1] + shown + quoted[:1]
		}
	}
	d.leave(luaTexts, 1)
	if unread.MatchString(quoted) {
		return `"\x72` + hidden[1:] + `"`
	}
	return `"` + hidden + `"`
}

// plainInLua is what stays of a text in a script, by where it stands.
func (d *dump) plainInLua(s *luaScript, i int, text string) (shown string, plain bool) {
	at := s.top()
	switch {
	case text == "", standsFor.MatchString(text):
		return text, true
	case strings.Contains(text, `\`):
		return "", false
	case at.open == "[" && s.last(0) == "[" && s.next(i) == "]":
		return text, headerName.MatchString(text) // the key of a field
	case at.open == "(" && at.argument == 0 && s.last(0) == "(" && slices.Contains(namingCalls, at.call):
		return text, headerName.MatchString(text)
	case at.open == "(" && at.argument == 1 && (at.call == "add" || at.call == "replace") && at.first != "" && s.last(0) == ",":
		if d.names.Secret(at.first) || redact.MayBeToken(text) {
			return "", false
		}
		return text, true
	case at.open == "(" && at.argument == 1 && at.call == "respond":
		return d.words(text), true
	case at.key == ":status" || at.key == "status":
		return text, statusCode.MatchString(text)
	case strings.EqualFold(at.key, "location"):
		return d.text("", text), true
	}
	// A constant that may name a header, but nothing that something is compared with.
	compared := strings.Contains(luaComparing, s.last(1))
	return text, s.last(0) == "=" && !compared && !d.names.Secret(at.key) && wordsName.MatchString(text)
}

// luaComparing holds the characters of the operators that compare.
const luaComparing = "=~<>"
