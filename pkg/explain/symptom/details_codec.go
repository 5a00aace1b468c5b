package symptom

// Causes and steps that many details of codecs share.
var (
	clientSends = []string{"the caller's HTTP library, or a request that was written by hand", "a scanner"}
	wrongTongue = []string{"the caller does not speak the protocol of this port: TLS, HTTP/2 or no HTTP at all", "a request that was written by hand"}
	mendCaller  = []string{"correct the caller: curl -v shows what it sends"}
	compareName = []string{"compare the Service port's name or appProtocol with what the caller sends", "kubectl mesh-why SOURCE DESTINATION --trace tells how the port is read"}
	mendServer  = []string{"fix the application's answer: kubectl exec POD -c CONTAINER -- curl -v localhost:PORT"}
)

// codecDetails are the details of Envoy's HTTP codecs (source/common/http/http1/codec_impl.cc, http2/codec_impl.cc,
// source/common/quic/envoy_quic_utils.h, source/common/http/header_utility and the universal header validator). They come with flag DPE
// where the caller's side broke the protocol, and with UPE where the next hop did.
var codecDetails = []Entry{
	{Detail, "http1.codec_error", "", "what came is not HTTP/1.1", "The caller gets 400, or the connection is closed.", wrongTongue, compareName},
	{Detail, "http1.https_in_plaintext", "", "TLS came to a port that is read as plain HTTP", "The first bytes are a TLS handshake. The connection is closed; curl exits with 35.",
		[]string{"an https:// URL to a port that is declared http", "a DestinationRule with tls SIMPLE towards a port that speaks plaintext"}, compareName},
	{Detail, "http1.headers_too_large", "", "the headers are too large", "The caller gets 431; the limit is 60 KiB by default.",
		[]string{"large cookies or tokens"}, []string{"make cookies and tokens smaller, or raise max_request_headers_kb by EnvoyFilter"}},
	{Detail, "http1.too_many_headers", "", "there are too many headers", "The caller gets 431; 100 are allowed by default.",
		[]string{"a client or a proxy before this one that adds headers without end"}, []string{"send fewer headers"}},
	{Detail, "http1.invalid_characters", "", "a header has characters that it cannot have", "The caller gets 400.", clientSends, mendCaller},
	{Detail, "http1.connection_header_rejected", "", "the Connection header cannot be read", "The caller gets 400.", clientSends, mendCaller},
	{Detail, "http1.invalid_url", "", "the URL of the request is not valid", "The caller gets 400.", clientSends, mendCaller},
	{Detail, "http1.invalid_method", "", "the method is not one of HTTP", "The caller gets 400.", wrongTongue, mendCaller},
	{Detail, "http1.invalid_scheme", "", "the scheme of the request is not valid", "The caller gets 400.", clientSends, mendCaller},
	{Detail, "http1.invalid_transfer_encoding", "", "the Transfer-Encoding is not one that the proxy takes", "On a request 400 or 501; on an answer 502 with flag UPE.",
		[]string{"the application or a client sends Transfer-Encoding twice, or another than chunked"}, mendServer},
	{Detail, "http1.body_disallowed", "", "a body came where none may be", "The caller gets 400.", clientSends, mendCaller},
	{Detail, "http1.transfer_encoding_not_allowed", "", "an answer has Transfer-Encoding where it may not", "The caller gets 502 with flag UPE.",
		[]string{"the application sends Transfer-Encoding with 1xx, 204 or an answer to CONNECT"}, mendServer},
	{Detail, "http1.content_length_not_allowed", "", "an answer has Content-Length where it may not", "The caller gets 502 with flag UPE.",
		[]string{"the application sends Content-Length with 1xx, 204 or an answer to CONNECT"}, mendServer},
	{Detail, "http1.content_length_and_chunked_not_allowed", "", "there are both Content-Length and Transfer-Encoding", "On a request 400, on an answer 502: a known way to smuggle requests.",
		[]string{"the application or a client sends both"}, mendServer},
	{Detail, "http1.unexpected_underscore", "", "a header's name has an underscore", "The caller gets 400, because the proxy is set to refuse those.",
		[]string{"headers_with_underscores_action REJECT_REQUEST, by EnvoyFilter or at a gateway"}, []string{"name the header with a dash"}},
	{Detail, "http2.invalid.header.field", "", "a header of the HTTP/2 stream is not valid", "The stream is reset, or 400.", clientSends, mendCaller},
	{Detail, "http2.violation.of.messaging.rule", "", "the HTTP/2 stream breaks a rule of HTTP", "The stream is reset. A body of another length than Content-Length is the usual case.",
		[]string{"Content-Length and body differ", "a header that HTTP/2 forbids, such as Connection or Transfer-Encoding"}, mendCaller},
	{Detail, "http2.unknown.nghttp2.error", "", "the HTTP/2 codec failed in a way that it has no name for", "The stream or the connection is reset.", wrongTongue, compareName},
	{Detail, "http2.unknown.oghttp2.error", "", "the HTTP/2 codec failed in a way that it has no name for", "The stream or the connection is reset.", wrongTongue, compareName},
	{Detail, "http2.too_many_headers", "", "there are too many headers", "The caller gets 431; 100 are allowed by default.", clientSends, mendCaller},
	{Detail, "http2.outbound_frames_flood", "", "the proxy would have to send too many HTTP/2 frames", "The connection is closed, as a defence against a flood.",
		[]string{"a client that opens streams and does not read answers"}, []string{"find the client by its address"}},
	{Detail, "http2.inbound_empty_frames_flood", "", "too many empty HTTP/2 frames came", "The connection is closed, as a defence against a flood.",
		[]string{"a faulty or hostile client"}, []string{"find the client by its address"}},
	{Detail, "http2.unexpected_underscore", "", "a header's name has an underscore", "The stream is reset, because the proxy is set to refuse those.",
		[]string{"headers_with_underscores_action REJECT_REQUEST"}, []string{"name the header with a dash"}},
	{Detail, "http2.remote_refuse", "", "the other side refused the HTTP/2 stream", "On the caller's side flag DR; on the next hop's the request may be repeated.",
		[]string{"the other side is shutting down, or has too many streams"}, []string{"look for restarts and limits at the other side"}},
	{Detail, "http2.remote_reset", "", "the other side reset the HTTP/2 stream", "With flag DR it was the caller: it gave up, and the status is 0.",
		[]string{"the caller's deadline passed", "the caller cancelled", "a timeout of a proxy before this one"}, []string{"compare the line's duration with the caller's deadline"}},
	{Detail, "http3.invalid_header_field", "", "a header of the HTTP/3 stream is not valid", "The stream is reset.", clientSends, mendCaller},
	{Detail, "http3.headers_too_large", "", "the headers are too large", "The caller gets 431.", clientSends, mendCaller},
	{Detail, "http3.unexpected_underscore", "", "a header's name has an underscore", "The stream is reset, because the proxy is set to refuse those.", clientSends, mendCaller},
	{Detail, "http3.remote_refuse", "", "the other side refused the HTTP/3 stream", "The request was not handled.", clientSends, mendCaller},
	{Detail, "http3.remote_reset", "", "the other side reset the HTTP/3 stream", "With flag DR it was the caller.", clientSends, mendCaller},
	{Detail, "http3.too_many_trailers", "", "there are too many trailers", "The stream is reset.", clientSends, mendCaller},
	{Detail, "http3.too_many_headers", "", "there are too many headers", "The caller gets 431.", clientSends, mendCaller},
	{Detail, "http3.inconsistent_content_length", "", "Content-Length and body differ", "The stream is reset.", clientSends, mendCaller},
	{Detail, "uhv", "", "the header validator refuses the request: {text|RULE}", "The caller gets 400. The universal header validator checks names, values and the path.",
		[]string{"a header, the host, the method or the path has characters that it cannot have", "%00, an encoded slash or a fragment in the path"}, mendCaller},
}
