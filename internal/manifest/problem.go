package manifest

import (
	"regexp"
	"strings"
)

var mismatch = regexp.MustCompile(`^cannot unmarshal (\w+)(?: \S+)? into Go (?:value|struct field \w*\.(\S+)) of type (.+)$`)

// problem is what a JSON library says of a value, without the names of Go's types.
func problem(err error) string {
	text := strings.TrimPrefix(err.Error(), "json: ")
	m := mismatch.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	got := map[string]string{"array": "a list", "bool": "true or false"}[m[1]]
	if got == "" {
		got = article(m[1])
	}
	at := ""
	if m[2] != "" {
		at = m[2] + ": "
	}
	return at + "want " + wanted(m[3]) + ", got " + got
}

// wanted describes a type of Go's.
func wanted(goType string) string {
	goType = strings.TrimLeft(goType, "*")
	switch {
	case goType == "string":
		return "a string"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "a whole number"
	case strings.HasPrefix(goType, "float"):
		return "a number"
	}
	return "an object"
}

func article(word string) string {
	if word == "object" {
		return "an object"
	}
	return "a " + word
}
