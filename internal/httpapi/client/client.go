// Package client calls the /v1 API. Errors that the server answers are *v1.Problem.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// maxAnswer is the most that is read of an answer, in bytes: a page of the most and largest tenants, and to spare.
const maxAnswer = 32 << 20

// A Signer puts credentials on a request with its body.
type Signer func(r *http.Request, body []byte) error

// Bearer is the Signer of a bearer token.
func Bearer(token string) Signer {
	return func(r *http.Request, _ []byte) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
}

// Client calls the API of one server. It is safe for concurrent use.
type Client struct {
	base string
	http *http.Client
	sign Signer
}

// New makes a client of the server at base, such as http://127.0.0.1:4566. transport may be nil for the default one.
func New(base string, transport http.RoundTripper, sign Signer) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("%q is not the URL of a server", base)
	}
	return &Client{
		base: strings.TrimSuffix(u.String(), "/"),
		sign: sign,
		// The API does not redirect, and credentials must not follow whoever does.
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// call sends in as JSON, unless it is nil, and reads the answer into out, unless that is nil. It returns the status.
func (c *Client) call(ctx context.Context, method, path string, in, out any) (int, error) {
	r, body, err := c.request(ctx, method, path, in)
	if err != nil {
		return 0, err
	}
	if err := c.sign(r, body); err != nil {
		return 0, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return 0, err
	}
	switch {
	case len(text) > maxAnswer:
		return 0, errors.New("the server's answer is too large")
	case resp.StatusCode >= 300:
		return 0, problem(resp, text)
	case out == nil:
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return 0, fmt.Errorf("read the server's answer: %w", err)
	}
	return resp.StatusCode, nil
}

func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, []byte, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, body, nil
}

// problem is the error that an answer tells of.
func problem(resp *http.Response, text []byte) error {
	p := new(v1.Problem)
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media != "application/problem+json" || json.Unmarshal(text, p) != nil {
		return fmt.Errorf("%s does not answer as the API of a Keyhold server does: %s", resp.Request.URL.Host, resp.Status)
	}
	return p
}
