// Package joined takes apart what errors.Join has put together.
package joined

// Errors lists the errors that one is made of, in their order: itself, unless it joins others.
func Errors(err error) []error {
	j, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range j.Unwrap() {
		out = append(out, Errors(e)...)
	}
	return out
}
