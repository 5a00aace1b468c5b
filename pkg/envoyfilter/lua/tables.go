package lua

import (
	"slices"
	"strings"
)

// table is an argument that has to be a table which is worked out.
func (r *run) table(v datum) *record {
	switch v := r.there(v).(type) {
	case *record:
		if v.shared && !r.loading {
			panic(undecided{})
		}
		return v
	case string, float64, bool, *closure, native:
		panic(failure{})
	}
	panic(undecided{})
}

func insert(r *run, args []datum) []datum {
	t := r.table(at(args, 0))
	if len(args) != 2 {
		panic(undecided{})
	}
	t.set(float64(t.length()+1), args[1])
	return nil
}

func join(r *run, args []datum) []datum {
	t := r.table(at(args, 0))
	sep := ""
	if at(args, 1) != nil {
		s, known := r.text(args[1])
		if !known || len(args) > 2 {
			panic(undecided{})
		}
		sep = s
	}
	var parts []string
	var all []datum
	hidden, bytes := false, 0
	for i := 1; i <= t.length(); i++ {
		v := t.get(float64(i))
		s, known := r.text(v)
		parts, all, hidden = append(parts, s), append(all, v), hidden || !known
		if bytes += len(s) + len(sep); bytes > mostBytes {
			panic(undecided{})
		}
	}
	if hidden {
		return []datum{derived("concat", append(all, sep)...)}
	}
	return []datum{strings.Join(parts, sep)}
}

func unpack(r *run, args []datum) []datum {
	if len(args) != 1 {
		panic(undecided{})
	}
	t := r.table(args[0])
	var out []datum
	for i := 1; i <= t.length(); i++ {
		out = append(out, t.get(float64(i)))
	}
	return out
}

func ipairs(r *run, args []datum) []datum {
	t := r.table(at(args, 0))
	return []datum{native(func(r *run, args []datum) []datum {
		i := r.number(at(args, 1)) + 1
		v := t.get(i)
		if v == nil {
			return []datum{nil}
		}
		return []datum{i, v}
	}), t, 0.0}
}

// pairs goes through a table. Lua's order is none that the script shows: both that of the text and its reverse are gone, and a script of which
// they make a difference depends on it.
func pairs(r *run, args []datum) []datum {
	t := r.table(at(args, 0))
	keys := slices.Clone(t.keys)
	if len(keys) > t.length() && len(keys) > 1 && !r.choose("pairs", "the order of pairs") {
		slices.Reverse(keys)
	}
	i := 0
	return []datum{native(func(*run, []datum) []datum {
		for ; i < len(keys); i++ {
			if v := t.get(keys[i]); v != nil {
				i++
				return []datum{keys[i-1], v}
			}
		}
		return []datum{nil}
	}), t, nil}
}
