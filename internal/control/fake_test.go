package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/control"
)

const (
	central = "111111111111"
	service = "222222222222"
)

// world is what outlives the control plane: KMS and the records. Its steps, the calls of KMS and the transactions that
// write, can be made to crash: from step crashAt on nothing works until the world is mended.
type world struct {
	mu      sync.Mutex
	keys    map[string]*fakeKey
	aliases map[string]string
	records map[string][]byte
	made    int      // keys, ever
	calls   []string // the KMS operations

	steps   int
	crashAt int  // 0: never
	after   bool // the step in which it crashes is still carried out
	down    bool

	fail  func(operation string) *fault // answers instead of KMS, if not nil
	delay time.Duration
}

type fakeKey struct {
	ID, Policy, Description string
	Tags                    map[string]string
	State                   string
	Deletion                time.Time
	Rotation                bool
}

type fault struct {
	status        int
	code, message string
}

var errCrash = errors.New("crash")

func newWorld() *world {
	return &world{keys: map[string]*fakeKey{}, aliases: map[string]string{}, records: map[string][]byte{}}
}

// plane starts a control plane in the world.
func (w *world) plane() *control.Plane {
	client := kms.NewFromConfig(aws.Config{
		Region:      "eu-central-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIACONTROL", "secret", ""),
		HTTPClient:  &http.Client{Transport: w},
	})
	return control.New(client, w, control.Config{CentralAccount: central})
}

// mend ends the crash.
func (w *world) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crashAt, w.down = 0, false
}

// step counts a step. before and after tell whether the world is down before and after the step.
func (w *world) step() (before, after bool) {
	w.steps++
	before = w.down
	if w.steps == w.crashAt {
		w.down = true
		before = before || !w.after
	}
	return before, w.down
}

// View implements control.Records.
func (w *world) View(_ context.Context, fn func(control.Reader) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return errCrash
	}
	return fn(&tx{w.records})
}

// Update implements control.Records. It runs fn twice, since it may.
func (w *world) Update(_ context.Context, fn func(control.Tx) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, after := w.step()
	if before {
		return errCrash
	}
	if err := fn(&tx{maps.Clone(w.records)}); err != nil {
		return err
	}
	t := &tx{maps.Clone(w.records)}
	if err := fn(t); err != nil {
		return err
	}
	w.records = t.records
	if after {
		return errCrash
	}
	return nil
}

type tx struct{ records map[string][]byte }

func (t *tx) Get(key string) ([]byte, bool, error) {
	value, ok := t.records[key]
	return value, ok, nil
}

func (t *tx) Set(key string, value []byte) error {
	t.records[key] = bytes.Clone(value)
	return nil
}

func (t *tx) Delete(key string) error {
	delete(t.records, key)
	return nil
}

func (t *tx) Scan(from, to string, visit func(string, []byte) bool) error {
	for _, key := range slices.Sorted(maps.Keys(t.records)) {
		if key >= from && key < to && !visit(key, t.records[key]) {
			break
		}
	}
	return nil
}

// RoundTrip implements http.RoundTripper: it is KMS.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if w.delay > 0 {
		select {
		case <-time.After(w.delay):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	before, after := w.step()
	if before {
		return nil, errCrash
	}
	w.calls = append(w.calls, operation)
	out, e := map[string]any(nil), (*fault)(nil)
	if w.fail != nil {
		e = w.fail(operation)
	}
	if e == nil {
		out, e = w.kms(operation, body)
	}
	if after {
		return nil, errCrash
	}
	status := 200
	if e != nil {
		status, out = e.status, map[string]any{"__type": e.code, "message": e.message}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Request: r, Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
	}, nil
}

type kmsInput struct {
	KeyID               string `json:"KeyId"`
	AliasName           string
	TargetKeyID         string `json:"TargetKeyId"`
	Policy, Description string
	Marker              string
	Tags                []struct{ TagKey, TagValue string }
	PendingWindowInDays int

	BypassPolicyLockoutSafetyCheck bool
}

// kms carries out an operation as KMS does, with pages of two.
func (w *world) kms(operation string, body []byte) (map[string]any, *fault) {
	var in kmsInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &fault{400, "SerializationException", err.Error()}
	}
	if in.BypassPolicyLockoutSafetyCheck {
		return nil, &fault{400, "ValidationException", "the lock-out check was bypassed"}
	}
	switch operation {
	case "CreateKey":
		w.made++
		k := &fakeKey{ID: fmt.Sprintf("key-%03d", w.made), Policy: in.Policy, Description: in.Description, State: "Enabled", Tags: map[string]string{}}
		for _, tag := range in.Tags {
			k.Tags[tag.TagKey] = tag.TagValue
		}
		w.keys[k.ID] = k
		return map[string]any{"KeyMetadata": k.metadata()}, nil
	case "ListKeys":
		return w.listKeys(in.Marker), nil
	case "CreateAlias":
		if w.aliases[in.AliasName] != "" {
			return nil, &fault{400, "AlreadyExistsException", "An alias with the name exists already"}
		}
		in.KeyID = in.TargetKeyID
	}
	k := w.key(in.KeyID)
	if k == nil {
		return nil, &fault{400, "NotFoundException", "Key '" + in.KeyID + "' does not exist"}
	}
	return w.onKey(operation, k, &in)
}

func (w *world) onKey(operation string, k *fakeKey, in *kmsInput) (map[string]any, *fault) {
	pending := k.State == "PendingDeletion"
	invalidState := &fault{400, "KMSInvalidStateException", k.ID + " is pending deletion."}
	switch operation {
	case "DescribeKey":
		return map[string]any{"KeyMetadata": k.metadata()}, nil
	case "ListResourceTags":
		tags := []map[string]string{}
		for name, value := range k.Tags {
			tags = append(tags, map[string]string{"TagKey": name, "TagValue": value})
		}
		return map[string]any{"Tags": tags}, nil
	case "PutKeyPolicy":
		k.Policy = in.Policy
	case "CancelKeyDeletion":
		if !pending {
			return nil, &fault{400, "KMSInvalidStateException", k.ID + " is not pending deletion."}
		}
		k.State, k.Deletion = "Disabled", time.Time{}
		return map[string]any{"KeyId": k.ID}, nil
	case "CreateAlias", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "EnableKeyRotation":
		if pending {
			return nil, invalidState
		}
		return w.change(operation, k, in)
	default:
		return nil, &fault{400, "UnknownOperationException", operation}
	}
	return map[string]any{}, nil
}

func (w *world) change(operation string, k *fakeKey, in *kmsInput) (map[string]any, *fault) {
	switch operation {
	case "CreateAlias":
		w.aliases[in.AliasName] = k.ID
	case "EnableKey":
		k.State = "Enabled"
	case "DisableKey":
		k.State = "Disabled"
	case "EnableKeyRotation":
		if k.State == "Disabled" {
			return nil, &fault{400, "DisabledException", k.ID + " is disabled."}
		}
		k.Rotation = true
	case "ScheduleKeyDeletion":
		k.State, k.Deletion = "PendingDeletion", time.Now().Add(time.Duration(in.PendingWindowInDays)*24*time.Hour)
		return map[string]any{"KeyId": k.ID, "DeletionDate": float64(k.Deletion.Unix()), "KeyState": k.State}, nil
	}
	return map[string]any{}, nil
}

func (w *world) listKeys(marker string) map[string]any {
	ids := slices.Sorted(maps.Keys(w.keys))
	page := []map[string]string{}
	for i, id := range ids {
		if id <= marker {
			continue
		}
		if page = append(page, map[string]string{"KeyId": id}); len(page) == 2 && i+1 < len(ids) {
			return map[string]any{"Keys": page, "Truncated": true, "NextMarker": id}
		}
	}
	return map[string]any{"Keys": page, "Truncated": false}
}

// key finds a key by its id or alias. A key whose deletion date has come is deleted first, with its aliases.
func (w *world) key(id string) *fakeKey {
	if target, ok := w.aliases[id]; ok {
		id = target
	}
	k := w.keys[id]
	if k == nil || k.Deletion.IsZero() || time.Now().Before(k.Deletion) {
		return k
	}
	delete(w.keys, k.ID)
	maps.DeleteFunc(w.aliases, func(_, target string) bool { return target == k.ID })
	return nil
}

func (k *fakeKey) metadata() map[string]any {
	m := map[string]any{"KeyId": k.ID, "Arn": "arn:aws:kms:eu-central-1:" + central + ":key/" + k.ID, "KeyState": k.State}
	if !k.Deletion.IsZero() {
		m["DeletionDate"] = float64(k.Deletion.Unix())
	}
	return m
}

// check holds what must be true of the world at any time.
func (w *world) check(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	keysOf := map[string]int{}
	for _, k := range w.keys {
		if tenant := k.Tags[keyhold.TenantTag]; tenant != "" && k.State != "PendingDeletion" {
			keysOf[tenant]++
		}
	}
	for tenant, n := range keysOf {
		if n > 1 {
			t.Errorf("tenant %s has %d keys", tenant, n)
		}
	}
	for key, value := range w.records {
		if id, ok := strings.CutPrefix(key, "tenant/"); ok {
			w.checkTenant(t, id, value)
		}
	}
}

func (w *world) checkTenant(t *testing.T, id string, value []byte) {
	t.Helper()
	var tenant keyhold.Tenant
	if err := json.Unmarshal(value, &tenant); err != nil {
		t.Fatal(err)
	}
	if holder := string(w.records["name/"+strings.ToLower(tenant.Name)]); holder != id {
		t.Errorf("the name of tenant %s belongs to %q", id, holder)
	}
	k := w.keys[tenant.KeyID]
	if tenant.State != keyhold.TenantActive {
		return
	}
	switch {
	case k == nil:
		t.Errorf("tenant %s is active and has no key", id)
	case k.State != "Enabled" || !k.Rotation || w.aliases["alias/customer-"+id] != k.ID:
		t.Errorf("tenant %s is active, its key %+v, its alias that of %q", id, k, w.aliases["alias/customer-"+id])
	case k.Policy != control.KeyPolicy(central, tenant.ID) || k.Tags[keyhold.TenantTag] != id:
		t.Errorf("tenant %s has a key with policy %s and tags %v", id, k.Policy, k.Tags)
	}
}

// called counts the calls of a KMS operation.
func (w *world) called(operation string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c == operation {
			n++
		}
	}
	return n
}
