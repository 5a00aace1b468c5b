// Package shell writes commands that somebody copies into a POSIX shell. Their words come from resources that anybody may have written.
package shell

import "strings"

// plain are the characters that no shell gives a meaning of its own, wherever they stand in a word.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+,"

// Quote makes one word of a text, whatever is in it. An equals sign is plain behind the first character, where shells expand it.
func Quote(word string) string {
	if word != "" && word[0] != '=' && strings.Trim(word, plain+"=") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Command writes a command of its words.
func Command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	return strings.Join(quoted, " ")
}

// Argument writes a word that stands for itself, and for no flag, at the end of a command.
func Argument(word string) string {
	if strings.HasPrefix(word, "-") {
		return "-- " + Quote(word)
	}
	return Quote(word)
}
