package evidence

// Tri is a truth value that may not be known. Its zero value is Unknown, so that what nobody decided settles nothing.
type Tri int8

// The truth values, in their order: and takes the least, or the greatest.
const (
	False   Tri = -1
	Unknown Tri = 0
	True    Tri = 1
)

func (t Tri) String() string { return [...]string{"false", "unknown", "true"}[t+1] }

// Of makes a truth value of a bool.
func Of(b bool) Tri {
	if b {
		return True
	}
	return False
}

// Not of True is False, of Unknown it is Unknown.
func (t Tri) Not() Tri { return -t }

// And is the least of the values; True of none.
func And(values ...Tri) Tri {
	out := True
	for _, v := range values {
		out = min(out, v)
	}
	return out
}

// Or is the greatest of the values; False of none.
func Or(values ...Tri) Tri {
	out := False
	for _, v := range values {
		out = max(out, v)
	}
	return out
}
