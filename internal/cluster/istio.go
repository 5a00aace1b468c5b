package cluster

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// specMessage is the spec of an Istio object, which is a protobuf message; ok is false for all other kinds.
func specMessage(o reflect.Value) (m proto.Message, ok bool) {
	f := o.Elem().FieldByName("Spec")
	if !f.IsValid() {
		return nil, false
	}
	m, ok = f.Addr().Interface().(proto.Message)
	return m, ok
}

// decodeIstio decodes an Istio object part by part. The strict decoder is the faster one, and fits nearly always; where it refuses a
// field, the object's own decoder, which is the one that istiod uses, has the last word.
func decodeIstio(o reflect.Value, spec proto.Message, raw json.RawMessage) (unknown string, err error) {
	var parts struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
		Spec     json.RawMessage   `json:"spec"`
		Status   json.RawMessage   `json:"status"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", err
	}
	o.Elem().FieldByName("ObjectMeta").Set(reflect.ValueOf(parts.Metadata))
	if len(parts.Spec) > 0 && string(parts.Spec) != "null" {
		if strict := protojson.Unmarshal(parts.Spec, spec); strict != nil {
			proto.Reset(spec)
			if json.Unmarshal(parts.Spec, spec) != nil {
				return "", errors.New(words(strict))
			}
			unknown = unknownField(strict)
		}
	}
	if status := o.Elem().FieldByName("Status"); status.IsValid() && len(parts.Status) > 0 && string(parts.Status) != "null" {
		// Only what istiod itself wrote is there; nothing but a ServiceEntry's addresses is ever read of it.
		_ = json.Unmarshal(parts.Status, status.Addr().Interface())
	}
	return unknown, nil
}

// words are what the strict decoder says, without where in the text it was, and with blanks of one kind: its own vary from build to
// build.
func words(err error) string {
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
	if before, after, ok := strings.Cut(text, "): "); ok && strings.Contains(before, "(line ") {
		return after
	}
	return text
}

func unknownField(err error) string {
	if text := words(err); strings.HasPrefix(text, "unknown field ") {
		return text
	}
	return ""
}
