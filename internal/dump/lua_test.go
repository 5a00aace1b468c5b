package dump

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/lua"
)

// TestLua hides texts by where they stand.
func TestLua(t *testing.T) {
	for in, want := range map[string]string{
		`h:headers():add("x-team", "red")`:                                                        `h:headers():add("x-team", "red")`,
		`h:headers():add("authorization", "Basic SECRET")`:                                        `h:headers():add("authorization", "redacted")`,
		`h:headers():replace('x-api-key', 'SECRET')`:                                              `h:headers():replace('x-api-key', "redacted")`,
		`h:headers():add("x-note", "ghp_abcdefghij0123456789")`:                                   `h:headers():add("x-note", "redacted")`,
		`h:headers():add(name, "SECRET1")`:                                                        `h:headers():add(name, "redacted")`,
		`h:headers():add("x-a", "v" .. "SECRET1")`:                                                `h:headers():add("x-a", "v" .. "redacted")`,
		`if h:headers():get("x-user") == "SECRET" then end`:                                       `if h:headers():get("x-user") == "redacted" then end`,
		`if x == "admin" or "root" ~= y then end`:                                                 `if x == "redacted" or "redacted" ~= y then end`,
		`local header = "x-user"`:                                                                 `local header = "x-user"`,
		`local password = "correct"`:                                                              `local password = "redacted"`,
		`local key = 'SECRET1'`:                                                                   `local key = "redacted"`,
		`h:respond({[":status"] = "403"}, "no entry")`:                                            `h:respond({[":status"] = "403"}, "no entry")`,
		`h:respond({[":status"] = "403", ["x-k"] = "SECRET"}, "the password is SECRET")`:          `h:respond({[":status"] = "403", ["x-k"] = "redacted"}, "the password is redacted")`,
		`h:respond({[":status"]="302",["location"]="https://u:SECRET@h/x?token=SECRET"})`:         `h:respond({[":status"]="302",["location"]="https://redacted@h/x?token=redacted"})`,
		`h:respond({status = "200"})`:                                                             `h:respond({status = "200"})`,
		`h:httpCall("authz", {[":path"] = "/SECRET", [":authority"] = "SECRET"}, "SECRET", 5000)`: `h:httpCall("authz", {[":path"] = "redacted", [":authority"] = "redacted"}, "redacted", 5000)`,
		"-- SECRET\nx = 1 --[[ SECRET\n SECRET ]] y = 2 --[==[ SECRET ]] ]==]":                    "\nx = 1 \n y = 2 ",
		"a = [[SECRET]] b = [=[SECRET]]]=]":                                                       `a = "redacted" b = "redacted"`,
		`a = "un\"SECRET" .. 'SECRET\\'`:                                                          `a = "redacted" .. "redacted"`,
		`a = "SECRET that does not end`:                                                           `a = "redacted`,
		"a = [[SECRET that does not end":                                                          `a = "redacted`,
		`a = "redacted" h:headers():add("x-token", "redacted")`:                                   `a = "redacted" h:headers():add("x-token", "redacted")`,
		"\x1bLuaSECRET": "\x1bredacted",
		"":              "",
	} {
		if got := newDump().lua(in); got != want {
			t.Errorf("%s\ngot:  %s\nwant: %s", in, got, want)
		}
	}
}

// TestLuaDoesTheSame: a script without its texts does the same to a request, by all that is read of it.
func TestLuaDoesTheSame(t *testing.T) {
	names, err := filepath.Glob("../../pkg/envoyfilter/lua/testdata/*.txtar")
	if err != nil || len(names) < 20 {
		t.Fatal(names, err)
	}
	scripts := []string{`local s = "\x41" function envoy_on_request(h) end`, "-- 10LL\nfunction envoy_on_request(h) h:headers():add('a', 'SECRET') end"}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".lua") || strings.Contains(string(f.Data), "envoy_on_") {
				scripts = append(scripts, string(f.Data))
			}
		}
	}
	if len(scripts) < 20 {
		t.Fatalf("only %d scripts", len(scripts))
	}
	for _, code := range scripts {
		got := newDump().lua(code)
		if before, after := deeds(code), deeds(got); !reflect.DeepEqual(before, after) {
			t.Errorf("%s\nbecame\n%s\n%+v\n%+v", code, got, before, after)
		}
		if again := newDump().lua(got); again != got {
			t.Errorf("%s\nwritten again is\n%s", got, again)
		}
	}
}

// deeds are what a script does, without the texts that it writes.
func deeds(code string) lua.Script {
	s := lua.Read(code)
	for _, side := range []lua.Side{s.Request, s.Response} {
		for i := range side.Acts {
			side.Acts[i].Value, side.Acts[i].Body, side.Acts[i].Location = "", "", ""
		}
	}
	return s
}

// FuzzLua takes anything for a script: no text of it stays but names, and it does the same.
//
//	go test ./internal/dump -fuzz FuzzLua -fuzztime 1m
func FuzzLua(f *testing.F) {
	for _, s := range []string{"x = 1", `h:add("a", "b")`, "--[[", "[==[ ]=] ]==]", `"\z"`, "'", `{["a"]="b"}`, ")}]", "function envoy_on_request(h) h:headers():add('a', 'b') end"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		got := newDump().lua(code + "\nx = 'MARKER1'\n-- MARKER2\n")
		if strings.Contains(got, "MARKER") && !strings.Contains(code, "MARKER") {
			t.Errorf("%q became %q", code, got)
		}
		got = newDump().lua(code)
		if before, after := lua.Read(code), lua.Read(got); before.Refused != after.Refused && !before.Opaque && !after.Opaque || before.Opaque && !after.Opaque {
			t.Errorf("%q became %q: %+v, %+v", code, got, before, after)
		}
		if again := newDump().lua(got); again != got {
			t.Errorf("%q became %q, and then %q", code, got, again)
		}
	})
}
