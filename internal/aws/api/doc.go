// Package api holds nothing itself; each package below it holds the shapes of one AWS service as Go structs and the
// service's trimmed official model.
//
// They are generated from the models that the botocore Python package carries (Apache-2.0): names, types, constraints,
// errors and bindings are kept, prose is dropped. Building Keyhold needs no Python; only `go generate` does.
//
//   - An operation Op has the structs OpInput and OpOutput, empty where the model has none. Where two operations share
//     one shape, one struct is an alias of the other.
//   - Scalars, timestamps and nested structures are pointers: nil means absent. Blobs, lists and maps are absent when
//     nil. Lists and maps hold values.
//   - Enums are strings; their values are constants named <Shape><Value>.
//   - Error shapes have no struct: aws.Error carries their members by name.
package api

//go:generate go run ./generate kms sts iam
