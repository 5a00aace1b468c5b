package catalogue

// credentialFlaws tell what is wrong with a Secret that a server names.
var credentialFlaws = []Entry{
	{Code: "SecretAbsent", Text: "it does not exist", Since: "it does not exist", Long: "No namespace that was read has a Secret of that name.", Help: "compare credentialName with the names of the Secrets in that namespace"},
	{Code: "SecretElsewhere", Text: "it exists only in another namespace", Since: "it exists only in another namespace", Long: "A gateway reads Secrets only from the namespace of its own pod.", Help: "create it where the gateway's pod runs: a Secret is not read from the namespace of the Gateway or of the application"},
	{Code: "SecretWithoutKeys", Text: "it has neither tls.crt and tls.key nor cert and key", Since: "it has neither tls.crt and tls.key nor cert and key", Long: "A server certificate needs both entries of a pair.", Help: "name its entries tls.crt and tls.key"},
	{Code: "SecretUnfit", Text: "its key does not match its certificate, or one of them is invalid", Since: "its key does not match its certificate, or one of them is invalid", Long: "The gateway rejects a pair that does not match.", Help: "issue both again; openssl x509 -pubkey and openssl pkey -pubout print the same if they match"},
	{Code: "SecretWithoutAuthority", Text: "it has no ca.crt, nor has a Secret of that name with the suffix -cacert", Since: "it has no ca.crt", Long: "A server with tls.mode MUTUAL needs the CA that signs its clients' certificates.", Help: "add ca.crt"},
}

// credentialPresumptions are what answers take for granted of such Secrets.
var credentialPresumptions = []Entry{
	{Code: "PresumesSecret", Text: "Secret {0} exists, and its certificate and key are valid", Long: "The server's certificate comes from a Secret. Secrets of a cluster are not read, and files seldom contain them. Without it the handshake fails (curl 35).", Help: "check that it exists; its content need not be printed"},
}
