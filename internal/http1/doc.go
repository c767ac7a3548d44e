// Package http1 serves HTTP/1.1 to clients that send small requests and want small answers, as AWS clients do.
//
// It leaves out what costs net/http's server most for such a request: there is one goroutine for each connection, one
// read and one write, no watch for clients that leave early, and deadlines are set about once a second. Requests are parsed
// by net/http (ReadRequest), after a stricter look at their head: it ends every line with CRLF, has one Host, and no more
// than MaxHead bytes.
//
// It does without HTTP/2, upgrades, trailers and streamed answers: an answer is sent whole when the handler returns. A
// request's context is never cancelled.
package http1
