package server

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/httpapi/client"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
	"github.com/keyhold/keyhold/internal/store"
	"github.com/keyhold/keyhold/internal/store/pebble"
)

// running is a server that listens on ports of its own.
type running struct {
	*Server
	info Info
	end  func() error // ends and closes it, once; the error is Serve's or Close's
}

// onAnyPort is cfg, listening on free ports.
func onAnyPort(cfg Config) Config {
	cfg.Listen, cfg.APIListen = "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}

func start(t testing.TB, cfg Config) *running {
	t.Helper()
	s, err := New(context.Background(), onAnyPort(cfg))
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, s)
}

// listen lets a server serve until the test ends, or end is called.
func listen(t testing.TB, s *Server) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Server: s}
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		err := s.Serve(ctx, func(info Info) { r.info = info; close(ready) })
		done <- errors.Join(err, s.Close())
	}()
	r.end = sync.OnceValue(func() error { cancel(); return <-done })
	select {
	case <-ready:
	case err := <-done:
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.end(); err != nil {
			t.Error("end of the server:", err)
		}
	})
	return r
}

// config is that of an AWS client that calls the server over the network.
func (r *running) config(key AdminKey) awssdk.Config {
	return awssdk.Config{
		Region: DefaultRegion, BaseEndpoint: &r.info.Endpoint, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	}
}

// v1 is a client of /v1 that has a bearer token.
func (r *running) v1(t testing.TB, token string) *client.Client {
	t.Helper()
	c, err := client.New(r.info.API, &http.Transport{DisableKeepAlives: true}, client.Bearer(token))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// encrypt encrypts something under a tenant's key, as a service does that handles the tenant's data.
func (r *running) encrypt(id keyhold.TenantID) error {
	client := kms.NewFromConfig(r.AWSConfig(v1.As{Role: v1.AsTenant, Tenant: id}))
	_, err := client.Encrypt(context.Background(), &kms.EncryptInput{KeyId: awssdk.String(id.Alias()), Plaintext: []byte("x")})
	return err
}

// contents is what a data directory holds: the mode and bytes of each file, and the records of the store instead of its
// files, whose bytes change whenever it is opened.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "store" {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = info.Mode().String() + " " + string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := pebble.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.View(context.Background(), func(r store.Reader) error {
		for e, err := range r.Scan("", "") {
			if err != nil {
				return err
			}
			all["store: "+e.Key] = string(e.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// same fails the test where what a data directory holds has changed.
func same(t testing.TB, before, after map[string]string) {
	t.Helper()
	for name, b := range before {
		if a, ok := after[name]; !ok {
			t.Errorf("%q is gone", name)
		} else if a != b {
			t.Errorf("%q was changed:\n%.200q\n%.200q", name, b, a)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%q is new", name)
		}
	}
}
