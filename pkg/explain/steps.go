package explain

// Step is a stage of two answers: of both, or of one alone.
type Step struct {
	Role   Role    `json:"role"`
	First  *Placed `json:"first,omitempty"` // nil where only the second has it
	Second *Placed `json:"second,omitempty"`
	Same   bool    `json:"same"` // the same object decides, in the same way
}

// Placed is a stage, and the proxy that it is of.
type Placed struct {
	Stage
	Proxy string `json:"proxy,omitempty"` // namespace/name

	hop   *Hop
	index int
}

// Telling reports whether the stage is worth a row of the short table.
func (p *Placed) Telling() bool { return p.hop.Telling(p.index) }

// Beaten are the objects that lost against the one that decides.
func (p *Placed) Beaten() []string { return p.hop.Beaten(p.index) }

// Steps puts the stages of two answers beside one another, in the order of the way: proxies that play the same part on it, and in them
// stages of the same name.
func Steps(a, b *Explanation) []Step {
	var out []Step
	pairs(len(a.Hops), len(b.Hops), func(i, j int) bool { return a.Hops[i].Role == b.Hops[j].Role }, func(i, j int) {
		out = append(out, hopSteps(hopAt(a, i), hopAt(b, j))...)
	})
	return out
}

func hopAt(e *Explanation, i int) *Hop {
	if i < 0 {
		return nil
	}
	return &e.Hops[i]
}

func hopSteps(a, b *Hop) []Step {
	stages := func(h *Hop) int {
		if h == nil {
			return 0
		}
		return len(h.Stages)
	}
	var out []Step
	pairs(stages(a), stages(b), func(i, j int) bool { return a.Stages[i].Stage == b.Stages[j].Stage }, func(i, j int) {
		s := Step{First: placed(a, i), Second: placed(b, j)}
		if s.First != nil {
			s.Role = a.Role
		} else {
			s.Role = b.Role
		}
		s.Same = s.First != nil && s.Second != nil && sameStep(&s.First.Stage, &s.Second.Stage)
		out = append(out, s)
	})
	return out
}

func placed(h *Hop, i int) *Placed {
	if i < 0 {
		return nil
	}
	p := &Placed{Stage: h.Stages[i], hop: h, index: i}
	if h.Proxy.Name != "" {
		p.Proxy = h.Proxy.Namespace + "/" + h.Proxy.Name
	}
	return p
}

// sameStep compares how a stage bears on a request and what decides it, not the words: these name the parties.
func sameStep(a, b *Stage) bool {
	return a.Effect == b.Effect && a.Reason == b.Reason && a.Answers == b.Answers && (a.Resource == nil) == (b.Resource == nil) &&
		(a.Resource == nil || *a.Resource == *b.Resource)
}

// pairs goes through two lists in their order, pairing as many entries as it can; an index is -1 where the other list has no partner.
func pairs(n, m int, same func(i, j int) bool, f func(i, j int)) {
	// longest[i][j] is how many pairs the rest from i and from j has.
	longest := make([][]int, n+1)
	for i := range longest {
		longest[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if same(i, j) {
				longest[i][j] = max(longest[i][j], longest[i+1][j+1]+1)
			}
		}
	}
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && same(i, j) && longest[i][j] == longest[i+1][j+1]+1:
			f(i, j)
			i++
			j++
		case j == m || i < n && longest[i+1][j] >= longest[i][j+1]:
			f(i, -1)
			i++
		default:
			f(-1, j)
			j++
		}
	}
}

// Part is the first step at which two answers part: where different objects decide, or the same in different ways. It is nil where they
// go the same way. Steps that no table shows do not count, unless nothing else differs.
func Part(a, b *Explanation) *Step {
	var quiet *Step
	for _, s := range Steps(a, b) {
		if s.Same {
			continue
		}
		if s.First != nil && s.First.Telling() || s.Second != nil && s.Second.Telling() {
			return &s
		}
		if quiet == nil {
			quiet = &s
		}
	}
	if sameVerdict(a.Verdict, b.Verdict) {
		return nil
	}
	return quiet
}
