package question_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

const secret = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"

// TestHidden: whichever text of a question holds a secret, what is shown of the question does not. A new field is in it too, or this test fails.
func TestHidden(t *testing.T) {
	for i, fields := 0, reflect.TypeFor[question.Question](); i < fields.NumField(); i++ {
		var q question.Question
		switch v := reflect.ValueOf(&q).Elem().Field(i); {
		case v.Kind() == reflect.String:
			v.SetString(secret)
		case v.Type() == reflect.TypeFor[flow.Headers]():
			q.Headers = flow.Headers{{Name: "x-note", Value: "see " + secret}, {Name: "cookie", Value: "a=opaque-value"}}
		}
		shown := fmt.Sprintf("%+v", q.Hidden(&redact.Redactor{}))
		if strings.Contains(shown, secret[20:]) || strings.Contains(shown, "opaque-value") {
			t.Errorf("%s: %s", fields.Field(i).Name, shown)
		}
	}
}

// TestMisplaced: a token where a name belongs is noticed, and one where it belongs is not.
func TestMisplaced(t *testing.T) {
	carriers := map[string]bool{"Path": true, "Token": true}
	for i, fields := 0, reflect.TypeFor[question.Question](); i < fields.NumField(); i++ {
		q := question.Question{From: "sleep.foo", To: "httpbin.bar:8000/x?access_token=" + secret, Method: "GET", Host: "shop.example.com"}
		v := reflect.ValueOf(&q).Elem().Field(i)
		if v.Kind() != reflect.String {
			continue
		}
		if part := q.Misplaced(); part != "" {
			t.Fatalf("%+v: %s", q, part)
		}
		v.SetString(secret)
		if name := fields.Field(i).Name; (q.Misplaced() == "") != carriers[name] {
			t.Errorf("a token as %s: %q", name, q.Misplaced())
		}
	}
}
