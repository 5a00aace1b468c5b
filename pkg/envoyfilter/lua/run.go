package lua

import (
	"reflect"
	"slices"
	"strings"
)

// Message is the message that a script is run for.
type Message struct {
	// Lines returns the lines of a header, asked for in small letters, and whether they are known.
	Lines func(name string) (lines []string, known bool)
	// Plaintext reports that the message came without TLS.
	Plaintext bool
	// Response reports that it is a response, of which envoy_on_response is to be run.
	Response bool
}

// Ways are what a script does to one message.
type Ways struct {
	// Each holds the acts of one way that the script can go, in their order. One way alone is what it does.
	Each [][]Act
	// Depends names what decides between the ways and is not known, as policies name what they compare: request.headers[x-user].
	Depends []string
}

// What bounds a run: so many ways, steps on one of them, calls inside of each other, and bytes of one text.
const (
	mostWays  = 32
	mostSteps = 20_000
	mostCalls = 100
	mostBytes = 1 << 16
)

// Run runs a script for a message. It reports false where that cannot be done: the script uses what is not worked out, or does not come to an
// end. A value that is not known is followed both ways.
func Run(text string, m Message) (Ways, bool) {
	p := parsed(text)
	if p.unread || p.refused {
		return Ways{}, false
	}
	keeps, ok := p.keeps()
	if !ok {
		return Ways{}, false
	}
	var took []taken
	for first := []choice(nil); ; {
		r := &run{message: m, keeps: keeps, choices: first, facts: map[string]bool{}, is: map[string]datum{}}
		acts, ok := r.script(p.chunk)
		if took = append(took, taken{r.choices, acts}); !ok || len(took) > mostWays {
			return Ways{}, false
		}
		if first = next(r.choices); first == nil {
			return ways(took), true
		}
	}
}

// A choice is one that a run made where a value was not known.
type choice struct {
	name string // of the value
	yes  bool
}

// taken is a way that was gone.
type taken struct {
	choices []choice
	acts    []Act
}

// next are the choices of the way that is gone next: the last that can be made otherwise is.
func next(made []choice) []choice {
	for i := len(made) - 1; i >= 0; i-- {
		if made[i].yes {
			out := slices.Clone(made[:i+1])
			out[i].yes = false
			return out
		}
	}
	return nil
}

// ways puts together what is the same on several ways.
func ways(all []taken) Ways {
	out := Ways{Each: distinct(all)}
	for _, t := range all {
		for i, c := range t.choices {
			under := func(yes bool) []taken {
				return slices.DeleteFunc(slices.Clone(all), func(x taken) bool {
					return len(x.choices) <= i || !slices.Equal(x.choices[:i], t.choices[:i]) || x.choices[i].yes != yes
				})
			}
			if !slices.Contains(out.Depends, c.name) && !reflect.DeepEqual(sorted(distinct(under(true))), sorted(distinct(under(false)))) {
				out.Depends = append(out.Depends, c.name)
			}
		}
	}
	return out
}

func distinct(all []taken) [][]Act {
	var out [][]Act
	for _, t := range all {
		if !slices.ContainsFunc(out, func(acts []Act) bool { return slices.Equal(acts, t.acts) }) {
			out = append(out, t.acts)
		}
	}
	return out
}

// sorted puts ways into an order that does not depend on how they were found.
func sorted(list [][]Act) [][]Act {
	slices.SortFunc(list, func(a, b []Act) int {
		return slices.CompareFunc(a, b, func(x, y Act) int {
			if x.Line != y.Line {
				return x.Line - y.Line
			}
			return strings.Compare(x.Op+x.Name+x.Value, y.Op+y.Name+y.Value)
		})
	})
	return list
}
