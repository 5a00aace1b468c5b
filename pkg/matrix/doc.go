// Package matrix tells for many clients and many Services at once who gets what. It asks [resolve] for one client of each group that
// cannot fare differently, and finds the groups by what the client's proxy knows and by what the walk asked of the client. It does no
// input and output.
package matrix
