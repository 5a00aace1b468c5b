package catalogue

// credentialFlaws tell what is wrong with a Secret that a server names.
var credentialFlaws = []Entry{
	{Code: "SecretAbsent", Text: "there is none of that name", Since: "there is none of that name", Help: "compare credentialName with the names of the Secrets in that namespace"},
	{Code: "SecretElsewhere", Text: "there is one of that name in another namespace", Since: "there is one of that name in another namespace", Help: "put it where the gateway's pod runs: a Secret is not read from the namespace of the Gateway or of the application"},
	{Code: "SecretWithoutKeys", Text: "it has neither tls.crt and tls.key nor cert and key", Since: "it has neither tls.crt and tls.key nor cert and key", Help: "name its entries tls.crt and tls.key"},
	{Code: "SecretUnfit", Text: "its key does not belong to its certificate, or they are none", Since: "its key does not belong to its certificate, or they are none", Help: "issue both anew; openssl x509 -pubkey and openssl pkey -pubout print the same where they fit"},
	{Code: "SecretWithoutAuthority", Text: "it has no ca.crt, and no Secret of that name with -cacert behind it has one", Since: "it has no ca.crt", Help: "add ca.crt: a server of mode MUTUAL needs to know who signs the certificates of its clients"},
}

// credentialPresumptions are what answers take for granted of such Secrets.
var credentialPresumptions = []Entry{
	{Code: "PresumesSecret", Text: "Secret {0} is there, and its certificate and key are good", Long: "The server's certificate comes from a Secret. Secrets of a cluster are not read, and files seldom hold them. Without it the handshake fails (curl 35).", Help: "look whether it is there; its content need not be printed"},
}
