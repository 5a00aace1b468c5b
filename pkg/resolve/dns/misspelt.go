package dns

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// mostWrong is how many letters of the cluster's domain may be wrong for a name to be taken for one of the cluster.
const mostWrong = 2

// Misspelt returns the name of the cluster that somebody meant who wrote another: one whose domain is a letter or two off, or that stands in the
// cluster's domain where no DNS has names. It is empty for names that may be somebody else's: in a public domain, of a host that a ServiceEntry
// declares, and of other clusters, whose domains differ in more than a slip (cluster2.local, clusterset.local).
func Misspelt(s *mesh.Snapshot, name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	labels := strings.Split(name, ".")
	if len(s.HostsNamed(name)) > 0 {
		return ""
	}
	whole := "svc." + mesh.DomainSuffix
	if strings.HasSuffix(name, "."+mesh.DomainSuffix) {
		if len(labels) < 4 || labels[len(labels)-3] == "svc" || labels[len(labels)-3] == "pod" {
			return ""
		}
		if services := len(labels) >= 5; services {
			return strings.Join(append(slices.Clone(labels[:len(labels)-3]), whole), ".")
		}
		return strings.Join(append(slices.Clone(labels[:2]), whole), ".")
	}
	if suffix, icann := publicsuffix.PublicSuffix(name); icann || strings.Contains(suffix, ".") {
		return ""
	}
	for i := 2; i < len(labels); i++ {
		written := strings.Join(labels[i:], ".")
		if otherCluster(labels[i:]) || wrong(written, whole) > mostWrong {
			continue
		}
		return strings.Join(append(slices.Clone(labels[:i]), whole), ".")
	}
	return ""
}

// otherCluster reports whether a domain is another cluster's: it ends like ours, and the label before that begins like ours and goes on, or has a
// number in it.
func otherCluster(domain []string) bool {
	n := len(domain)
	if n < 2 || domain[n-1] != "local" {
		return false
	}
	own := domain[n-2]
	return strings.HasPrefix(own, "cluster") && own != "cluster" || strings.ContainsAny(own, "0123456789-")
}

// wrong is the number of letters that have to be changed, left out, added or exchanged with their neighbour to make b of a.
func wrong(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
