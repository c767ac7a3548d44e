// Package kms is the AWS Key Management Service of the embedded AWS: symmetric customer managed keys with their
// policies, aliases, tags, states and rotation, and the operations that use them.
//
// # Where it differs from AWS
//
//   - Keys are symmetric (SYMMETRIC_DEFAULT), of origin AWS_KMS and of one region. Other specs, usages and origins, custom
//     key stores, multi-Region keys and Nitro attestation are refused with UnsupportedOperationException by name.
//   - There are no grants: a grant token is refused with InvalidGrantTokenException.
//   - A change takes effect on the next request, not eventually. A rotation is complete when the operation returns.
//   - A key policy with the condition key kms:ResourceAliases is refused: AWS evaluates that key in IAM policies only.
//   - The last use of a key is not recorded; kms:TrailingDaysWithoutKeyUsage is never present. There are no AWS managed
//     keys, nor their aliases.
//   - Where AWS's own text of an error is not published, ours is close to it; markers are of our own form.
//
// # Limits
//
// A plaintext has at most 4,096 bytes, a key policy 32,768 bytes, an encryption context 8,192 characters. A key has at most
// 50 aliases, 50 tags and 25 rotations on demand.
//
// # Time
//
// A key whose deletion date has passed is gone for every operation at that moment, and with it its aliases. Sweep removes what
// is left of it, and rotates keys that are due. A key that is due is rotated before it next encrypts, whether swept or
// not.
package kms
