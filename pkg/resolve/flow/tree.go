package flow

import (
	"slices"

	"github.com/mesh-why/mesh-why/pkg/evidence"
	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Each calls f for the results of a walk in their order, with the node that each stands in; those of branches come one after the other,
// the most likely first.
func (n *Node) Each(f func(*Node, *Result)) { n.visit(f, false) }

// Seen does so for those alone that do not suppose anything of what could not be read.
func (n *Node) Seen(f func(*Node, *Result)) { n.visit(f, true) }

func (n *Node) visit(f func(*Node, *Result), seen bool) {
	for i := range n.Results {
		f(n, &n.Results[i])
	}
	for i, fork := range n.Split {
		if !seen || !n.Supposes(i) {
			fork.Node.visit(f, seen)
		}
	}
	if n.Down != nil {
		n.Down.visit(f, seen)
	}
}

// Supposes reports whether a fork is for the case that what could not be read is otherwise than it looks: the first one is for what was.
func (n *Node) Supposes(fork int) bool {
	gaps := n.Results[len(n.Results)-1].Gaps
	return fork > 0 && n.Split[fork].Share == 0 && len(gaps) > 0 &&
		!slices.ContainsFunc(gaps, func(g mesh.Gap) bool { return g.Cause != mesh.Failed && g.Cause != mesh.Forbidden })
}

// Node is a stretch of the way: stages of one party, one after the other, up to where the request ends, splits, or goes on to the next
// party.
type Node struct {
	Party   Party
	Role    Role
	Flow    Flow // as it came in
	Left    Flow // as it went on; the sees of the contract are taken from here
	Results []Result
	Split   []Fork // where it splits within the party
	Down    *Node  // the next party
}

// Fork is one of several ways on.
type Fork struct {
	Share float64 // 0 where it is not known which way it goes
	Node  *Node
}

// Rejected reports whether a filter refused the request. Filters behind it are still evaluated, to be shown, but not the way on.
func (n *Node) Rejected() bool {
	for i := range n.Results {
		if n.Results[i].Rejects() == evidence.True {
			return true
		}
	}
	return false
}
