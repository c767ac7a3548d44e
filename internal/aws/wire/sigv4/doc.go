// Package sigv4 verifies AWS Signature Version 4 on the server's side.
//
// A request is verified in three steps, so that the caller can look up the secret in between:
//
//	sig, err := sigv4.Parse(r)                     // form only: who says that they signed, and for what
//	err = sig.CheckScope("kms")                    // signed for this service?
//	cred := lookUp(sig.AccessKeyID)                // and compare sig.SessionToken with the credential's, in constant time
//	err = sig.Verify(r, body, cred.Keys, time.Now())
//
// Every error is an *[Error] with AWS's own code and text.
//
// # What a signature must cover
//
// The method, the path, the whole query, the hash of the body, the host, and every x-amz-* header that is in the
// request, as AWS's guide demands. Four are exempt: x-amz-date (it is part of the string to sign), x-amz-content-sha256
// (it is compared with the body), x-amz-user-agent (informative, and left unsigned by some SDKs) and x-amz-cf-id (added
// by CloudFront). A session token is always part of the signature; the old variant that appends
// X-Amz-Security-Token to a presigned URL after signing is refused. Headers without that prefix, Content-Type among
// them, may stay unsigned: the SDK for PHP leaves it so.
//
// # What differs from AWS on purpose
//
//   - Error texts never repeat what the client sent in its credential or Authorization header: people paste secrets
//     there. AWS now answers with a hash, and so do we, everywhere.
//   - An X-Amz-Expires below 15 minutes is honoured outside S3, where AWS ignores it. A longer one has no effect, as at AWS.
//   - The clock may differ by 15 minutes both ways for all services; at AWS some allow 5.
//   - A parameter, or a header that the signature depends on, that is given twice is refused.
//   - S3's signed chunks (STREAMING-AWS4-HMAC-SHA256-PAYLOAD) and SigV4A are refused by name.
//
// Within its 15 minutes a request can be replayed, as at AWS: the protocol has no nonce.
package sigv4
