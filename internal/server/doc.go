// Package server is the composition root: it makes a running Keyhold of a Config. The services of the embedded AWS, the
// control plane and the API are put together here and nowhere else, and goroutines start here.
package server
