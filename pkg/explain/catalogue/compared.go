package catalogue

// compared are the sentences about two answers.
var compared = []Entry{
	{Code: "Becomes", Text: "{0} becomes {1}"},
	{Code: "Stays", Text: "{0}, as before"},
	{Code: "OtherReason", Text: "{0} as before, for another reason"},
	{Code: "BothGet", Text: "both: {0}"},
	{Code: "NotAsked", Text: "NOT ASKED: {0}", Long: "A request in a file of expectations could not be evaluated: it names something that does not exist, or is not well-formed. The other requests of the file were evaluated.", Help: "fix the request; the text says what is wrong with it"},
	{Code: "ExpectationMissed", Text: "expected {0}; got {1}"},
	{Code: "MissedBy", Text: "{0}[ by {1}][ {2}] ({3}): {4}"},
	{Code: "TheyPart", Text: "{0}: {1}, {2}: {3}"},
}
