package evidence

import "iter"

// few is how many causes are tried one by one, without a question about the group.
const few = 4

// Singles finds the causes each of which helps alone. Helps is asked of groups first: of one that does not help no member does, and one that
// does is halved. The last group that it was asked of is the cause that comes; so for n causes it is asked about 2 log n times for each that
// is found, and a few times where none is.
func Singles[T any](causes []T, helps func(group []T) bool) iter.Seq[T] {
	return func(yield func(T) bool) { halve(causes, helps, yield) }
}

func halve[T any](causes []T, helps func(group []T) bool, yield func(T) bool) bool {
	if len(causes) <= few {
		for i := range causes {
			if helps(causes[i:i+1]) && !yield(causes[i]) {
				return false
			}
		}
		return true
	}
	if !helps(causes) {
		return true
	}
	half := len(causes) / 2
	return halve(causes[:half], helps, yield) && halve(causes[half:], helps, yield)
}
