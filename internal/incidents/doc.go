// Package incidents runs the archives of testdata/incidents: situations in which people asked in public why a request fails, built anew.
//
// An archive is a txtar file. Its comment tells what was seen, and what it was.
//
//	-- questions --
//	sleep.foo http://httpbin.bar:8000/ip
//	-- mesh.yaml --
//	...
//	-- says --
//	AuthorizationPolicy bar/readers spec.rules[0].to[0].operation.paths
//	-- silent --
//	PERMISSIVE
//	-- want --
//	...
//	-- repair.yaml --
//
// questions are asked in mesh.yaml on top of testdata/rules/base.yaml, or of a base.yaml of the archive; tokens are written as in archives of
// rules. says holds, line by line, what the answer to the first question has to say in its default form: the words of a line stand in it in
// that order. silent holds what no answer may say. These two are written by hand. want is what comes of all questions, and repair.yaml what -o
// patch prints for the first one; the option -update writes them, and they are then read.
//
// The change in repair.yaml has to make the first request reach, and to change of other requests those that it was said to change.
package incidents
