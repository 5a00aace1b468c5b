package matrix

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/mesh"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

// Presumption is what answers of a matrix take for granted, each told once whatever the number of pairs that rest on it.
type Presumption struct {
	Code     string    `json:"code"`
	Text     string    `json:"text"`
	Resource *mesh.Ref `json:"resource,omitempty"`
	Command  string    `json:"command,omitempty"` // that looks
}

// presumed collects what answers take for granted, from many goroutines.
type presumed struct {
	sync.Mutex
	all map[string]flow.Presumption
}

func (p *presumed) add(list []flow.Presumption) {
	if len(list) == 0 {
		return
	}
	p.Lock()
	defer p.Unlock()
	if p.all == nil {
		p.all = map[string]flow.Presumption{}
	}
	for _, x := range list {
		args := make([]string, len(x.Args))
		for i, a := range x.Args {
			args[i] = redact.Text(a)
		}
		x.Args = args
		p.all[string(x.Code)+"\n"+x.Resource.String()+"\n"+strings.Join(args, "\n")] = x
	}
}

// list orders what was collected, by its code, its resource and its words.
func (p *presumed) list() []flow.Presumption {
	var out []flow.Presumption
	for _, x := range p.all {
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b flow.Presumption) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Resource.String(), b.Resource.String()), slices.Compare(a.Args, b.Args))
	})
	return out
}
