// Package iam is AWS Identity and Access Management of the embedded AWS: roles, users, groups, access keys, inline and
// managed policies, permissions boundaries and tags. It is also the directory that tells the door which policies bind a
// caller, and the keeper of long-term credentials.
//
// # Where it differs from AWS
//
//   - A change takes effect on the next request, not eventually.
//   - Secret access keys rest sealed under the root key; they are shown once, as on AWS.
//   - Role and user principals of trust policies are bound to the unique id of the role or user they name, for all
//     accounts of this Keyhold. A principal of an account outside of it cannot be checked and is refused as unknown.
//     A session principal (arn:aws:sts::…:assumed-role/…) must name a role that exists, but is not bound to its id.
//   - Marker values are of our own form; lists are in the order of names without regard to case.
//   - The last use of roles, users and access keys is not recorded, and no answer has it.
//   - Of the policies that AWS manages there are those of managed.json.
//   - Service-linked roles, instance profiles, MFA devices, passwords and certificates do not exist here, nor do their
//     operations.
//
// # Limits
//
// Sizes are in characters, white space not counted: inline policies of a user 2,048 together, of a group 5,120, of a role
// 10,240; a managed policy 6,144; a trust policy 2,048. Two access keys a user, ten attached policies and ten groups, five
// versions of a policy, 50 tags.
package iam
