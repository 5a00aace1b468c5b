package accesslog

import (
	"errors"
	"fmt"
	"strings"
)

// Parser reads lines. It is not safe for use by several goroutines at once.
type Parser struct {
	text []*Format // those of the mesh first
	json JSONFormat
	last int // the text format that read the last line
}

// Errors of lines that are no entries.
var (
	// ErrOther marks a line of another log: the agent's or the proxy's own, which istio-proxy writes to the same stream.
	ErrOther = errors.New("a line of another log")
	// ErrFormat marks a line that is in no format that is known.
	ErrFormat = errors.New("not a line of an access log in a format that is known")
)

// NewParser makes a parser for the formats of a mesh, beside those that are known anyhow. Text formats that cannot be read are left out; their errors are
// returned.
func NewParser(texts []string, objects []map[string]any) (*Parser, []error) {
	p := &Parser{json: ParseJSONFormat(objects...)}
	var errs []error
	for _, t := range append(append([]string{}, texts...), IstioText, EnvoyText) {
		f, err := ParseFormat(t)
		if err != nil {
			errs = append(errs, fmt.Errorf("access log format %q: %w", t, err))
			continue
		}
		p.text = append(p.text, f)
	}
	return p, errs
}

// Parse reads a line. Its errors are ErrOther and ErrFormat.
func (p *Parser) Parse(line string) (Entry, error) {
	line = strings.TrimRight(line, "\r\n \t")
	var at origin
	line = at.strip(line)
	e, err := p.bare(line)
	if err != nil && !errors.Is(err, ErrOther) {
		// Tools that follow many pods put two words before each line: the pod and the container.
		if pod, container, rest, ok := twoWords(line); ok {
			if x, again := p.bare(rest); again == nil {
				e, err = x, nil
				at = origin{pod: pod, container: container}
			}
		}
	}
	if err != nil {
		return Entry{}, err
	}
	if at.pod != "" {
		e.Pod, e.Container = at.pod, at.container
	}
	return e, nil
}

// bare reads a line without prefixes.
func (p *Parser) bare(line string) (Entry, error) {
	if strings.HasPrefix(line, "{") {
		return p.object(line)
	}
	if e, ok := parseZtunnel(line); ok {
		return e, nil
	}
	for i := range p.text {
		n := (p.last + i) % len(p.text)
		if e, ok := p.text[n].parse(line); ok {
			p.last = n
			return e, nil
		}
	}
	if isOther(line) {
		return Entry{}, ErrOther
	}
	return Entry{}, ErrFormat
}

func (p *Parser) object(line string) (Entry, error) {
	fields, ok := readObject(line)
	if !ok {
		return Entry{}, ErrFormat
	}
	if strings.Contains(line, `"scope"`) {
		if scope := fields.get("scope"); scope != "" {
			var e Entry
			if scope != "access" || !ztunnelMessages[fields.get("message")] || !e.connection(func(f func(string, string)) { fields.each("", f) }) {
				return Entry{}, ErrOther
			}
			e.Time = timeOf(fields.get("time"))
			return e, nil
		}
	}
	if e, ok := p.json.parse(fields); ok {
		return e, nil
	}
	if fields.get("level") != "" {
		return Entry{}, ErrOther
	}
	return Entry{}, ErrFormat
}

// isOther reports whether a line is one of the agent's or of Envoy's own log: a time, then a level, with tabs between them or in brackets.
func isOther(line string) bool {
	if strings.HasPrefix(line, "[") {
		for _, word := range strings.SplitN(line, "][", 4) {
			if isLevel(strings.TrimRight(word, "]")) {
				return true
			}
		}
	}
	words := strings.Fields(line)
	return len(words) > 2 && !timeOf(words[0]).IsZero() && isLevel(words[1])
}

// origin is what stands before a line about where it comes from.
type origin struct{ pod, container string }

// strip takes off what kubectl and container runtimes put before a line: [pod/NAME/CONTAINER], a time, "stdout F".
func (o *origin) strip(line string) string {
	if rest, ok := strings.CutPrefix(line, "[pod/"); ok {
		if name, after, ok := strings.Cut(rest, "]"); ok {
			o.pod, o.container, _ = strings.Cut(name, "/")
			line = strings.TrimLeft(after, " ")
		}
	}
	if when, rest, ok := strings.Cut(line, " "); ok && !timeOf(when).IsZero() {
		for _, stream := range []string{"stdout F ", "stderr F ", "stdout P ", "stderr P "} {
			if after, is := strings.CutPrefix(rest, stream); is {
				return after
			}
		}
		if strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "{") {
			return rest
		}
		if next, _, ok := strings.Cut(rest, "\t"); ok && !timeOf(next).IsZero() {
			return rest
		}
	}
	return line
}

// twoWords takes a pod and a container off a line, with or without a bar behind them.
func twoWords(line string) (pod, container, rest string, ok bool) {
	pod, rest, ok = strings.Cut(line, " ")
	if !ok || pod == "" {
		return "", "", "", false
	}
	container, rest, ok = strings.Cut(rest, " ")
	if !ok {
		return "", "", "", false
	}
	for _, bar := range []string{"| ", "│ "} {
		rest = strings.TrimPrefix(rest, bar)
	}
	return pod, container, rest, true
}
