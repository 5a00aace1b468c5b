package render

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/explain"
)

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Failure *junitReport `xml:"failure,omitempty"`
	Error   *junitReport `xml:"error,omitempty"`
	Out     string       `xml:"system-out,omitempty"`
}

type junitReport struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
}

// junit prints the list as CI systems read it: an expectation that is not met is a failure, one that cannot be decided an error.
func junit(w io.Writer, l *explain.ExplanationList) error {
	s := junitSuite{Name: "mesh-why", Tests: len(l.Items)}
	for _, e := range l.Items {
		c := junitCase{Name: Clean(e.Name), Class: "mesh-why", Out: Clean(e.Verdict.Summary)}
		if c.Name == "" {
			c.Name = c.Out
		}
		if e.Expected != nil && !e.Expected.Met {
			text := "expected " + Clean(strings.Join(e.Expected.Want, ", ")) + "; got " + Clean(strings.Join(e.Expected.Got, ", "))
			if e.Verdict.Settled {
				s.Failures++
				c.Failure = &junitReport{text, "NotMet"}
			} else {
				s.Errors++
				c.Error = &junitReport{text, "NotSettled"}
			}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
