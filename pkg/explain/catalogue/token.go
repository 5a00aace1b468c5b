package catalogue

// tokenTexts are clauses of other sentences: what of a token does not fit a rule, what stands where a rule looks for one, and why istiod
// cannot have got the keys.
var tokenTexts = []Entry{
	{Code: "TokenIssuer", Text: "the token's issuer is {0}, wanted is {1}", Long: "A rule takes the tokens of one issuer. The claim iss has to be equal to it, character by character: a slash at the end, the scheme and the port count.", Help: "write the issuer into the rule as the token has it, or get a token of the rule's issuer"},
	{Code: "TokenExpired", Text: "it expired at {0}, and the request is made at {1}", Long: "The claim exp lies in the past, by more than the 60 seconds by which clocks may differ.", Help: "get a new token"},
	{Code: "TokenEarly", Text: "it is valid from {0}, and the request is made at {1}", Long: "The claim nbf lies in the future, by more than the 60 seconds by which clocks may differ.", Help: "wait, or compare the clocks"},
	{Code: "TokenAudience", Text: "the token is for {0}, and the rule takes {1}", Long: "None of the token's audiences (claim aud) is one of the rule's.", Help: "get a token for one of the rule's audiences, or add the token's to the rule"},
	{Code: "TokenKid", Text: "the token names key {0}, and the key set has {1}", Long: "The header of the token names its key (kid), and the key set has none of that name. The issuer may have changed its keys, or it is the key set of another realm.", Help: "fetch the key set (jwksUri) and look for the key; istiod fetches it anew every 20 minutes"},
	{Code: "TokenAlgorithm", Text: "key {0} is for another algorithm than the token's, {1}", Long: "The key set has the key that the token names, with another alg.", Help: "compare alg of the token's header with the key's"},
	{Code: "TokenSignature", Text: "none of the rule's keys has signed it", Long: "The signature does not fit the token: the token was changed, or its issuer has other keys.", Help: "get a new token; compare jwksUri with the issuer's"},
	{Code: "TokenMalformed", Text: "what stands there is not a token", Long: "A rule found a value where it looks for tokens, and that does not have the form of one.", Help: "send the token itself there, or let the rule look elsewhere (fromHeaders, fromParams)"},
	{Code: "TokenWithPrefix", Text: "the value begins with Bearer, and the rule names no prefix", Long: "Where a rule names a header without a prefix, the whole value of the header is taken for the token.", Help: "send the token alone, or add prefix: \"Bearer \" to the rule's fromHeaders"},
	{Code: "TokenWithoutPrefix", Text: "the value of header {0} lacks the prefix \"{1}\"", Long: "A rule takes a token from a header only behind the prefix that it names.", Help: "send the prefix, or take it out of the rule's fromHeaders"},
	{Code: "TokenPrefixCase", Text: "the value of header {0} begins with \"{1}\", and the prefix is \"{2}\"", Long: "The prefix is compared character by character: bearer in small letters is none.", Help: "send the prefix as the rule writes it"},
	{Code: "TokenTaken", Text: "a proxy before this one took header {0} out", Long: "A proxy takes a token out of the request that it has verified, unless its rule says forwardOriginalToken.", Help: "set forwardOriginalToken in the rule of the proxy before"},
	{Code: "TokenHalfPrincipal", Text: "but it has no {0}, so that there is no request principal (issuer/subject)", Long: "The request principal is made of the claims iss and sub. Without one of them no requestPrincipals match, not even *.", Help: "let the issuer add the claim, or compare another one with when"},
	{Code: "TokenKeysUnknown", Text: "the keys at {0} are not here, so that the signature could not be checked", Long: "The key set is outside of the resources.", Help: "give the keys with --jwks FILE, fetch them with --fetch-jwks, or assume with --assume jwt-valid"},
	{Code: "TokenKeysMissing", Text: "istiod cannot fetch the keys at {0} ({1}); proxies then hold a placeholder key that fits no token, and this token may be good", Long: "istiod fetches key sets for the proxies. Where it cannot, it gives them a key that signs nothing, so that every token of the rule is refused until the keys are there.", Help: "let istiod reach the address, or write the keys into the rule (jwks in place of jwksUri)"},
	{Code: "KeysNoAddress", Text: "that is no http or https address", Long: "Keys are fetched by http or https. A rule without jwksUri needs an issuer that is an address."},
	{Code: "KeysLoopback", Text: "that is istiod's own pod", Long: "The address is resolved by istiod, to itself."},
	{Code: "KeysReserved", Text: "nobody answers at the reserved name {0}", Long: "The name is in a domain that is reserved for examples."},
	{Code: "KeysNoService", Text: "there is no Service {0}", Long: "The name is one of the cluster's, and there is no such Service."},
	{Code: "KeysPlaintext", Text: "{0} requires mutual TLS, and istiod sends plaintext", Long: "istiod has no sidecar. A server in the mesh that takes mutual TLS alone refuses it.", Help: "set the key server's port to PERMISSIVE (portLevelMtls)"},
	{Code: "KeysRefused", Text: "a request of istiod's does not get there: {0}[ by {1}]", Long: "The answer to a client without a sidecar that asks for the key set."},
}
