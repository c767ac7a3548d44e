// Package control is the control plane: the lives of tenants, each with its one KMS key, from creation to the end of
// its deletion.
//
// It reaches keys through aws-sdk-go-v2 alone, so that the same code runs on AWS and on the embedded one. Each change
// is a record of what is wanted followed by steps that can be repeated: what a crash or an error leaves half done is
// finished by the next call for the tenant or by Plane.Resume. One process at a time may run a Plane over the same
// records: calls for one tenant take turns within the process.
package control
