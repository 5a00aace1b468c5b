package expect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mesh-why/mesh-why/internal/question"
	"github.com/mesh-why/mesh-why/pkg/explain"
	"github.com/mesh-why/mesh-why/pkg/explain/redact"
	"github.com/mesh-why/mesh-why/pkg/resolve/flow"
)

func asked(settled bool, outcomes ...explain.Outcome) Asked {
	e := &explain.Explanation{Verdict: explain.Verdict{Settled: settled, Summary: "X   a.b -> c.d:80   GET /", Outcomes: outcomes}}
	return Asked{Question: question.Question{From: "a.b", To: "c.d:80/", Method: "GET"}, Answer: e, Hide: &redact.Redactor{}}
}

func TestSave(t *testing.T) {
	denied := explain.Outcome{Result: flow.Answered, Status: 403, Reason: "RBACNoAllowMatched"}
	reaches := explain.Outcome{Result: flow.Reaches, Reason: "ApplicationReached"}
	part := func(o explain.Outcome, f float64) explain.Outcome { o.Share = share(f); return o }
	for _, row := range []struct {
		name  string
		asked Asked
		want  string
	}{
		{"one outcome", asked(true, denied), "  expect: {result: answered, status: 403, reason: RBACNoAllowMatched}\n"},
		{"the application", asked(true, reaches), "  expect: {result: reaches}\n"},
		{"several", asked(true, part(reaches, 0.9), part(denied, 0.1)), "  expect: [{result: reaches, share: 0.9}, {result: answered, status: 403, reason: RBACNoAllowMatched, share: 0.1}]\n"},
		{"what some callers see alone is not expected", asked(true, part(reaches, 1), part(denied, 0)), "  expect: {result: reaches}\n"},
		{"not settled", asked(false, reaches, denied), "# not settled when this was saved, so nothing is expected\n- name:"},
	} {
		name := filepath.Join(t.TempDir(), "saved.yaml")
		if _, err := Save(name, row.asked); err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		data, _ := os.ReadFile(name)
		if !strings.Contains(string(data), row.want) {
			t.Errorf("%s: %s, want %s", row.name, data, row.want)
		}
		f, err := Load(name, nil)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if got := f.Requests[0].Check(row.asked.Answer); row.asked.Answer.Verdict.Settled && got != Met {
			t.Errorf("%s: the answer that was saved does not meet what was saved: %v", row.name, got)
		}
	}
}

// TestSaveKeeps: a file that was not understood, or that a link stands for, is what it was or what it was with one more request.
func TestSaveKeeps(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file.yaml"), filepath.Join(dir, "link.yaml")
	if err := os.WriteFile(file, []byte(head+"- {from: a, to: b}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	if _, err := Save(link, asked(true, explain.Outcome{Result: flow.Reaches})); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of the file is another: %v %v", info.Mode(), err)
	}
	if f, err := Load(file, nil); err != nil || len(f.Requests) != 2 {
		t.Errorf("%v %v", f, err)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 2 {
		t.Errorf("files were left behind: %v", left)
	}
}

// TestSaveHides: no part of a secret is written, wherever it stands in the question.
func TestSaveHides(t *testing.T) {
	const secret = "MARKER"
	for name, change := range map[string]func(*Asked){
		"token":     func(a *Asked) { a.Question.Token = secret },
		"stdin":     func(a *Asked) { a.Question.Token, a.TokenFile = secret, "-" },
		"file":      func(a *Asked) { a.Question.Token, a.TokenFile = secret, "token" },
		"variable":  func(a *Asked) { a.Question.Token, a.TokenEnv = secret, "TOKEN" },
		"header":    func(a *Asked) { a.Question.Headers = flow.Headers{{Name: "x-api-key", Value: secret}} },
		"parameter": func(a *Asked) { a.Question.To = "c.d:80/?token=" + secret + "&b=c" },
	} {
		a := asked(true, explain.Outcome{Result: flow.Reaches})
		change(&a)
		file := filepath.Join(t.TempDir(), "saved.yaml")
		note, err := Save(file, a)
		data, _ := os.ReadFile(file)
		if err != nil || strings.Contains(note+string(data), secret) {
			t.Errorf("%s: %v %s %s", name, err, note, data)
		}
		if expects := strings.Contains(string(data), "\n  expect:"); expects != (name == "file" || name == "variable") {
			t.Errorf("%s: %s", name, data)
		}
	}
}

// FuzzSave: whatever stands in the file, it is left as it was, or holds what it held and the request.
func FuzzSave(f *testing.F) {
	for _, s := range []string{"", head + "- {from: a, to: b}\n", head + "  - from: a\n    to: b # c\n  # d\nmetadata: {a: b}\n",
		"apiVersion: mesh-why/v1alpha1\nkind: Expectations\nrequests: [{from: a, to: b}]", head + "- from: a\n  to: |\n    b\n\n    c\n...\n",
		`{"apiVersion":"mesh-why/v1alpha1","kind":"Expectations","requests":[{"from":"a","to":"b"}]}`, head + "- &a {from: a, to: b}\n- *a\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := &File{}
		if strings.TrimSpace(text) != "" && file.decode([]byte(text)) != nil {
			return
		}
		e := newEntry(asked(true, explain.Outcome{Result: flow.Reaches}), ".")
		got, err := appended([]byte(text), file, e)
		if err != nil {
			return
		}
		if err := file.grewTo(got, e); err != nil {
			t.Errorf("%v: %s", err, got)
		}
	})
}
