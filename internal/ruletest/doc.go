// Package ruletest runs the archives of testdata/rules: one a rule, with meshes, questions, and what each question has to be answered.
//
// An archive of pkg/resolve/policy lies in testdata/rules/resolve/policy, and the tests of that package run it with [Run], so that they
// fail when the rule breaks. It is a txtar file:
//
//	PeerAuthentication: of two in one namespace the older wins.
//	Source: pilot/pkg/model/authentication.go, addPeerAuthentication.
//	-- questions --
//	sleep.legacy http://httpbin.bar:8000/ip
//	-- rows --
//	peerAuthentication candidates
//	-- older.yaml --
//	...
//	-- older.want --
//	...
//	-- newer.yaml --
//
// questions holds the arguments of the plugin, one question a line. Every NAME.yaml is a mesh, put on top of testdata/rules/base.yaml,
// or of base.yaml if the archive brings one of its own. NAME.want is what comes of the questions in it: the verdict, and of the stages
// that rows names what it asks for. The option -update writes these; they are then read.
//
// NAME.unread says what of the mesh could not be read: a kind and the namespaces, or no namespaces for all of them.
//
// A token is a file NAME.claims, its payload as JSON (a header may stand before it), signed with the key of [Keys]; or NAME.jwt, as it is
// sent. Questions use it as they would a variable of the environment: --jwt-env NAME, or -H "x-token: $NAME".
//
// A rule that bites has to stay silent somewhere: the answers of an archive are not all the same.
package ruletest
