// Package audit keeps the audit trail: one CloudTrail-shaped JSON record for every call that went through the door,
// allowed or denied, before the call is answered.
//
// A record of a call that changes something is on disk before the answer. A record of a call that only reads, uses a
// key or makes a session is in memory that the operating system keeps (a mapped file) before the answer, so that it survives the death of
// the process; it is in the trail's file 50 ms later and on disk within a second. Records hold the request's parameters
// without blobs and secrets.
package audit
