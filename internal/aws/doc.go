// Package aws is the vocabulary of the embedded AWS: callers, calls, operations, errors, and the one door (Cloud)
// through which every call goes, be it an HTTP request or one service calling another.
//
// The door does, in this order: resolve the resources and condition keys that the operation touches, authorise each
// of them, run the operation, and record it. Decoding and signatures belong to package wire, records to the drawers
// (the packages below this one, one for each service). There is no HTTP and no storage here.
package aws
