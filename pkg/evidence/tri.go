package evidence

import "cmp"

// Tri is a truth value that may not be known. One that is not carries what would have to be known, as the unknown sets of cel-go do. Its zero
// value is Unknown, so that what nobody decided settles nothing. Values that are known compare with ==; of others [Tri.IsUnknown] reports.
type Tri struct {
	value   int8
	because Causes // of a value that is not known
}

// The truth values.
var (
	False   = Tri{value: -1}
	Unknown = Tri{}
	True    = Tri{value: 1}
)

// Causes is a set of what is not known of a request.
type Causes uint8

// The causes.
const (
	Address Causes = 1 << iota // an address of the connection, such as the client's
	Token                      // what the verified token claims, and what its verification writes into headers
	Headers                    // what an extension wrote into the request
)

// Has reports whether a cause is one of the set.
func (c Causes) Has(cause Causes) bool { return c&cause != 0 }

// UnknownFor is a truth value that is not known, for some causes.
func UnknownFor(causes Causes) Tri { return Tri{because: causes} }

// Of makes a truth value of a bool.
func Of(b bool) Tri {
	if b {
		return True
	}
	return False
}

// Known makes a truth value of a bool, Unknown where it is not known.
func Known(is, known bool) Tri {
	if !known {
		return Unknown
	}
	return Of(is)
}

// IsUnknown reports whether the value is not known.
func (t Tri) IsUnknown() bool { return t.value == 0 }

// Because is why the value is not known; empty where it is, or where nobody said why.
func (t Tri) Because() Causes { return t.because }

func (t Tri) String() string { return [...]string{"false", "unknown", "true"}[t.value+1] }

// Compare orders truth values: False, then what is not known, then True.
func (t Tri) Compare(u Tri) int { return cmp.Compare(t.value, u.value) }

// Not of True is False; what is not known stays so, for the same causes.
func (t Tri) Not() Tri { return Tri{-t.value, t.because} }

// And is False where one of the values is, and else not known for the causes of all that are not; True of none.
func And(values ...Tri) Tri { return fold(values, False, True) }

// Or is True where one of the values is, and else not known for the causes of all that are not; False of none.
func Or(values ...Tri) Tri { return fold(values, True, False) }

// fold returns decisive where one of the values is that, and neutral where all are.
func fold(values []Tri, decisive, neutral Tri) Tri {
	out := neutral
	for _, v := range values {
		switch {
		case v == decisive:
			return decisive
		case v.IsUnknown():
			out = Tri{because: out.because | v.because}
		}
	}
	return out
}
