package symptom

// Steps that many token errors share.
var (
	newToken   = []string{"get a new token from the issuer", "kubectl mesh-why SOURCE DESTINATION --jwt-file FILE shows what is in it, without sending it anywhere"}
	asIssuer   = []string{"have the issuer write the claim as the standard (RFC 7519) wants it"}
	mendKeySet = []string{"fetch the set and look at it: curl JWKS-URI", "correct it at the issuer, or put a good one into jwks of the RequestAuthentication"}
)

// tokenErrors are the texts of Envoy's token check about tokens (source/common/jwt/status.cc). In the details blanks are underscores.
var tokenErrors = []Entry{
	{Token, "Jwt is missing", "", "there is no token", "Istio's RequestAuthentication lets requests without a token pass, so this comes from another requirement.",
		[]string{"an EnvoyFilter requires a token", "a RequestAuthentication of a newer release requires presence"}, []string{"send a token", "kubectl get envoyfilters -A; look for jwt_authn"}},
	{Token, "Jwt not yet valid", "", "nbf of the token lies in the future", "401. Envoy allows 60 s of difference between clocks.", []string{"the issuer's clock is ahead", "the token was made for later"}, []string{"compare nbf with the time; set the clocks"}},
	{Token, "Jwt is expired", "", "exp of the token has passed", "401. Envoy allows 60 s of difference between clocks.", []string{"the client keeps a token for too long", "the client's clock is behind"}, newToken},
	{Token, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections", "", "what was sent is not a signed token (JWS)", "401. The value behind the prefix does not have three parts.",
		[]string{"an opaque access token, or an encrypted one (JWE, five parts)", "the header holds \"Bearer\" twice, or the rule's prefix is not the one that is sent", "another kind of value in a header or parameter that fromHeaders or fromParams names"},
		[]string{"ask the issuer for an access token in JWT form", "compare fromHeaders and its prefix with what is sent"}},
	{Token, "Jwt is not in the form of Header.Payload.Signature", "", "what was sent is not a signed token (JWS)", "401, as older releases say it.", []string{"an opaque or an encrypted token"}, []string{"ask the issuer for an access token in JWT form"}},
	{Token, "Jwt header is an invalid Base64url encoded", "", "the token's first part cannot be decoded", "401.", []string{"the token was cut off or changed on the way"}, newToken},
	{Token, "Jwt header is an invalid JSON", "", "the token's first part is not JSON", "401.", []string{"what was sent is not a token", "it was changed on the way"}, newToken},
	{Token, "Jwt header [alg] field is required and must be a string", "", "the token does not say how it is signed", "401.", []string{"a token that was made by hand"}, newToken},
	{Token, "Jwt header [alg] is not supported", "", "the token is signed in a way that Envoy does not verify", "401. Taken are RS, PS, ES and HS with 256, 384 and 512, and EdDSA.", []string{"alg none, or a custom one"}, []string{"have the issuer sign with RS256 or ES256"}},
	{Token, "Jwt header [kid] field is not a string", "", "the token's key id is not text", "401.", []string{"a faulty issuer"}, asIssuer},
	{Token, "Jwt payload is an invalid Base64url encoded", "", "the token's second part cannot be decoded", "401.", []string{"the token was cut off or changed on the way"}, newToken},
	{Token, "Jwt payload is an invalid JSON", "", "the token's second part is not JSON", "401.", []string{"what was sent is not a token"}, newToken},
	{Token, "Jwt payload [iss] field is not a string", "", "iss of the token is not text", "401.", []string{"a faulty issuer"}, asIssuer},
	{Token, "Jwt payload [sub] field is not a string", "", "sub of the token is not text", "401.", []string{"an issuer that writes sub as a number"}, asIssuer},
	{Token, "Jwt payload [jti] field is not a string", "", "jti of the token is not text", "401.", []string{"an issuer that writes jti as a number"}, asIssuer},
	{Token, "Jwt payload [iat] field is not an integer", "", "iat of the token is not a whole number", "401.", []string{"an issuer that writes times with a fraction or as text"}, asIssuer},
	{Token, "Jwt payload [iat] field is not a positive 64 bit integer", "", "iat of the token is out of range", "401.", []string{"an issuer that writes times in another unit"}, asIssuer},
	{Token, "Jwt payload [nbf] field is not an integer", "", "nbf of the token is not a whole number", "401.", []string{"an issuer that writes times with a fraction or as text"}, asIssuer},
	{Token, "Jwt payload [nbf] field is not a positive 64 bit integer", "", "nbf of the token is out of range", "401.", []string{"an issuer that writes times in another unit"}, asIssuer},
	{Token, "Jwt payload [exp] field is not an integer", "", "exp of the token is not a whole number", "401.", []string{"an issuer that writes times with a fraction or as text"}, asIssuer},
	{Token, "Jwt payload [exp] field is not a positive 64 bit integer", "", "exp of the token is out of range", "401.", []string{"an issuer that writes times in another unit"}, asIssuer},
	{Token, "Jwt payload [aud] field is not a string or string list", "", "aud of the token is neither a text nor a list of texts", "401.", []string{"a faulty issuer"}, asIssuer},
	{Token, "Jwt signature is an invalid Base64url encoded", "", "the token's third part cannot be decoded", "401.", []string{"the token was cut off on the way"}, newToken},
	{Token, "Jwt ED25519 signature is wrong length", "", "the token's signature does not fit a key of the set", "401. A key set with an Ed25519 key refuses other signatures before it asks its other keys.", []string{"the set holds an Ed25519 key, and the token is signed otherwise"}, []string{"give the token a kid, so that only its own key is asked"}},
	{Token, "Jwt issuer is not configured", "", "iss of the token is the issuer of no rule", "401. The token was read by a RequestAuthentication that knows other issuers; they are compared letter by letter.",
		[]string{"a slash, a port or http/https is different in issuer and iss", "the token comes from the issuer's address inside the cluster, and the policy has the one outside, or the other way round", "another RequestAuthentication selects the workload and reads the same header"},
		[]string{"kubectl mesh-why SOURCE DESTINATION --jwt-file FILE shows iss beside every issuer"}},
	{Token, "Audiences in Jwt are not allowed", "", "aud of the token holds none of the rule's audiences", "403, the only token error that is no 401.",
		[]string{"audiences of the RequestAuthentication name another application", "the token was made for another client"}, []string{"compare aud with audiences: kubectl mesh-why SOURCE DESTINATION --jwt-file FILE"}},
	{Token, "Jwt verification fails", "", "no key of the set verifies the signature", "401. The key id fits, the signature does not.",
		[]string{"the issuer changed its keys, and the proxies still hold the old set (istiod fetches about every 20 minutes)", "jwks in the policy is not the issuer's", "the token was changed"}, []string{"fetch the set again and compare its kid: curl JWKS-URI", "kubectl mesh-why SOURCE DESTINATION --jwt-file FILE --jwks KEYS"}},
	{Token, "Found multiple Jwt tokens", "", "the request brings several tokens", "401.", []string{"an Authorization header that is sent twice", "a token in a header and another in a parameter"}, []string{"send one token"}},
	{Token, "Jwks remote fetch is failed", "", "the proxy could not fetch the key set", "401. Only where proxies fetch key sets themselves (PILOT_JWT_ENABLE_REMOTE_JWKS).",
		[]string{"the issuer cannot be reached from the proxy: REGISTRY_ONLY without a ServiceEntry, DNS, a firewall"}, []string{"ask about the issuer as a destination: kubectl mesh-why SOURCE JWKS-URI"}},
	{Token, "Jwks doesn't have key to match kid or alg from Jwt", "", "the set has no key for the token's kid and alg", "401. Often the proxies hold a placeholder key, because istiod could not fetch the real set; then every token of this issuer is refused so.",
		[]string{"istiod cannot reach jwksUri: no such host, a firewall, an issuer inside the mesh that requires mutual TLS (istiod sends plaintext)", "the issuer changed its keys", "the token is signed with another key than the set's"},
		[]string{"kubectl logs -n istio-system deploy/istiod | grep -i jwks", "kubectl mesh-why SOURCE DESTINATION --jwt-file FILE shows the token's kid"}},
}

// keyErrors are the texts about key sets, which are the same for all tokens of an issuer.
var keyErrors = func() []Entry {
	var out []Entry
	for _, row := range [][2]string{
		{"Jwks is an invalid JSON", "the key set is not JSON"},
		{"Jwks does not have [keys] field", "the key set has no field keys"},
		{"[keys] in Jwks is not an array", "keys of the key set is no list"},
		{"Jwks doesn't have any valid public key", "the key set has no key that can be used"},
		{"Jwks RSA [n] or [e] field is missing or has a parse error", "an RSA key of the set is not complete"},
		{"Jwks EC create key fail", "an EC key of the set cannot be read"},
		{"Jwks EC [x] or [y] field is an invalid Base64.", "an EC key of the set cannot be decoded"},
		{"Jwks EC [x] and [y] fields have a parse error.", "an EC key of the set cannot be read"},
		{"Jwks Oct key is an invalid Base64", "a symmetric key of the set cannot be decoded"},
		{"Jwks OKP [x] field is an invalid Base64.", "an OKP key of the set cannot be decoded"},
		{"Jwks OKP [x] field is wrong length.", "an OKP key of the set has the wrong length"},
		{"[kty] is missing in [keys]", "a key of the set does not say its type"},
		{"[kty] is bad in [keys]", "the type of a key of the set is not text"},
		{"[kty] is not supported in [keys]", "the set has a key of a type that Envoy does not know"},
		{"[alg] is not started with [RS] or [PS] for an RSA key", "an RSA key of the set names an algorithm that is not RSA's"},
		{"[n] field is missing for a RSA key", "an RSA key of the set has no n"},
		{"[n] field is not string for a RSA key", "n of an RSA key of the set is not text"},
		{"[e] field is missing for a RSA key", "an RSA key of the set has no e"},
		{"[e] field is not string for a RSA key", "e of an RSA key of the set is not text"},
		{"[alg] is not started with [ES] for an EC key", "an EC key of the set names an algorithm that is not EC's"},
		{"[crv] field is not string for an EC key", "crv of an EC key of the set is not text"},
		{"[crv] or [alg] field is not supported for an EC key", "an EC key of the set has a curve that Envoy does not know"},
		{"[crv] field specified is not compatible with [alg] for an EC key", "curve and algorithm of an EC key of the set do not fit"},
		{"[x] field is missing for an EC key", "an EC key of the set has no x"},
		{"[x] field is not string for an EC key", "x of an EC key of the set is not text"},
		{"[y] field is missing for an EC key", "an EC key of the set has no y"},
		{"[y] field is not string for an EC key", "y of an EC key of the set is not text"},
		{"[alg] does not start with [HS] for an HMAC key", "a symmetric key of the set names an algorithm that is not HMAC's"},
		{"[k] field is missing for an HMAC key", "a symmetric key of the set has no k"},
		{"[k] field is not string for an HMAC key", "k of a symmetric key of the set is not text"},
		{"[alg] is not [EdDSA] for an OKP key", "an OKP key of the set names an algorithm that is not EdDSA"},
		{"[crv] field is missing for an OKP key", "an OKP key of the set has no crv"},
		{"[crv] field is not string for an OKP key", "crv of an OKP key of the set is not text"},
		{"[crv] field is not supported for an OKP key", "an OKP key of the set has a curve that Envoy does not know"},
		{"[x] field is missing for an OKP key", "an OKP key of the set has no x"},
		{"[x] field is not string for an OKP key", "x of an OKP key of the set is not text"},
		{"X509 parse pubkey internal fails: memory allocation", "a certificate of the set could not be read for lack of memory"},
		{"X509 parse pubkey fails", "a certificate of the set cannot be read"},
		{"X509 parse pubkey internal fails: get pubkey", "a certificate of the set has no key that can be used"},
		{"PEM Key type is not supported", "the set is PEM with a key of a type that Envoy does not know"},
		{"PEM pubkey parse fails", "the set is PEM that cannot be read"},
		{"PEM failed to get raw ED25519 key", "the set is PEM with an Ed25519 key that cannot be read"},
		{"Failed to create BIO due to memory allocation failure", "the key set could not be read for lack of memory"},
	} {
		out = append(out, Entry{Token, row[0], "", row[1], "401 for every token of this issuer: the key set itself is at fault, no token.",
			[]string{"jwks of the RequestAuthentication was written by hand", "jwksUri does not answer with a key set (a login page, an error)"}, mendKeySet})
	}
	return out
}()
