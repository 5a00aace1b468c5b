package render

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/mesh-why/mesh-why/pkg/matrix"
)

// matrixCSV prints a row for each outcome of each pair of a workload and a destination; pods of a workload that do not all get the same
// have rows of their own.
func matrixCSV(w io.Writer, m *matrix.Matrix) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"source_namespace", "source", "pods", "destination", "port", "path", "settled", "result", "status", "share", "reason", "responsible"}); err != nil {
		return err
	}
	names := m.Names()
	sources := make([][]matrix.Name, len(m.Classes))
	for k, c := range m.Classes {
		sources[k] = names.Workloads(c.Pods)
	}
	for d, to := range m.Destinations {
		for k, c := range m.Classes {
			a := m.Answer(d, k)
			for _, s := range sources[k] {
				for _, o := range a.Outcomes {
					status := ""
					if o.Status != 0 {
						status = strconv.Itoa(o.Status)
					}
					row := []string{s.Namespace, s.Name, strconv.Itoa(s.Pods), to.Host(), strconv.Itoa(to.Port), Clean(to.Path), strconv.FormatBool(a.Settled), string(o.Result),
						status, strconv.FormatFloat(o.Share, 'f', -1, 64), string(o.Reason), responsibleList(c, o)}
					if err := out.Write(row); err != nil {
						return err
					}
				}
			}
		}
	}
	out.Flush()
	return out.Error()
}

func responsibleList(c matrix.Class, o matrix.Outcome) string {
	var list []string
	for _, r := range o.Responsible {
		own := c.Own(r.Ref)
		list = append(list, Clean(kindName(own.Kind)+" "+own.ID()))
	}
	return strings.Join(list, "; ")
}
