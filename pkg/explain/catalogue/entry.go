package catalogue

// Entry is a code of the catalogue with its sentences. In Text, {0} is the first argument of the occasion; what stands in [brackets] is left
// out where an argument in it is empty.
type Entry struct {
	Code    string
	Text    string // as the WHY of a row
	Since   string // as a clause behind "since"; empty for codes that are no cause
	Long    string // what it means and how to recognise it
	Help    string // what to do about it
	Sources string // documents and fields that the rule comes from

	todo string // what to do where Help is empty: it depends on what kind of code it is
}

// ToDo is what to do about the code: its own help, or what there is to do about all codes of its kind.
func (e Entry) ToDo() string {
	if e.Help != "" {
		return e.Help
	}
	return e.todo
}
