// Package http1 serves HTTP/1.1 to clients that send small requests and want small answers, as AWS clients do.
//
// It takes about half the processor time of net/http's server for such a request: one goroutine for each connection, one
// read, one write, no watch for clients that leave early, deadlines that are set once a second. Requests are parsed by
// net/http (ReadRequest), after a stricter look at their head: it ends every line with CRLF, has one Host, and no more
// than MaxHead bytes.
//
// It does without HTTP/2, upgrades, trailers and streamed answers: an answer is sent whole when the handler returns. A
// request's context is never cancelled.
package http1
