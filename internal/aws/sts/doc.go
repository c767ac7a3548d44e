// Package sts is the AWS Security Token Service of the embedded AWS: it makes temporary credentials and recognises
// them.
//
// A session token carries all that the session is, sealed under the root key, and the secret access key is derived from
// it, so that nothing is stored and any server that has the root key knows every session. What a session may do still
// follows IAM at once: role and user are looked up at each request, and a session ends when its role or user is
// deleted, though another may have the same name.
//
// # Where it differs from AWS
//
//   - The tags of a role, and the managed policies passed as session policies, count as they are at each request.
//   - The packed size of session policies and tags is their size under DEFLATE, of which 2,048 bytes are 100 percent;
//     AWS does not document its own measure, and is stricter on tags.
//   - There is no multi-factor authentication: SerialNumber and TokenCode are refused, as are ProvidedContexts.
//   - A user that is renamed loses the sessions of GetSessionToken.
//   - The root user's sessions of GetSessionToken end with their time only.
package sts
