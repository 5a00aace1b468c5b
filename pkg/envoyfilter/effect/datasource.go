package effect

import (
	"encoding/base64"
	"strconv"

	"github.com/mesh-why/mesh-why/pkg/envoyfilter/message"
)

// inline is what a DataSource holds in the manifest itself; a file or a variable of the proxy's is not known.
func inline(m message.Message) (text string, known bool) {
	switch {
	case m.Has("inline_string"):
		return m.Text("inline_string"), true
	case m.Has("inline_bytes"):
		b, err := base64.StdEncoding.DecodeString(m.Text("inline_bytes"))
		return string(b), err == nil
	}
	return "", false
}

func itoa(n int) string { return strconv.Itoa(n) }
