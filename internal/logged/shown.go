package logged

import (
	"reflect"

	"github.com/mesh-why/mesh-why/pkg/accesslog"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
)

// shown is an entry as it may be shown: whoever sends a request writes most of a line, so every text of it may hold a secret.
func shown(e *accesslog.Entry) *accesslog.Entry {
	own := *e
	if e.Connection != nil {
		c := *e.Connection
		own.Connection = &c
	}
	own.Flags = append([]string(nil), e.Flags...)
	hideTexts(reflect.ValueOf(&own).Elem())
	return &own
}

// hideTexts goes through the texts of an entry that nobody else reads.
func hideTexts(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(redact.Text(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			hideTexts(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() { // a time has fields of its own
				hideTexts(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			hideTexts(v.Index(i))
		}
	}
}
