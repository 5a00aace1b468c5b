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
	Text    string `xml:",chardata"`
}

// junit prints the list as CI systems read it: an expectation that is not met is a failure; one that
// cannot be decided and a request that cannot be asked are errors.
func junit(w io.Writer, l *explain.ExplanationList) error {
	s := junitSuite{Name: "mesh-why", Tests: len(l.Items)}
	for _, e := range l.Items {
		c := junitCase{Name: Clean(e.Name), Class: "mesh-why", Out: Clean(e.Verdict.Summary)}
		if c.Name == "" {
			c.Name = c.Out
		}
		switch {
		case e.Error != "":
			s.Errors++
			c.Error = &junitReport{Message: Clean(e.Error), Type: "NotAsked"}
		case e.Expected == nil || e.Expected.Met:
		default:
			list := becauses(e)
			report := &junitReport{mismatch(e), "NotMet", strings.Join(list, "\n")}
			if len(list) > 0 {
				report.Message += ": " + list[0]
			}
			if e.Verdict.Settled {
				s.Failures++
				c.Failure = report
			} else {
				s.Errors++
				report.Type = "NotSettled"
				c.Error = report
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
