package catalogue

// compared are the sentences about two answers.
var compared = []Entry{
	{Code: "Becomes", Text: "{0} becomes {1}", Long: "The answer before a change, and the answer after it."},
	{Code: "Stays", Text: "{0}, as before", Long: "The change does not affect the answer."},
	{Code: "OtherReason", Text: "{0} as before, for another reason", Long: "The status is the same before and after the change, but another resource is responsible."},
	{Code: "BothGet", Text: "both: {0}", Long: "The two questions have the same result."},
	{Code: "NotAsked", Text: "NOT ASKED: {0}", Long: "A request in a file of expectations could not be evaluated: it names something that does not exist, or is not well-formed. The other requests of the file were evaluated.", Help: "fix the request; the text says what is wrong with it"},
	{Code: "ExpectationMissed", Text: "expected {0}; got {1}", Long: "The fields of the outcome that differ from the expected ones, and what they are."},
	{Code: "MissedBy", Text: "{0}[ by {1}][ {2}] ({3}): {4}", Long: "The actual result of a request whose expectation is not met, with the resource that is responsible."},
	{Code: "CallerSees", Text: "the client gets no HTTP status: curl prints 000 and exits with {0}", Long: "The connection ends without an answer. An access log has status 0 or no line at all; curl reports its exit status."},
	{Code: "TheyPart", Text: "{0}: {1}, {2}: {3}", Long: "The two questions have different results."},
}
