package keyhold_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/keyhold/keyhold"
)

func TestNewRefuses(t *testing.T) {
	good := []keyhold.Option{keyhold.WithAccount(account), keyhold.WithService("crm"), keyhold.WithRegion(region)}
	for name, opt := range map[string]keyhold.Option{
		"no service":        keyhold.WithService(""),
		"no region":         keyhold.WithRegion(""),
		"no account":        keyhold.WithAccount(""),
		"short account":     keyhold.WithAccount("11111111111"),
		"account of arabic": keyhold.WithAccount("11111111111x"),
		"user, not role":    keyhold.WithRoleARN("arn:aws:iam::111111111111:user/x"),
		"no role name":      keyhold.WithRoleARN("arn:aws:iam::111111111111:role/"),
		"session, not role": keyhold.WithRoleARN("arn:aws:sts::111111111111:assumed-role/x/y"),
		"short session":     keyhold.WithSessionDuration(time.Minute),
		"long session":      keyhold.WithSessionDuration(13 * time.Hour),
		"wide window":       keyhold.WithRefreshWindow(31 * time.Minute),
		"negative window":   keyhold.WithRefreshWindow(-1),
		"negative bound":    keyhold.WithMaxTenants(-1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := keyhold.New(aws.Config{}, append(good, opt)...); err == nil {
				t.Error("New accepted it")
			}
		})
	}
	if _, err := keyhold.New(aws.Config{}, good...); err != nil {
		t.Errorf("New refused a good configuration: %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	f := newFake("acme")
	c, ctx := f.client(t), t.Context()
	row := keyhold.WithContext(map[string]string{"table": "customers", "id": "17"})
	for _, n := range []int{1, 100, keyhold.MaxPlaintext} {
		plaintext := bytes.Repeat([]byte{7}, n)
		ciphertext, err := c.EncryptTenantData(ctx, "acme", plaintext, row)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := c.DecryptTenantData(ctx, "acme", ciphertext, row)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	for _, call := range f.kmsCalls() {
		if !strings.HasSuffix(call, " alias/customer-acme") {
			t.Errorf("KMS was not called by the tenant's alias: %s", call)
		}
	}
	if n := f.assumptions(); n != 1 {
		t.Errorf("AssumeRole was called %d times", n)
	}
	form := f.assumed[0]
	for name, want := range map[string]string{
		"RoleArn": "arn:aws:iam::111111111111:role/ServiceARole", "RoleSessionName": "Tenant-acme-Session",
		"DurationSeconds": "3600", "Policy": keyhold.SessionPolicy("acme"),
	} {
		if got := form.Get(name); got != want {
			t.Errorf("AssumeRole %s = %q, want %q", name, got, want)
		}
	}
}

func TestDataOpensOnlyAsItWasBound(t *testing.T) {
	f := newFake("acme", "bolt")
	crm, billing, ctx := f.client(t), f.client(t, keyhold.WithService("billing")), t.Context()
	row := keyhold.WithContext(map[string]string{"id": "17"})
	ciphertext, err := crm.EncryptTenantData(ctx, "acme", []byte("secret"), row)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		client *keyhold.Client
		tenant keyhold.TenantID
		data   []byte
		opts   []keyhold.DataOption
	}{
		{"other tenant", crm, "bolt", ciphertext, []keyhold.DataOption{row}},
		{"other service", billing, "acme", ciphertext, []keyhold.DataOption{row}},
		{"other row", crm, "acme", ciphertext, []keyhold.DataOption{keyhold.WithContext(map[string]string{"id": "18"})}},
		{"no context", crm, "acme", ciphertext, nil},
		{"changed", crm, "acme", append([]byte("x"), ciphertext...), []keyhold.DataOption{row}},
		{"empty", crm, "acme", nil, []keyhold.DataOption{row}},
		{"too long to be one", crm, "acme", make([]byte, 7000), []keyhold.DataOption{row}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opened, err := tt.client.DecryptTenantData(ctx, tt.tenant, tt.data, tt.opts...)
			if !errors.Is(err, keyhold.ErrCiphertext) || opened != nil {
				t.Errorf("got %q, %v", opened, err)
			}
		})
	}
}

func TestCallsRefusedBeforeAWS(t *testing.T) {
	f := newFake("acme")
	c := f.client(t)
	for _, tt := range []struct {
		name   string
		tenant keyhold.TenantID
		n      int
		pairs  map[string]string
		want   error
	}{
		{"too large", "acme", keyhold.MaxPlaintext + 1, nil, keyhold.ErrTooLarge},
		{"empty", "acme", 0, nil, nil},
		{"invalid tenant", "ACME", 1, nil, keyhold.ErrInvalidTenant},
		{"wildcard tenant", "*", 1, nil, keyhold.ErrInvalidTenant},
		{"reserved tenant pair", "acme", 1, map[string]string{"keyhold:tenant": "bolt"}, nil},
		{"reserved pair in capitals", "acme", 1, map[string]string{"KeyHold:Tenant": "bolt"}, nil},
		{"reserved service pair", "acme", 1, map[string]string{"keyhold:service": "x"}, nil},
		{"reserved prefix", "acme", 1, map[string]string{"keyhold:x": "x"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.EncryptTenantData(t.Context(), tt.tenant, make([]byte, tt.n), keyhold.WithContext(tt.pairs))
			var e *keyhold.Error
			if !errors.As(err, &e) || e.Op != "EncryptTenantData" || e.Tenant != tt.tenant {
				t.Fatalf("got %v", err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if f.assumptions() != 0 || len(f.kmsCalls()) != 0 {
		t.Error("AWS was called")
	}
}

func TestErrors(t *testing.T) {
	kinds := []error{
		keyhold.ErrDenied, keyhold.ErrThrottled, keyhold.ErrTenantUnknown, keyhold.ErrKeyDisabled, keyhold.ErrCiphertext,
		keyhold.ErrTooLarge, keyhold.ErrInvalidTenant,
	}
	for _, tt := range []struct {
		code  string
		want  error
		calls int
	}{
		{"AccessDeniedException", keyhold.ErrDenied, 1},
		{"ExpiredTokenException", keyhold.ErrDenied, 2}, // once more with new credentials
		{"InvalidSignatureException", keyhold.ErrDenied, 1},
		{"ThrottlingException", keyhold.ErrThrottled, 3},
		{"NotFoundException", keyhold.ErrTenantUnknown, 1},
		{"DisabledException", keyhold.ErrKeyDisabled, 1},
		{"KMSInvalidStateException", keyhold.ErrKeyDisabled, 1},
		{"InvalidCiphertextException", keyhold.ErrCiphertext, 1},
		{"IncorrectKeyException", keyhold.ErrCiphertext, 1},
		{"ValidationException", nil, 1},
	} {
		t.Run(tt.code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake("acme")
				f.kms = func(context.Context, string, string) *fault { return &fault{400, tt.code, "text"} }
				_, err := f.client(t).EncryptTenantData(t.Context(), "acme", []byte("x"))
				var e *keyhold.Error
				if !errors.As(err, &e) || e.Code != tt.code || e.RequestID != "request-17" || e.Tenant != "acme" {
					t.Fatalf("got %+v", e)
				}
				var api smithy.APIError
				if !errors.As(err, &api) || api.ErrorCode() != tt.code {
					t.Errorf("the SDK's error is not reachable in %v", err)
				}
				for _, kind := range kinds {
					if errors.Is(err, kind) != (kind == tt.want) {
						t.Errorf("errors.Is(%v, %v) = %v", err, kind, errors.Is(err, kind))
					}
				}
				if n := len(f.kmsCalls()); n != tt.calls {
					t.Errorf("KMS was called %d times, want %d", n, tt.calls)
				}
			})
		})
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	f := newFake("acme")
	f.kms = func(context.Context, string, string) *fault { return &fault{400, "ValidationException", "text"} }
	_, err := f.client(t).EncryptTenantData(t.Context(), "acme", []byte("plain-secret"))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "error", err)
	text := fmt.Sprintf("%v %+v %#v %s %q %s", err, err, err, err, err, log.String())
	if form, err := json.Marshal(err); err == nil {
		text += string(form)
	}
	for _, secret := range []string{"plain-secret", "cGxhaW4tc2VjcmV0", "session-token", "session-secret", "ASIA"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}

func TestContextEndsCall(t *testing.T) {
	for _, where := range []string{"sts", "kms"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake("acme")
				if where == "sts" {
					f.sts = func(ctx context.Context, _ string) *fault { stall(ctx, time.Minute); return nil }
				} else {
					f.kms = func(ctx context.Context, _, _ string) *fault {
						stall(ctx, time.Minute)
						return &fault{message: fmt.Sprint(ctx.Err())}
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				_, err := f.client(t).EncryptTenantData(ctx, "acme", []byte("x"))
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				time.Sleep(2 * time.Minute) // lets the flight land
			})
		})
	}
}

// TestRefusedBeforeAWS holds the sentinel errors of what never reaches AWS.
func TestRefusedBeforeAWS(t *testing.T) {
	client, err := keyhold.New(aws.Config{Region: "us-east-1"}, keyhold.WithAccount("111122223333"), keyhold.WithService("crm"))
	if err != nil {
		t.Fatal(err)
	}
	reserved := keyhold.WithContext(map[string]string{"KeyHold:Tenant": "bolt"})
	for want, call := range map[error]func() ([]byte, error){
		keyhold.ErrEmpty: func() ([]byte, error) { return client.EncryptTenantData(t.Context(), "acme", nil) },
		keyhold.ErrTooLarge: func() ([]byte, error) {
			return client.EncryptTenantData(t.Context(), "acme", make([]byte, keyhold.MaxPlaintext+1))
		},
		keyhold.ErrInvalidTenant:  func() ([]byte, error) { return client.EncryptTenantData(t.Context(), "a*", []byte("x")) },
		keyhold.ErrInvalidContext: func() ([]byte, error) { return client.EncryptTenantData(t.Context(), "acme", []byte("x"), reserved) },
		keyhold.ErrCiphertext:     func() ([]byte, error) { return client.DecryptTenantData(t.Context(), "acme", nil) },
	} {
		if _, err := call(); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
