package render

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/meaning"
)

// LogReport prints what lines of an access log tell: one row for lines that say the same, and below it what explains those that failed or
// that the resources do not explain.
func LogReport(w io.Writer, r *meaning.LogReport, o Options) error {
	if done, err := data(w, r, o); done {
		return err
	}
	p := newPrinter(o)
	p.logCounts(r)
	p.line("")
	p.logTable(r.Items)
	for i := range r.Items {
		if it := &r.Items[i]; p.wide() || it.Agreement == meaning.Differs || it.Agreement == meaning.NotAsked || len(it.Meanings) > 0 || len(it.Because) > 0 {
			p.logItem(i+1, it)
		}
	}
	if r.Omitted > 0 {
		p.line("")
		p.lines("", strconv.Itoa(r.Omitted)+" rows more; --limit 0 shows all")
	}
	return p.flush(w)
}

// logCounts tells what was read.
func (p *printer) logCounts(r *meaning.LogReport) {
	l := r.Lines
	text := thousands(l.Read) + " lines"
	if l.Read == 1 {
		text = "1 line"
	}
	text += ": " + thousands(l.Entries) + " of an access log"
	if l.Other > 0 {
		text += ", " + thousands(l.Other) + " of other logs"
	}
	if l.Bad > 0 {
		text += ", " + thousands(l.Bad) + " in no format that is known"
	}
	p.lines("", text)
	if l.FirstBad != nil {
		p.lines("  the first of those: ", "line "+thousands(l.FirstBad.Number)+": "+Clean(l.FirstBad.Text))
	}
	if l.Beyond > 0 {
		p.lines("  ", thousands(l.Beyond)+" lines differ too much from the others to be listed, and are only counted")
	}
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (p *printer) logTable(items []meaning.LogItem) {
	narrowed := p.Width > 0 && p.Width < narrow
	header := []string{"#", "COUNT", "PROXY", "REQUEST", "LOGGED", "RESOURCES SAY"}
	if narrowed {
		header = []string{"#", "COUNT", "REQUEST", "LOGGED", "RESOURCES SAY"}
	}
	var rows [][]string
	for i := range items {
		it := &items[i]
		row := []string{strconv.Itoa(i + 1), thousands(it.Count)}
		if !narrowed {
			row = append(row, proxyOf(it))
		}
		rows = append(rows, append(row, Clean(requestOf(it)), Clean(loggedOf(it)), p.says(it)))
	}
	p.table(header, rows)
}

// proxyOf is who wrote the lines: server httpbin.bar.
func proxyOf(it *meaning.LogItem) string {
	if it.Proxy == nil {
		return "?"
	}
	name := it.Proxy.Name
	if it.Proxy.Namespace != "" {
		name += "." + it.Proxy.Namespace
	}
	return Clean(strings.TrimSpace(places[it.Proxy.Role] + " " + name))
}

// requestOf is who asked for what.
func requestOf(it *meaning.LogItem) string {
	from := it.ClientIP
	if it.Source != nil {
		from = it.Source.Name + "." + it.Source.Namespace
	}
	if from == "" {
		from = "?"
	}
	what := "TCP"
	if it.Request.Method != "" {
		what = it.Request.Method + " " + it.Request.Path
	}
	to := it.Request.Host
	if to == "" {
		_, to, _ = strings.Cut(it.Request.To, "://")
		to, _, _ = strings.Cut(to, "/")
	}
	if it.Merged {
		what += " (and others)"
	}
	return strings.TrimSpace(from + " -> " + to + " " + what)
}

// loggedOf is the end of the request in a few words; the details follow below the table.
func loggedOf(it *meaning.LogItem) string {
	l := &it.Logged
	if l.Error != "" {
		return "error"
	}
	parts := []string{}
	if l.Status != 0 || it.Request.Method != "" || it.Logged.Details != "" {
		parts = append(parts, strconv.Itoa(l.Status))
	}
	if len(l.Flags) > 0 {
		parts = append(parts, strings.Join(l.Flags, ","))
	}
	if l.Termination != "" {
		parts = append(parts, "closed")
	}
	if len(parts) == 0 {
		return "ok"
	}
	return strings.Join(parts, " ")
}

// says is what the resources say, and whether that is what was logged.
func (p *printer) says(it *meaning.LogItem) string {
	if it.Explanation == nil {
		return p.paint(yellow, "not asked")
	}
	head, _, _ := strings.Cut(Clean(it.Explanation.Verdict.Summary), "   ")
	switch it.Agreement {
	case meaning.Agrees:
		return p.paint(green, "agrees: ") + head
	case meaning.Differs:
		return p.paint(red, "differs: ") + head
	}
	return p.paint(yellow, "open: ") + head
}

// logItem tells of one row: what was logged, what that means, what the resources say, and what to do.
func (p *printer) logItem(n int, it *meaning.LogItem) {
	p.line("")
	head := p.bold("#"+strconv.Itoa(n)) + "  " + times(it)
	if p.Width > 0 && p.Width < narrow {
		head += ", " + proxyOf(it)
	}
	p.lines("", head)
	for _, m := range it.Meanings {
		p.lines("  "+Clean(m.Name())+": ", Clean(m.Title))
	}
	if it.Logged.TransportFailure != "" {
		p.lines("   = transport: ", Clean(it.Logged.TransportFailure))
	}
	if it.Explanation != nil {
		p.logAnswer(it)
	}
	for _, b := range it.Because {
		text := Clean(b.Text)
		if b.Resource != nil {
			text = Clean(kindName(b.Resource.Kind)+" "+b.Resource.ID()) + " " + text
		}
		p.lines("   = note: ", text)
	}
	if it.Agreement == meaning.Agrees && it.Explanation != nil && len(it.Explanation.Next) > 0 {
		p.lines("  next: ", Clean(it.Explanation.Next[0].Text))
	}
	for _, x := range it.Next {
		p.lines("  next: ", Clean(x.Text))
		p.line("        " + p.paint(cyan, Clean(x.Command)))
	}
}

// times is how often, and when.
func times(it *meaning.LogItem) string {
	text := thousands(it.Count) + " times"
	if it.Count == 1 {
		text = "once"
	}
	if it.First == nil || it.Last == nil {
		return text
	}
	first, last := it.First.UTC().Format(time.RFC3339), it.Last.UTC().Format(time.RFC3339)
	if first == last {
		return text + ", " + first
	}
	return text + ", " + first + " to " + last
}

// logAnswer tells what the resources say of the request, where that is not to reach the application.
func (p *printer) logAnswer(it *meaning.LogItem) {
	for _, o := range told(it.Explanation) {
		p.lines("   = resources: ", explain.Headline(o)+" ["+string(o.Reason)+"] "+Clean(o.Text))
		for _, r := range o.Responsible {
			text := kindName(r.Kind) + " " + r.ID()
			if r.Field != "" {
				text += "  " + r.Field
			}
			p.line("       --> " + Clean(text))
		}
	}
	if it.Agreement == meaning.Differs && it.Explanation.Reaches() {
		p.lines("   = resources: ", "REACHES the application")
	}
}
