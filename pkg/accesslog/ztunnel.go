package accesslog

import "strings"

// ztunnelMessages are those of ztunnel's access log about connections that came to an end, or to nothing (src/proxy/metrics.rs). What says
// that one was opened tells no result.
var ztunnelMessages = map[string]bool{"connection complete": true, "connection failed": true}

// parseZtunnel reads a line of ztunnel's text log: time, level, target, message and fields, with tabs between them. Terminals and
// clipboards make blanks of tabs.
func parseZtunnel(line string) (e Entry, ok bool) {
	when, rest, _ := strings.Cut(line, "\t")
	level, rest, tabs := strings.Cut(rest, "\t")
	if !tabs {
		words := strings.Fields(line)
		if len(words) < 4 {
			return e, false
		}
		when, level = words[0], words[1]
		_, rest, _ = strings.Cut(line, " "+level)
	}
	rest = strings.TrimLeft(rest, " \t")
	rest, ok = strings.CutPrefix(rest, "access")
	if !ok || !isLevel(level) {
		return e, false
	}
	rest = strings.TrimLeft(rest, " \t")
	for message := range ztunnelMessages {
		if fields, is := strings.CutPrefix(rest, message); is {
			e.Time = timeOf(when)
			return e, e.connection(func(f func(key, value string)) { pairs(strings.TrimSpace(fields), f) })
		}
	}
	return e, false
}

// connection takes over the fields of a line; it reports whether they tell of one.
func (e *Entry) connection(each func(func(key, value string))) bool {
	c := &Connection{}
	seen := false
	each(func(key, value string) {
		if at := c.field(key); at != nil {
			*at = value
			seen = true
		} else if key == "direction" {
			c.Inbound = value == "inbound"
			seen = true
		}
	})
	if !seen {
		return false
	}
	e.Writer, e.Connection = Ztunnel, c
	return true
}

func (c *Connection) field(key string) *string {
	switch key {
	case "error":
		return &c.Error
	case "src.addr":
		return &c.Source.Address
	case "src.workload":
		return &c.Source.Workload
	case "src.namespace":
		return &c.Source.Namespace
	case "src.identity":
		return &c.Source.Identity
	case "dst.addr":
		return &c.Dest.Address
	case "dst.workload":
		return &c.Dest.Workload
	case "dst.namespace":
		return &c.Dest.Namespace
	case "dst.identity":
		return &c.Dest.Identity
	case "dst.hbone_addr":
		return &c.HBONE
	case "dst.service":
		return &c.Service
	}
	return nil
}

// pairs reads key=value key="value with blanks". Text in quotes is written as Rust's Debug does.
func pairs(s string, f func(key, value string)) {
	for s != "" {
		s = strings.TrimLeft(s, " \t")
		key, rest, ok := strings.Cut(s, "=")
		if !ok || strings.ContainsAny(key, " \t") {
			// Not a pair: go on behind the next blank.
			_, s, _ = strings.Cut(s, " ")
			continue
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, s = quoted(rest[1:])
		} else {
			value, s, _ = strings.Cut(rest, " ")
		}
		f(key, value)
	}
}

// quoted reads up to the closing quotation mark.
func quoted(s string) (value, rest string) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return out.String(), s[i+1:]
		case '\\':
			if i++; i == len(s) {
				return out.String(), ""
			}
			switch s[i] {
			case 'n':
				out.WriteByte('\n')
			case 't':
				out.WriteByte('\t')
			default:
				out.WriteByte(s[i])
			}
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String(), ""
}

var levels = map[string]bool{"trace": true, "debug": true, "info": true, "warn": true, "warning": true, "error": true, "critical": true, "fatal": true}

func isLevel(s string) bool { return levels[strings.ToLower(s)] }
