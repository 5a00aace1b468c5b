package catalogue

// credentialFlaws tell what is wrong with a Secret that a server names.
var credentialFlaws = []Entry{
	{Code: "SecretAbsent", Text: "it does not exist", Long: "No namespace that was read has a Secret of that name.", Help: "create it in the namespace of the gateway's pod, with tls.crt and tls.key, or correct credentialName"},
	{Code: "SecretElsewhere", Text: "it exists only in another namespace", Long: "A gateway reads Secrets only from the namespace of its own pod.", Help: "create it where the gateway's pod runs: a Secret is not read from the namespace of the Gateway or of the application"},
	{Code: "SecretWithoutKeys", Text: "it has neither tls.crt and tls.key nor cert and key", Long: "A server certificate needs both entries of a pair.", Help: "name its entries tls.crt and tls.key"},
	{Code: "SecretUnfit", Text: "its key does not match its certificate, or one of them is invalid", Long: "The gateway rejects a pair that does not match.", Help: "issue both again; openssl x509 -pubkey and openssl pkey -pubout print the same if they match"},
	{Code: "SecretWithoutAuthority", Text: "it has no ca.crt, which MUTUAL needs; nor has a Secret of that name with the suffix -cacert", Long: "A server with tls.mode MUTUAL needs the CA that signs its clients' certificates.", Help: "add the CA that signs the clients' certificates as ca.crt, or create Secret NAME-cacert with it"},
	{Code: "AuthorityAbsent", Text: "it does not exist, nor does one of that name with the suffix -cacert", Long: "A proxy that verifies a server's certificate gets the CA from the Secret NAME-cacert, or else from NAME, in its own namespace.", Help: "create Secret NAME-cacert in the namespace of the client's proxy, with the server's CA as ca.crt"},
	{Code: "AuthorityWithout", Text: "it has no ca.crt", Long: "The Secret that credentialName stands for has neither ca.crt nor cacert, so the proxy has no CA to verify the server's certificate with.", Help: "add the CA that signs the server's certificate as ca.crt"},
}

// credentialPresumptions are what answers take for granted of such Secrets.
var credentialPresumptions = []Entry{
	{Code: "PresumesSecret", Text: "Secret {0} exists, and its certificate and key are valid", Long: "The server's certificate comes from a Secret. Secrets of a cluster are not read, and files seldom contain them. Without it the handshake fails (curl 35).", Help: "check that it exists; its content need not be printed"},
	{Code: "PresumesClientSecret", Text: "Secret {0} exists and holds what the rule needs", Long: "credentialName of a DestinationRule stands for the Secret NAME-cacert, else NAME, in the namespace of the client's proxy; with MUTUAL its certificate and key come from NAME. Secrets of a cluster are not read, and files seldom contain them. Without it every request fails (503, flag UF).", Help: "check that it exists; its content need not be printed"},
	{Code: "PresumesSecretContent", Text: "the certificate and the key of Secret {0} are valid", Long: "The Secret exists, but its content was not read. With a certificate and a key that do not match, or without them, the handshake fails (curl 35).", Help: "read the certificate, which is public: kubectl get secret NAME -n NAMESPACE -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -text"},
}
