//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

var full = flag.Bool("full", false, "try all inputs, which takes minutes")

// mostMemory is what the program may take for any input of 60 MiB, in bytes.
const mostMemory = 1 << 30

// large is an input that is larger, or stands for more, than a mistaken memory would hold.
type large struct {
	name string
	text func(w io.Writer) // writes it to standard input
	want string            // the last line of the error; none where there is an answer
}

const mib60 = 60 << 20

// repeated writes a head, and a text again and again until 60 MiB are written.
func repeated(head, text, tail string) func(io.Writer) {
	return func(w io.Writer) {
		part := strings.Repeat(text, 1+(64<<10)/len(text))
		_, err := io.WriteString(w, head)
		for n := 0; n < mib60 && err == nil; n += len(part) {
			_, err = io.WriteString(w, part)
		}
		_, _ = io.WriteString(w, tail) // who has read enough does not read on
	}
}

// counted writes a head, and objects with numbers until 60 MiB are written.
func counted(head, format, between, tail string) func(io.Writer) {
	return func(w io.Writer) {
		out := &bytes.Buffer{}
		out.WriteString(head)
		var err error
		for i, n := 0, 0; n < mib60 && err == nil; i++ {
			if i > 0 {
				out.WriteString(between)
			}
			fmt.Fprintf(out, format, i)
			if out.Len() > 64<<10 {
				n += out.Len()
				_, err = out.WriteTo(w)
			}
		}
		out.WriteString(tail)
		_, _ = out.WriteTo(w)
	}
}

func exactly(text string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, text) }
}

const (
	tooLong = "error: standard input: document 1: larger than 8 MiB, and an API server stores no object of more than 1.5 MiB"
	tooMany = "error: standard input: more than 500000 objects"
	enough  = "standard input: the rest is not checked; fix these first"
	kept    = "error: standard input: the objects that matter take more than 341 MiB of memory, in all files; --max-input raises the limit"
	noList  = "error: standard input: document 1: larger than 4 MiB, and no List as kubectl prints it, whose items would be read one by one; of JSON (-o json) any List is"
	nobody  = `error: pod "sleep" is not in namespace "foo"`
	head    = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	list    = `{"apiVersion":"v1","kind":"List","items":[`
	policy  = `{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"a%d"},"spec":{"rules":[`
)

// bomb is a pod whose annotation stands for 5.6 GB.
var bomb = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"sleep","namespace":"foo","labels":{"security.istio.io/tlsMode":"istio"},"annotations":{"proxy.istio.io/config":"a: &x \"` + strings.Repeat("y", 130_000) +
	`\"\nl: [` + strings.Repeat("*x,", 43_000) + `*x]\n"}},"spec":{"containers":[{"name":"sleep"},{"name":"istio-proxy","image":"istio/proxyv2:1.31.0","args":["proxy","sidecar"]}]},"status":{"phase":"Running","podIP":"10.1.0.10"}}`

// meshBomb is a mesh config that stands for as much.
var meshBomb = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"istio","namespace":"istio-system"},"data":{"mesh":"trustDomain: &x \"` + strings.Repeat("y", 130_000) + `\"\ntrustDomainAliases: [` + strings.Repeat("*x,", 43_000) + `*x]\n"}}`

// asker is the mesh of the question, as items of a List, and asPrinted is a pod as an API server prints it, with what no decision reads.
const asker = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"sleep","namespace":"foo"},"spec":{"containers":[{"name":"sleep"}]},"status":{"phase":"Running","podIP":"10.1.0.10"}},
{"apiVersion":"v1","kind":"Pod","metadata":{"name":"httpbin","namespace":"bar","labels":{"app":"httpbin"}},"spec":{"containers":[{"name":"httpbin","ports":[{"containerPort":8080}]}]},"status":{"phase":"Running","podIP":"10.1.0.11","conditions":[{"type":"Ready","status":"True"}]}},
{"apiVersion":"v1","kind":"Service","metadata":{"name":"httpbin","namespace":"bar"},"spec":{"clusterIP":"10.2.0.10","selector":{"app":"httpbin"},"ports":[{"name":"http","port":8000,"targetPort":8080}]}},
`

var asPrinted = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"app-%d","namespace":"shop","managedFields":[` + strings.Repeat(`{"manager":"kubelet","operation":"Update","fieldsV1":{"f:status":{"f:phase":{}}}},`, 40) +
	`{"manager":"kubectl"}]},"spec":{"nodeName":"node-1","containers":[{"name":"app","env":[` + strings.Repeat(`{"name":"SETTING","value":"a value of some length"},`, 40) + `{"name":"A"}]}]},
"status":{"phase":"Running","podIP":"10.3.0.1","conditions":[` + strings.Repeat(`{"type":"Gate","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"},`, 10) + `{"type":"Ready","status":"True"}]}}`

// keys is a mapping of many keys, merged many times.
func keys(w io.Writer) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "k%d: 1,", i)
	}
	_, _ = io.WriteString(w, "a: &a {"+b.String()+"}\nb: {<<: ["+strings.Repeat("*a,", 5000)+"*a]}\n")
}

// larges are the inputs that go test tries, and further ones for -full.
var larges = []large{
	{"objects of JSON", repeated("", "{}", ""), enough},
	{"documents", repeated("", "--- {}\n", ""), enough},
	{"a list on one line", repeated(head+"data: [", "a,", "a]\n"), tooLong},
	{"one object of many lines", counted(head+"data:\n", "  k%07d: v\n", "", ""), noList},
	{"one object of many values", repeated(fmt.Sprintf(policy, 0), "{},", "{}]}}"), "error: standard input: document 1: more than 200000 values"},
	{"merge keys", keys, "error: standard input: document 1: too large with its aliases written out"},
	{"an annotation", exactly(bomb), ""},
	{"a mesh config", exactly(meshBomb), nobody},
	{"an endless line", repeated("", "a", ""), tooLong},
	{"an endless key", repeated(`{"`, "a", ""), tooLong},
	{"Lists in Lists", repeated("", `{"items":[`, ""), "error: standard input: document 1, item 1: more than 8 Lists in one another"},
}

var largest = []large{
	{"pods as an API server prints them", counted(list+asker, asPrinted, ",\n", "]}"), ""},
	{"many pods", counted(list, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%d"}}`, ",", "]}"), kept},
	{"many pods of YAML", counted("", "--- {apiVersion: v1, kind: Pod, metadata: {name: p%d}}\n", "", ""), kept},
	{"many pods in a List of YAML", counted("items:\n", "- {apiVersion: v1, kind: Pod, metadata: {name: p%d}}\n", "", "apiVersion: v1\nkind: List\n"), kept},
	{"pods of many containers", counted("", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%d"},"spec":{"containers":[`+strings.Repeat("{},", 150_000)+"{}]}}", "", ""), kept},
	{"policies of many rules", counted("", policy+strings.Repeat("{},", 150_000)+"{}]}}", "", ""), kept},
	{"items without a kind", counted(`{"apiVersion":"v1","items":[`, `{"metadata":{"name":"p%d"}}`, ",", `],"kind":"PodList"}`), tooMany},
	{"items that are none", repeated(`{"apiVersion":"v1","items":[`, "1,", `1],"kind":"PodList"}`), tooMany},
	{"kinds that nobody reads", counted("", "---\napiVersion: a/b\nkind: C\nmetadata: {name: c%d}\n", "", ""), tooMany},
	{"blank lines", repeated("", "\n", ""), nobody},
	{"marks", repeated("", "---\n", ""), nobody},
	{"blanks", repeated("{", " ", "}"), tooLong},
	{"comments", repeated(head+"data:\n", "  # a\n", ""), noList},
	{"anchors", counted("", "--- {apiVersion: v1, kind: ConfigMap, metadata: {name: c%d, labels: &a {b: c}}, x: [*a, *a, *a]}\n", "", ""), tooMany},
}

// TestMemory gives the program what takes gigabytes if it is read as it comes. It answers, with a limit on the memory of its process.
func TestMemory(t *testing.T) {
	program := filepath.Join(t.TempDir(), "kubectl-mesh_why") // by this name the test is the program itself
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	inputs := larges
	if *full {
		inputs = append(inputs, largest...)
	}
	for _, in := range inputs {
		t.Run(in.name, func(t *testing.T) {
			status := exitError
			if in.want == "" {
				status = exitReaches
			}
			got, memory := limited(t, program, in.text, status)
			if last := got[strings.LastIndex(got, "\n")+1:]; last != in.want {
				t.Errorf("got:  %s\nwant: %s", last, in.want)
			}
			if memory > mostMemory {
				t.Errorf("it took %d MiB", memory>>20)
			}
			t.Logf("%d MiB", memory>>20)
		})
	}
}

// limited runs the program with an input, and returns what it says and the most memory that it took.
func limited(t *testing.T, program string, text func(io.Writer), status int) (said string, memory int64) {
	t.Helper()
	const limit = 4 << 20 // KiB of addresses, of which Go takes more than memory
	cmd := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$0" "$@"`, limit), program, "sleep.foo", "httpbin.bar:8000", "-f", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text(in)
	_ = in.Close()
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != status {
		t.Errorf("it ended with %v: %s", err, out.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("no usage is known")
	}
	memory = usage.Maxrss
	if runtime.GOOS != "darwin" {
		memory <<= 10
	}
	return strings.TrimSpace(out.String()), memory
}
