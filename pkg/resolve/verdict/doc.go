// Package verdict folds the tree of results into what the caller gets. It reads nothing else, so that table and verdict cannot disagree.
package verdict
