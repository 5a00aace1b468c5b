package catalogue

// tokenTexts are clauses of other sentences: what of a token does not fit a rule, what stands where a rule looks for one, and why istiod
// cannot have got the keys.
var tokenTexts = []Entry{
	{Code: "TokenIssuer", Text: "the token's issuer is {0}, the rule requires {1}", Long: "A rule accepts the tokens of one issuer. The claim iss has to be equal to it, character by character: the scheme, the port and a trailing slash count.", Help: "write the issuer into the rule exactly as the token has it, or get a token from the rule's issuer"},
	{Code: "TokenExpired", Text: "it expired at {0}; the request is made at {1}", Long: "The claim exp is in the past, by more than the 60 seconds of clock skew that are tolerated.", Help: "get a new token"},
	{Code: "TokenEarly", Text: "it is valid from {0}; the request is made at {1}", Long: "The claim nbf is in the future, by more than the 60 seconds of clock skew that are tolerated.", Help: "wait, or compare the clocks"},
	{Code: "TokenAudience", Text: "the token is for {0}, the rule accepts {1}", Long: "None of the token's audiences (claim aud) is among the rule's.", Help: "get a token for one of the rule's audiences, or add the token's audience to the rule"},
	{Code: "TokenKid", Text: "the token was signed with key {0}, the key set has {1}", Long: "The token's header names its key (kid), but the key set has no key of that name. The issuer may have rotated its keys, or the key set belongs to another realm.", Help: "fetch the key set (jwksUri) and look for the key; istiod fetches it again every 20 minutes"},
	{Code: "TokenAlgorithm", Text: "key {0} is for another algorithm than the token's, {1}", Long: "The key set has the key that the token names, but with another alg.", Help: "compare alg in the token's header with the key's"},
	{Code: "TokenSignature", Text: "no key of the rule verifies its signature", Long: "The signature does not match: the token was changed, or its issuer has other keys.", Help: "get a new token; compare jwksUri with the issuer's"},
	{Code: "TokenMalformed", Text: "the value there is not a token", Long: "A rule found a value where it looks for tokens, but the value does not have the form of a token.", Help: "send the token itself there, or change where the rule looks (fromHeaders, fromParams)"},
	{Code: "TokenWithPrefix", Text: "the value begins with Bearer, but the rule has no prefix", Long: "If a rule names a header without a prefix, the whole value of the header is taken as the token.", Help: "send the token alone, or add prefix: \"Bearer \" to the rule's fromHeaders"},
	{Code: "TokenWithoutPrefix", Text: "the value of header {0} lacks the prefix \"{1}\"", Long: "A rule takes a token from a header only after the prefix that the rule names.", Help: "send the prefix, or remove it from the rule's fromHeaders"},
	{Code: "TokenPrefixCase", Text: "the value of header {0} begins with \"{1}\", but the prefix is \"{2}\"", Long: "The prefix is compared character by character: bearer in lower case does not match.", Help: "send the prefix exactly as the rule has it"},
	{Code: "TokenTaken", Text: "an earlier proxy removed header {0}", Long: "A proxy removes a token that it has verified from the request, unless its rule sets forwardOriginalToken.", Help: "set forwardOriginalToken in the rule of the earlier proxy"},
	{Code: "TokenHalfPrincipal", Text: "but it has no {0}, so there is no request principal (issuer/subject)", Long: "The request principal is made of the claims iss and sub. Without one of them no requestPrincipals match, not even *.", Help: "have the issuer add the claim, or compare another claim with when"},
	{Code: "TokenKeysUnknown", Text: "whether the signature is valid is unknown: the keys at {0} were not read", Long: "The key set is not in the resources.", Help: "supply the keys with --jwks FILE, fetch them with --fetch-jwks, or assume a valid signature with --assume jwt-valid"},
	{Code: "TokenKeysMissing", Text: "istiod cannot fetch the keys at {0} ({1}); proxies then hold a placeholder key that verifies no token, so this token may be valid", Long: "istiod fetches key sets for the proxies. If it cannot, it gives them a placeholder key, so every token of the rule is rejected until the keys can be fetched.", Help: "make the address reachable for istiod, or put the keys into the rule (jwks instead of jwksUri)"},
	{Code: "KeysNoAddress", Text: "it is not an http or https URL", Long: "Keys are fetched over http or https. A rule without jwksUri needs an issuer that is a URL."},
	{Code: "KeysLoopback", Text: "it is istiod's own pod", Long: "istiod resolves the address to itself."},
	{Code: "KeysReserved", Text: "nobody answers at the reserved name {0}", Long: "The name is in a domain that is reserved for examples."},
	{Code: "KeysNoService", Text: "there is no Service {0}", Long: "The name belongs to the cluster, but there is no such Service."},
	{Code: "KeysPlaintext", Text: "{0} requires mTLS, but istiod sends plaintext", Long: "istiod has no sidecar. A server in the mesh that accepts only mutual TLS refuses it.", Help: "set the key server's port to PERMISSIVE (portLevelMtls)"},
	{Code: "KeysRefused", Text: "istiod's request does not get there: {0}[ because of {1}]", Long: "This is the answer to a client without a sidecar that requests the key set."},
}
