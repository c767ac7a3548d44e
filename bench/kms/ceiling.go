package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

const ceilingAddr = "KEYHOLD_BENCH_CEILING" // variable that tells the bare handler's process where to listen

// answer is 300 bytes, about what kms.Encrypt answers.
var answer = []byte(`{"CiphertextBlob":"` + strings.Repeat("A", 279) + `"}`)

// startCeiling runs this program again, as the bare handler.
func startCeiling(ctx context.Context) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-serve-ceiling")
	cmd.Env = append(os.Environ(), ceilingAddr+"="+addr)
	return start(ctx, addr, cmd)
}

// serveCeiling does the least that a net/http server can: it reads the body and answers the same to everybody.
func serveCeiling(ctx context.Context) error {
	listener, err := net.Listen("tcp", os.Getenv(ceilingAddr))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the connection is gone
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write(answer) // likewise
	})}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Println("ready")
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
