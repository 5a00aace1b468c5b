// Package yamljson turns YAML into JSON within bounds. A short text with aliases can stand for more than any memory holds, and every text that
// the program reads may have been written by somebody who means harm: a file, an annotation, a mesh config. So each text is measured before it
// is written out.
package yamljson
