package message

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesh-why/mesh-why/internal/golden"
)

func parse(t *testing.T, data []byte) Message {
	t.Helper()
	var m Message
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return m
}

// TestMerge goes through testdata/merge: base.json, patch.json, and what comes of them by MERGE (merged.json) and by
// MERGE_AND_REPLACE_LIST (replaced.json).
func TestMerge(t *testing.T) {
	golden.Cases(t, "testdata/merge", func(t *testing.T, c *golden.Case) {
		base, patch := parse(t, []byte(c.File("base.json"))), parse(t, []byte(c.File("patch.json")))
		before := text(base) + text(patch)
		c.Check(t, "merged.json", text(Merge(base, patch)))
		c.Check(t, "replaced.json", text(MergeReplacingLists(base, patch)))
		if after := text(base) + text(patch); before != after {
			t.Errorf("an argument was changed: %s", after)
		}
	})
}

func text(m Message) string {
	out, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(out) + "\n"
}

func TestFields(t *testing.T) {
	m := parse(t, []byte(`{"@type": "x", "inlineCode": "a", "clear_route_cache": false, "list": [{"k": 1}, 2], "none": null,
		"big": "9223372036854775807", "wait": "1.5s", "m": {"typedConfig": {"@type": "type.googleapis.com/p.T", "y": true}}, "names": ["a", 3, "b"]}`))
	if got := m.Text("inline_code"); got != "a" {
		t.Errorf("Text: %q", got)
	}
	if m.Has("none") || !m.Has("clear_route_cache") || m.Flag("clear_route_cache") {
		t.Error("Has or Flag")
	}
	if n, ok := m.Number("big"); !ok || n < 9e18 {
		t.Errorf("Number: %v %v", n, ok)
	}
	if _, ok := m.Number("wait"); ok {
		t.Error("a duration is no number")
	}
	if d, ok := m.Duration("wait"); !ok || d.Milliseconds() != 1500 {
		t.Errorf("Duration: %v %v", d, ok)
	}
	if n := len(m.List("list")); n != 1 {
		t.Errorf("List: %d", n)
	}
	if d := cmp.Diff([]string{"a", "b"}, m.Texts("names")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"big", "clear_route_cache", "inline_code", "list", "m", "names", "wait"}, m.Fields()); d != "" {
		t.Error(d)
	}
	if name, v := m.At("m").Any("typed_config"); name != "p.T" || !v.Flag("y") {
		t.Errorf("Any: %q %v", name, v)
	}
	if got := m.At("m", "nothing", "deeper"); got != nil {
		t.Errorf("At: %v", got)
	}
	var none Message
	if name, v := none.Any("typed_config"); name != "" || v != nil {
		t.Errorf("Any of nothing: %q %v", name, v)
	}
}

func TestTypedStruct(t *testing.T) {
	for _, kind := range []string{"udpa.type.v1.TypedStruct", "xds.type.v3.TypedStruct"} {
		m := parse(t, []byte(`{"typed_config": {"@type": "type.googleapis.com/`+kind+`", "type_url": "type.googleapis.com/a.b.C", "value": {"x": 1}}}`))
		name, v := m.Any("typed_config")
		if n, _ := v.Number("x"); name != "a.b.C" || n != 1 {
			t.Errorf("%s: %q %v", kind, name, v)
		}
	}
}
