package keyhold_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/keyhold/keyhold"
)

const (
	account = "111111111111"
	region  = "eu-central-1"
)

// fakeAWS plays STS and KMS on the real wire. Keys exist for the aliases in keys; a session opens only the alias that
// its session policy names.
type fakeAWS struct {
	// sts and kms, if set, run before a call is answered and may delay it or answer instead.
	sts func(ctx context.Context, tenant string) *fault
	kms func(ctx context.Context, operation, alias string) *fault

	mu       sync.Mutex
	keys     map[string]bool // by alias
	sessions map[string]fakeSession
	assumed  []url.Values
	calls    []string   // operation and alias
	sealed   []kmsInput // what was encrypted; a ciphertext is an index into it
}

type fakeSession struct {
	alias   string
	expires time.Time
}

// fault is an AWS error, or that of the network if it has no code.
type fault struct {
	status        int
	code, message string
}

func newFake(tenants ...keyhold.TenantID) *fakeAWS {
	f := &fakeAWS{keys: map[string]bool{}, sessions: map[string]fakeSession{}}
	for _, id := range tenants {
		f.keys[id.Alias()] = true
	}
	return f
}

func (f *fakeAWS) config() aws.Config {
	return aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider("AKIASERVICEB", "service-b-secret", ""),
		HTTPClient:  &http.Client{Transport: f},
	}
}

func (f *fakeAWS) client(t testing.TB, opts ...keyhold.Option) *keyhold.Client {
	t.Helper()
	opts = append([]keyhold.Option{keyhold.WithAccount(account), keyhold.WithService("crm")}, opts...)
	c, err := keyhold.New(f.config(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// assumptions is how often AssumeRole was called.
func (f *fakeAWS) assumptions() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.assumed)
}

// kmsCalls are the calls of KMS so far.
func (f *fakeAWS) kmsCalls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

// revoke ends all sessions.
func (f *fakeAWS) revoke() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.sessions)
}

func (f *fakeAWS) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return f.answerKMS(r, strings.TrimPrefix(target, "TrentService."), body)
	}
	return f.answerSTS(r, body)
}

func (f *fakeAWS) answerSTS(r *http.Request, body []byte) (*http.Response, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	tenant := strings.TrimSuffix(strings.TrimPrefix(form.Get("RoleSessionName"), "Tenant-"), "-Session")
	f.mu.Lock()
	f.assumed = append(f.assumed, form)
	n := len(f.assumed)
	f.mu.Unlock()
	if f.sts != nil {
		if e := f.sts(r.Context(), tenant); e != nil {
			return e.respond(r, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>sts-request</RequestId></ErrorResponse>")
		}
	}
	var policy struct {
		Statement []struct{ Condition map[string]map[string]string }
	}
	if err := json.Unmarshal([]byte(form.Get("Policy")), &policy); err != nil {
		return nil, err
	}
	var seconds int
	if _, err := fmt.Sscan(form.Get("DurationSeconds"), &seconds); err != nil {
		return nil, err
	}
	token, expires := fmt.Sprintf("session-token-%d", n), time.Now().Add(time.Duration(seconds)*time.Second).UTC()
	f.mu.Lock()
	f.sessions[token] = fakeSession{policy.Statement[0].Condition["StringEquals"]["kms:RequestAlias"], expires}
	f.mu.Unlock()
	return respond(r, 200, "text/xml", fmt.Sprintf("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA%d</AccessKeyId>"+
		"<SecretAccessKey>session-secret</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>"+
		"</AssumeRoleResult></AssumeRoleResponse>", n, token, expires.Format(time.RFC3339))), nil
}

type kmsInput struct {
	KeyID             string `json:"KeyId"`
	Plaintext         []byte
	CiphertextBlob    []byte
	EncryptionContext map[string]string
}

func (f *fakeAWS) answerKMS(r *http.Request, operation string, body []byte) (*http.Response, error) {
	var in kmsInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.calls = append(f.calls, operation+" "+in.KeyID)
	session, live := f.sessions[r.Header.Get("X-Amz-Security-Token")]
	f.mu.Unlock()
	const form = `{"__type":"%s","message":"%s"}`
	if f.kms != nil {
		if e := f.kms(r.Context(), operation, in.KeyID); e != nil {
			return e.respond(r, form)
		}
	}
	out, e := f.kmsResult(session, live, operation, &in)
	if e != nil {
		return e.respond(r, form)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return respond(r, 200, "application/x-amz-json-1.1", string(text)), nil
}

func (f *fakeAWS) kmsResult(session fakeSession, live bool, operation string, in *kmsInput) (map[string]any, *fault) {
	switch {
	case !live:
		return nil, &fault{400, "UnrecognizedClientException", "The security token included in the request is invalid."}
	case !time.Now().Before(session.expires):
		return nil, &fault{400, "ExpiredTokenException", "The security token included in the request is expired"}
	case !f.keys[in.KeyID]:
		return nil, &fault{400, "NotFoundException", "Alias arn:aws:kms:" + region + ":" + account + ":" + in.KeyID + " is not found."}
	case in.KeyID != session.alias:
		return nil, &fault{400, "AccessDeniedException", "User: arn:aws:sts::" + account + ":assumed-role/ServiceARole/x is not authorized"}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if operation == "Encrypt" {
		f.sealed = append(f.sealed, *in)
		return map[string]any{"CiphertextBlob": []byte("ciphertext-" + strconv.Itoa(len(f.sealed)-1)), "KeyId": in.KeyID}, nil
	}
	i, err := strconv.Atoi(strings.TrimPrefix(string(in.CiphertextBlob), "ciphertext-"))
	if err != nil || i >= len(f.sealed) || !maps.Equal(f.sealed[i].EncryptionContext, in.EncryptionContext) {
		return nil, &fault{400, "InvalidCiphertextException", ""}
	}
	sealed := f.sealed[i]
	if sealed.KeyID != in.KeyID {
		return nil, &fault{400, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."}
	}
	return map[string]any{"Plaintext": sealed.Plaintext, "KeyId": in.KeyID}, nil
}

// respond answers with the fault; form takes code and message.
func (e *fault) respond(r *http.Request, form string) (*http.Response, error) {
	if e.code == "" {
		return nil, fmt.Errorf("network: %s", e.message)
	}
	return respond(r, e.status, "application/x-amz-json-1.1", fmt.Sprintf(form, e.code, e.message)), nil
}

func respond(r *http.Request, status int, contentType, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {contentType}, "X-Amzn-Requestid": {"request-17"}},
	}
}

// stall waits for d or the end of the call.
func stall(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
