// Package glyph keeps text from a cluster, a file or a request from being something else than it looks like: from moving the cursor of a
// terminal, from turning the direction of what stands beside it, and from not showing at all.
package glyph

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// invisible are the characters that count as printable and do not show: fillers, joiners and vowels that fonts leave out, and what picks a
// variant of the character before it (Unicode: Default_Ignorable_Code_Point). The pattern of Braille without a dot is one more.
var invisible = []*unicode.RangeTable{unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, {R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}}}

// Hides reports whether a character moves the cursor, changes the direction of text, or does not show as what it is: control characters (C0,
// DEL, C1), format characters (bidi, zero width, tags), separators of lines, blanks other than the usual one, and what has no fixed look at
// all.
func Hides(r rune) bool { return !unicode.IsPrint(r) || unicode.In(r, invisible...) }

// Clean makes text safe to print on one line: what hides is written out. What is no UTF-8 is replaced.
func Clean(s string) string {
	if plain(s) || !strings.ContainsFunc(s, Hides) && utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\r':
			out.WriteString(`\r`)
		case Hides(r):
			fmt.Fprintf(&out, `\u{%x}`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// plain reports whether a text is of printable ASCII alone, which most text is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// CleanLines is [Clean] for text of several lines.
func CleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = Clean(l)
	}
	return strings.Join(lines, "\n")
}

// EscapeJSON writes what hides in a JSON document as an escape. The document means the same.
func EscapeJSON(j []byte) []byte {
	return escape(j, func(out *bytes.Buffer, r rune) {
		if r > 0xffff {
			r -= 0x10000
			fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
			return
		}
		fmt.Fprintf(out, `\u%04x`, r)
	})
}

// EscapeYAML writes what hides in a YAML document as an escape. The document means the same as long as such characters stand in double
// quotes alone.
func EscapeYAML(y []byte) []byte {
	return escape(y, func(out *bytes.Buffer, r rune) {
		if r > 0xffff {
			fmt.Fprintf(out, `\U%08x`, r)
			return
		}
		fmt.Fprintf(out, `\u%04x`, r)
	})
}

// escape leaves ends of lines as they are: they are part of the document, not of its texts.
func escape(doc []byte, write func(*bytes.Buffer, rune)) []byte {
	var out bytes.Buffer
	for len(doc) > 0 {
		r, n := utf8.DecodeRune(doc)
		if r != '\n' && Hides(r) {
			write(&out, r)
		} else {
			out.Write(doc[:n])
		}
		doc = doc[n:]
	}
	return out.Bytes()
}
