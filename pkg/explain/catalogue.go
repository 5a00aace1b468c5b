package explain

import "github.com/mesh-why/mesh-why/pkg/mesh"

// Text is the sentence of a code, with its facts filled in.
func Text(code string, facts ...string) string { return code }

func gapText(g mesh.Gap) string { return string(g.Cause) }
