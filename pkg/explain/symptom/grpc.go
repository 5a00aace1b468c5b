package symptom

// grpcStatuses are gRPC's statuses, as a proxy gives them in place of an HTTP status (Grpc::Utility::httpToGrpcStatus).
var grpcStatuses = []Entry{
	{GRPC, "0", "OK", "the call succeeded", "The application answered.", []string{"all is well"}, []string{"nothing"}},
	{GRPC, "1", "CANCELLED", "the caller cancelled the call", "Proxies log flag DR or DC.", []string{"the caller gave up"}, []string{"look at the caller"}},
	{GRPC, "2", "UNKNOWN", "the answer has no status that gRPC knows", "Often an HTTP status that a proxy or a server that is not gRPC gave.", []string{"the application failed", "a redirect or an HTML page was answered"}, []string{"look at the HTTP status"}},
	{GRPC, "3", "INVALID_ARGUMENT", "the message is not acceptable", "No proxy of Istio gives this status itself.", []string{"the application refuses the message"}, []string{"read the application's log"}},
	{GRPC, "4", "DEADLINE_EXCEEDED", "the deadline passed", "The caller's, or 504 of a proxy (flag UT).", []string{"timeout of the VirtualService, or the caller's deadline, is shorter than the call takes"}, []string{"kubectl mesh-why SOURCE DESTINATION --trace"}},
	{GRPC, "5", "NOT_FOUND", "nothing is there", "No proxy of Istio gives this status itself: its 404 becomes UNIMPLEMENTED.", []string{"the application has no such thing"}, []string{"read the application's log"}},
	{GRPC, "6", "ALREADY_EXISTS", "it is there already", "No proxy of Istio gives this status itself.", []string{"the application refuses"}, []string{"read the application's log"}},
	{GRPC, "7", "PERMISSION_DENIED", "the call was denied", "What 403 is for HTTP: \"RBAC: access denied\" is an AuthorizationPolicy.", []string{"a DENY policy matches, or no ALLOW policy does", "an external authorizer refused"}, []string{"kubectl mesh-why SOURCE DESTINATION -H 'content-type: application/grpc'"}},
	{GRPC, "8", "RESOURCE_EXHAUSTED", "a limit was hit", "What 429 is for HTTP, where the rate limit says so.", []string{"a rate limit by EnvoyFilter", "the application's own limit, or a message that is too large"}, []string{"kubectl get envoyfilters -A; look for ratelimit"}},
	{GRPC, "9", "FAILED_PRECONDITION", "the state does not allow it", "No proxy of Istio gives this status itself.", []string{"the application refuses"}, []string{"read the application's log"}},
	{GRPC, "10", "ABORTED", "the call was aborted", "No proxy of Istio gives this status itself.", []string{"the application aborted a transaction"}, []string{"read the application's log"}},
	{GRPC, "11", "OUT_OF_RANGE", "out of range", "No proxy of Istio gives this status itself.", []string{"the application refuses"}, []string{"read the application's log"}},
	{GRPC, "12", "UNIMPLEMENTED", "there is no such method", "What 404 is for HTTP: no route of a proxy takes the call (flag NR), or the server has no such method.", []string{"the service or method name differs", "no route of the VirtualService takes the path /PACKAGE.SERVICE/METHOD"}, []string{"kubectl mesh-why SOURCE DESTINATION --path /PACKAGE.SERVICE/METHOD"}},
	{GRPC, "13", "INTERNAL", "gRPC's own protocol was broken", "400 of a proxy becomes INTERNAL.", []string{"HTTP/1.1 where HTTP/2 is needed: the port is not named grpc or http2", "an application that speaks no gRPC"}, []string{"name the Service port grpc, or set appProtocol"}},
	{GRPC, "14", "UNAVAILABLE", "the server could not be used", "What 503 is for HTTP, also 429, 502 and 504: the flag of the proxy's log says why.", []string{"TLS on one side and plaintext on the other", "no ready pod", "the server is restarting"}, []string{"kubectl mesh-why SOURCE DESTINATION", "look up the flag of the access log"}},
	{GRPC, "15", "DATA_LOSS", "data was lost", "No proxy of Istio gives this status itself.", []string{"the application says so"}, []string{"read the application's log"}},
	{GRPC, "16", "UNAUTHENTICATED", "the token was refused", "What 401 is for HTTP: a RequestAuthentication does not accept the token.", []string{"the token has expired, or its issuer is unknown"}, []string{"kubectl mesh-why SOURCE DESTINATION --jwt-file FILE"}},
}
