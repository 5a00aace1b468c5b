package catalogue

// compared are the sentences about two answers.
var compared = []Entry{
	{Code: "Becomes", Text: "{0} becomes {1}"},
	{Code: "Stays", Text: "{0}, as before"},
	{Code: "OtherReason", Text: "{0} as before, for another reason"},
	{Code: "BothGet", Text: "both: {0}"},
	{Code: "TheyPart", Text: "{0}: {1}, {2}: {3}"},
}
