package evidence

// Check is one comparison, and what came of it.
type Check struct {
	*Comparison
	Got string // as the request has it; empty with Absent where it has none
	Is  Tri
}

// Comparison is what an object wants of a request, the same for all requests.
type Comparison struct {
	Field string   // the field's path within the candidate's object
	Key   string   // what a condition compares, where the field does not say it: request.headers[x-team]
	Want  []string // as the object has it
}
