package message

import "strings"

// Any returns what a field of type google.protobuf.Any holds: the full name of the message's type, without the URL's host, and the
// message. A TypedStruct is taken for what it stands for. The name is empty where the field is not given or names no type.
func (m Message) Any(field string) (name string, value Message) {
	return m.At(field).Unwrap()
}

// Unwrap returns the full name of the type that a message names in its field "@type", and the message.
func (m Message) Unwrap() (name string, value Message) {
	name = typeName(m.Text("@type"))
	if name == "udpa.type.v1.TypedStruct" || name == "xds.type.v3.TypedStruct" {
		return typeName(m.Text("type_url")), m.At("value")
	}
	return name, m
}

func typeName(url string) string {
	return url[strings.LastIndexByte(url, '/')+1:]
}
