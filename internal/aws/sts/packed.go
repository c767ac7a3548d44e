package sts

import (
	"compress/flate"
	"strings"
)

// packedLimit is how many bytes the session policies and tags may have when they are packed.
const packedLimit = 2048

// packed is how much of the space for them the session policies and tags take, in percent, rounded up.
func (r *request) packed() (percent int, err error) {
	var policies, all strings.Builder
	policies.WriteString(r.policy)
	for _, arn := range r.policyARNs {
		policies.WriteString(arn)
	}
	all.WriteString(policies.String())
	for _, t := range r.tags {
		all.WriteString(t.Key + "\x00" + t.Value + "\x00")
	}
	if all.Len() == 0 {
		return 0, nil
	}
	size := packedSize(all.String())
	percent = (size*100 + packedLimit - 1) / packedLimit
	if size <= packedLimit {
		return percent, nil
	}
	if policies.Len() == 0 {
		return 0, packedTooLarge(percent, "session tags")
	}
	return 0, packedTooLarge(percent, "policy")
}

func packedSize(s string) int {
	var size counter
	w, err := flate.NewWriter(&size, flate.BestCompression)
	if err != nil {
		panic(err) // the level is right
	}
	_, _ = w.Write([]byte(s)) // counter does not fail
	_ = w.Close()
	return int(size)
}

// counter counts what is written to it.
type counter int

func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}
