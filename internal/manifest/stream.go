package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// stream is the text of a file, taken apart at the lines (---, ...) that stand between documents of YAML. No value of JSON has such a line, so that
// they may stand between those too. Blank lines and comments before a document are passed over.
type stream struct {
	r     *bufio.Reader
	lines int  // that were read
	begun bool // something of the current line was read
	index int  // the current document's number, from 1

	directives []byte        // of YAML (%YAML, %TAG), with the mark behind them
	kept       *bytes.Buffer // what was read of the document, where somebody may need it again
}

// newStream reads UTF-8, or UTF-16 with a byte order mark, as PowerShell writes it.
func newStream(r io.Reader) *stream {
	const buffer = 64 << 10
	b := bufio.NewReaderSize(r, buffer)
	if head, _ := b.Peek(2); len(head) == 2 && (head[0] == 0xfe && head[1] == 0xff || head[0] == 0xff && head[1] == 0xfe) {
		b = bufio.NewReaderSize(transform.NewReader(b, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()), buffer)
	}
	if head, _ := b.Peek(3); string(head) == "\ufeff" {
		_, _ = b.Discard(3)
	}
	return &stream{r: b}
}

// next goes to the next document that holds anything; it returns io.EOF where there is none.
func (s *stream) next() error {
	s.directives, s.kept = nil, nil
	marked := false
	for {
		switch {
		case s.at("..."):
			marked, s.directives = false, nil
			if _, err := s.line(); err != nil {
				return err
			}
			continue
		case s.at("---"):
			if _, err := s.r.Discard(3); err != nil {
				return err
			}
			if marked {
				s.directives = nil
			}
			s.begun, marked = true, true
			s.index++
		}
		c, err := s.peek()
		if err != nil {
			return err
		}
		switch {
		case c == '\n' || c == '#':
			_, err = s.line()
		case c == '%' && !marked && !s.begun:
			var line []byte
			line, err = s.line()
			s.directives = append(s.directives, line...)
		default:
			if !marked {
				s.index++
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// at reports whether the line that is next is a mark.
func (s *stream) at(mark string) bool {
	if s.begun {
		return false
	}
	head, _ := s.r.Peek(4)
	return bytes.HasPrefix(head, []byte(mark)) && (len(head) == 3 || bytes.IndexByte([]byte(" \t\r\n"), head[3]) >= 0)
}

// atEnd reports whether nothing more of the document follows.
func (s *stream) atEnd() bool { return s.at("---") || s.at("...") }

// peek is the next character that is no blank.
func (s *stream) peek() (byte, error) {
	for n := 1; ; n++ {
		head, err := s.r.Peek(n)
		switch {
		case len(head) == n && bytes.IndexByte([]byte(" \t\r"), head[n-1]) < 0:
			return head[n-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			return ' ', nil // blanks as far as one can see
		case len(head) < n:
			return 0, err
		}
	}
}

// line reads to the end of the line. The text is valid until the next call.
func (s *stream) line() ([]byte, error) {
	var long []byte
	for {
		part, err := s.r.ReadSlice('\n')
		if len(long)+len(part) > maxObject {
			return nil, errLong
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			s.begun = true
			long = append(long, part...)
			continue
		case err == nil:
			s.lines++
			s.begun = false
		case err == io.EOF && len(long)+len(part) > 0:
			s.begun, err = true, nil
		}
		if long != nil {
			part = append(long, part...)
		}
		return part, err
	}
}

// errLong is the error for what is larger than any object.
var errLong = fmt.Errorf("larger than %s, and an API server stores no object of more than 1.5 MiB", size(maxObject))

// Read reads the document as JSON is read, in parts of any length.
func (s *stream) Read(p []byte) (int, error) {
	if s.atEnd() {
		return 0, io.EOF
	}
	if _, err := s.r.Peek(1); err != nil {
		return 0, err
	}
	part, _ := s.r.Peek(min(s.r.Buffered(), len(p)))
	for i := 0; ; {
		n := bytes.IndexByte(part[i:], '\n')
		if n < 0 {
			break
		}
		s.lines++
		if i += n + 1; i < len(part) && (part[i] == '-' || part[i] == '.') {
			part = part[:i] // perhaps the mark is next
			break
		}
	}
	copy(p, part)
	if s.kept != nil && s.kept.Len() <= maxAtOnce {
		s.kept.Write(part)
	}
	s.begun = part[len(part)-1] != '\n'
	return s.r.Discard(len(part))
}
