// Package meaning says what codes, symptoms and lines of access logs mean, as the reports of `explain` and `log`.
package meaning
