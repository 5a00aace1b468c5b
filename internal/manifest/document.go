package manifest

import (
	"fmt"
	"strings"
)

// document is an object as it stood in a file.
type document struct {
	at   position
	json []byte // without the items of a List, and without what no decision reads
	head []byte // what of it tells kind and name, as JSON; nil where it is no object
	list *list  // that it is an item of
	of   parent // what was known of that List when the object was read
	ends *list  // the List that it is itself
	yaml *text  // what it is to be read from, where that has not been done
}

// A position says where a document stood.
type position struct {
	file  string
	index int // the document's number in the file, from 1
	item  int // the object's number in a List, from 1; 0 outside of one
}

func (p position) String() string {
	s := p.file
	if p.index > 0 {
		s = fmt.Sprintf("%s: document %d", p.file, p.index)
	}
	if p.item > 0 {
		s += fmt.Sprintf(", item %d", p.item)
	}
	return s
}

// list is a List, or what may turn out to be one: its kind can stand behind its items.
type list struct {
	at    position
	depth int // in how many Lists it is

	before  *mark       // what had been kept when its first item came
	pending []*document // items whose kind only the List tells
}

// parent is what a List says of its items.
type parent struct{ kind, apiVersion string }

// nobody is the parent of objects that are in no List.
var nobody = parent{kind: "List"}

// itemKind is the kind that the List gives to items which name none.
func (p parent) itemKind() string {
	if p.kind == "List" {
		return ""
	}
	return strings.TrimSuffix(p.kind, "List")
}

// text is YAML that becomes an object, or a List with its items.
type text struct {
	yaml []byte
	line int        // of the file, before it
	dash bool       // it is an item of a List, as it stands there
	json *errSyntax // what a reader of JSON said of it
}
