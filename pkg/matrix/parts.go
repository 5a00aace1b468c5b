package matrix

// member is a part of a unit, perhaps all of it.
type member struct {
	*unit
	pods []int
}

// parts sorts members by what they answer.
type parts struct {
	number  map[string]int // of each answer, as they come up
	members []member
	of      []int // the part of each member
	last    []int // the latest member of each part
	size    []int
}

// reset makes parts empty, to be filled again.
func (p *parts) reset() {
	p.number = map[string]int{}
	p.members, p.of, p.last, p.size = p.members[:0], p.of[:0], p.last[:0], p.size[:0]
}

func (p *parts) add(key string, u *unit, pods ...int) {
	n, ok := p.number[key]
	if !ok {
		n = len(p.size)
		p.number[key] = n
		p.last, p.size = append(p.last, -1), append(p.size, 0)
	}
	if i := p.last[n]; i >= 0 && p.members[i].unit == u {
		m := &p.members[i]
		m.pods = append(m.pods, pods...)
		return
	}
	p.last[n] = len(p.members)
	p.size[n]++
	p.members, p.of = append(p.members, member{u, pods[:len(pods):len(pods)]}), append(p.of, n)
}

// lists are the members of each part, in a place of their own.
func (p *parts) lists() [][]member {
	all, out := make([]member, len(p.members)), make([][]member, len(p.size))
	for n, size := range p.size {
		out[n], all = all[:0:size], all[size:]
	}
	for i, n := range p.of {
		out[n] = append(out[n], p.members[i])
	}
	return out
}
