package manifest

import (
	"reflect"
	"sync"
)

// sizeOf is about the memory that an object takes, with all that it points at.
func sizeOf(o any) int {
	v := reflect.ValueOf(o)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return 0
	}
	return beneath(v)
}

// beneath is what a value points at takes.
func beneath(v reflect.Value) int {
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return 0
		}
		e := v.Elem()
		return int(e.Type().Size()) + beneath(e)
	case reflect.Slice:
		n := v.Cap() * int(v.Type().Elem().Size())
		if !points(v.Type().Elem()) {
			return n
		}
		for i := range v.Len() {
			n += beneath(v.Index(i))
		}
		return n
	case reflect.Map:
		const more = 2 // a map has empty places, and its own records
		n := more * v.Len() * int(v.Type().Key().Size()+v.Type().Elem().Size())
		for it := v.MapRange(); it.Next(); {
			n += beneath(it.Key()) + beneath(it.Value())
		}
		return n
	case reflect.Struct:
		n := 0
		for _, i := range pointing(v.Type()) {
			n += beneath(v.Field(i))
		}
		return n
	}
	return 0
}

// pointing are the fields of a struct that can point at memory of their own. Those of a message that the library keeps for itself are left out.
func pointing(t reflect.Type) []int {
	if known, ok := pointingOf.Load(t); ok {
		return known.([]int)
	}
	var out []int
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && points(f.Type) {
			out = append(out, i)
		}
	}
	pointingOf.Store(t, out)
	return out
}

var pointingOf sync.Map

// points reports whether values of a type can point at memory of their own.
func points(t reflect.Type) bool { return t.Kind() >= reflect.Array }
