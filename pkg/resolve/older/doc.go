// Package older knows the changes between releases of Istio of which the newer side alone is followed, and which requests they bear on: of such a
// request both answers are told, and none is settled.
package older
