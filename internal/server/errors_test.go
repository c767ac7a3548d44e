package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keyhold/keyhold"
	"github.com/keyhold/keyhold/internal/aws"
	iamapi "github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

// answer is what a refused request got.
type answer struct {
	status        int
	code, message string
}

// scene is the two-tenant scene, and raw requests to it.
type scene struct {
	t         *testing.T
	server    *Server
	keys      map[string]string // tenant → key ARN
	encrypted map[string][]byte // tenant → ciphertext of its own
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s, err := New(t.Context(), Config{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	sc := &scene{t, s, map[string]string{}, map[string][]byte{}}
	for _, id := range []string{"acme", "bolt"} {
		tenant, _, err := s.Control().Create(t.Context(), control.NewTenant{ID: id, Name: id})
		if err != nil {
			t.Fatal(err)
		}
		sc.keys[id] = tenant.KeyARN
		cfg := s.AWSConfig(v1.As{Role: v1.AsTenant, Tenant: keyhold.TenantID(id)})
		out, err := kms.NewFromConfig(cfg).Encrypt(t.Context(), &kms.EncryptInput{
			KeyId: awssdk.String("alias/customer-" + id), Plaintext: []byte("secret of " + id),
			EncryptionContext: map[string]string{"tenant": id},
		})
		if err != nil {
			t.Fatal(err)
		}
		sc.encrypted[id] = out.CiphertextBlob
	}
	return sc
}

// request is a request before it is signed, and what is done to it.
type request struct {
	as         v1.As // who signs; nobody: no signature
	service    string
	operation  string
	body       any                       // JSON for kms, url.Values for sts
	credential func(*awssdk.Credentials) // changes the credentials
	signedAt   time.Duration             // from now
	signedFor  string                    // another service
	tamper     func(*http.Request)       // after signing
}

func (sc *scene) do(r request) answer {
	sc.t.Helper()
	payload := sc.payload(r)
	req := httptest.NewRequest(http.MethodPost, "http://keyhold.internal/", bytes.NewReader(payload))
	if r.service == "kms" {
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
		req.Header.Set("X-Amz-Target", "TrentService."+r.operation)
	} else {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.as != nobody {
		sc.sign(req, r, payload)
	}
	if r.tamper != nil {
		r.tamper(req)
	}
	w := httptest.NewRecorder()
	sc.server.Handler().ServeHTTP(w, req)
	return parseAnswer(sc.t, w)
}

func (sc *scene) payload(r request) []byte {
	if form, ok := r.body.(url.Values); ok {
		form.Set("Action", r.operation)
		form.Set("Version", "2011-06-15")
		return []byte(form.Encode())
	}
	b, err := json.Marshal(r.body)
	if err != nil {
		sc.t.Fatal(err)
	}
	return b
}

func (sc *scene) sign(req *http.Request, r request, payload []byte) {
	cred, err := sc.server.Credentials(context.Background(), r.as)
	if err != nil {
		sc.t.Fatal(err)
	}
	if r.credential != nil {
		r.credential(&cred)
	}
	service := r.service
	if r.signedFor != "" {
		service = r.signedFor
	}
	sum := sha256.Sum256(payload)
	err = v4.NewSigner().SignHTTP(context.Background(), cred, req, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now().Add(r.signedAt))
	if err != nil {
		sc.t.Fatal(err)
	}
}

func parseAnswer(t *testing.T, w *httptest.ResponseRecorder) answer {
	t.Helper()
	a := answer{status: w.Code}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		var e struct {
			Code    string `xml:"Error>Code"`
			Message string `xml:"Error>Message"`
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &e); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		a.code, a.message = e.Code, e.Message
		return a
	}
	if w.Body.Len() == 0 {
		return a
	}
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // encoding/json takes Message as well
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	a.code, a.message = e.Type[strings.LastIndexByte(e.Type, '#')+1:], strings.TrimSpace(e.Message)
	return a
}

func (sc *scene) encrypt(as v1.As, key string) request {
	return request{as: as, service: "kms", operation: "Encrypt", body: map[string]any{"KeyId": key, "Plaintext": []byte("x")}}
}

func (sc *scene) decrypt(as v1.As, key, whose string) request {
	body := map[string]any{"CiphertextBlob": sc.encrypted[whose], "EncryptionContext": map[string]string{"tenant": whose}}
	if key != "" {
		body["KeyId"] = key
	}
	return request{as: as, service: "kms", operation: "Decrypt", body: body}
}

func (sc *scene) assume(as v1.As, role string) request {
	return request{as: as, service: "sts", operation: "AssumeRole", body: url.Values{"RoleArn": {role}, "RoleSessionName": {"try"}}}
}

func (sc *scene) identity(as v1.As) request {
	return request{as: as, service: "sts", operation: "GetCallerIdentity", body: url.Values{}}
}

var (
	acme     = v1.As{Role: v1.AsTenant, Tenant: "acme"}
	bolt     = v1.As{Role: v1.AsTenant, Tenant: "bolt"}
	admin    = v1.As{Role: v1.AsAdmin}
	ctl      = v1.As{Role: v1.AsControl}
	serviceB = v1.As{Role: v1.AsServiceB}
	nobody   v1.As // sends no signature
)

const acmeAlias, boltAlias = "alias/customer-acme", "alias/customer-bolt"

// refusals are the cases of docs/errors.md.
var refusals = map[string]func(*scene) answer{
	"alias of another tenant": func(sc *scene) answer { return sc.do(sc.encrypt(acme, boltAlias)) },
	"alias of another tenant, decrypt": func(sc *scene) answer {
		return sc.do(sc.decrypt(acme, boltAlias, "bolt"))
	},
	"ciphertext of another tenant": func(sc *scene) answer { return sc.do(sc.decrypt(acme, acmeAlias, "bolt")) },
	"key id instead of the alias": func(sc *scene) answer {
		_, id, _ := strings.Cut(sc.keys["acme"], ":key/")
		return sc.do(sc.encrypt(acme, id))
	},
	"key ARN instead of the alias": func(sc *scene) answer {
		return sc.do(request{as: acme, service: "kms", operation: "GenerateDataKey", body: map[string]any{"KeyId": sc.keys["acme"], "KeySpec": "AES_256"}})
	},
	"no KeyId on Decrypt":       func(sc *scene) answer { return sc.do(sc.decrypt(acme, "", "acme")) },
	"alias that does not exist": func(sc *scene) answer { return sc.do(sc.encrypt(acme, "alias/customer-nobody")) },
	"another encryption context": func(sc *scene) answer {
		r := sc.decrypt(acme, acmeAlias, "acme")
		r.body.(map[string]any)["EncryptionContext"] = map[string]string{"tenant": "other"}
		return sc.do(r)
	},
	"session without a policy, another alias": func(sc *scene) answer {
		cfg := sc.server.AWSConfig(ctl)
		_, err := kms.NewFromConfig(cfg).CreateAlias(context.Background(), &kms.CreateAliasInput{
			AliasName: awssdk.String("alias/customer-other"), TargetKeyId: awssdk.String(sc.keys["acme"]),
		})
		if err != nil {
			sc.t.Fatal(err)
		}
		free := sc.server.AWSConfig(serviceB)
		out, err := sts.NewFromConfig(free).AssumeRole(context.Background(), &sts.AssumeRoleInput{
			RoleArn: awssdk.String(roleARN(DefaultCentralAccount, keyhold.ServiceARole)), RoleSessionName: awssdk.String("free"),
		})
		if err != nil {
			sc.t.Fatal(err)
		}
		r := sc.encrypt(acme, "alias/customer-other")
		r.credential = func(c *awssdk.Credentials) {
			c.AccessKeyID, c.SecretAccessKey, c.SessionToken = *out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken
		}
		return sc.do(r)
	},
	"key administration by a tenant": func(sc *scene) answer {
		return sc.do(request{as: acme, service: "kms", operation: "DisableKey", body: map[string]any{"KeyId": sc.keys["acme"]}})
	},
	"service's own credentials, alias name": func(sc *scene) answer { return sc.do(sc.encrypt(serviceB, acmeAlias)) },
	"service's own credentials, alias ARN": func(sc *scene) answer {
		return sc.do(sc.encrypt(serviceB, "arn:aws:kms:us-east-1:"+DefaultCentralAccount+":"+acmeAlias))
	},
	"account B with every KMS permission of its own": func(sc *scene) answer {
		role, name := keyhold.ServiceBRole, "AllOfKMS"
		doc := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`
		_, err := sc.server.iam(context.Background(), aws.RootUser(DefaultServiceAccount), "PutRolePolicy", &iamapi.PutRolePolicyInput{
			RoleName: &role, PolicyName: &name, PolicyDocument: &doc,
		})
		if err != nil {
			sc.t.Fatal(err)
		}
		return sc.do(sc.encrypt(serviceB, "arn:aws:kms:us-east-1:"+DefaultCentralAccount+":"+acmeAlias))
	},
	"administrator uses the key": func(sc *scene) answer { return sc.do(sc.encrypt(admin, acmeAlias)) },
	"administrator opens data":   func(sc *scene) answer { return sc.do(sc.decrypt(admin, "", "acme")) },
	"control role uses the key":  func(sc *scene) answer { return sc.do(sc.encrypt(ctl, acmeAlias)) },
	"control role makes a grant": func(sc *scene) answer {
		return sc.do(request{as: ctl, service: "kms", operation: "CreateGrant", body: map[string]any{
			"KeyId": sc.keys["acme"], "GranteePrincipal": roleARN(DefaultCentralAccount, keyhold.KeyholdControlRole), "Operations": []string{"Decrypt"},
		}})
	},
	"ServiceARole assumed by another": func(sc *scene) answer {
		return sc.do(sc.assume(admin, roleARN(DefaultCentralAccount, keyhold.ServiceARole)))
	},
	"ServiceARole assumed by the control role": func(sc *scene) answer {
		return sc.do(sc.assume(ctl, roleARN(DefaultCentralAccount, keyhold.ServiceARole)))
	},
	"ServiceARole assumed by itself": func(sc *scene) answer {
		return sc.do(sc.assume(acme, roleARN(DefaultCentralAccount, keyhold.ServiceARole)))
	},
	"another role assumed by ServiceBRole": func(sc *scene) answer {
		return sc.do(sc.assume(serviceB, roleARN(DefaultCentralAccount, keyhold.KeyholdControlRole)))
	},
	"expired session token, KMS": func(sc *scene) answer { return sc.later(sc.encrypt(acme, acmeAlias)) },
	"expired session token, STS": func(sc *scene) answer { return sc.later(sc.identity(acme)) },
	"altered session token, KMS": func(sc *scene) answer { return sc.altered(sc.encrypt(acme, acmeAlias)) },
	"altered session token, STS": func(sc *scene) answer { return sc.altered(sc.identity(acme)) },
	"no session token, KMS": func(sc *scene) answer {
		r := sc.encrypt(acme, acmeAlias)
		r.credential = func(c *awssdk.Credentials) { c.SessionToken = "" }
		return sc.do(r)
	},
	"unknown access key, KMS": func(sc *scene) answer {
		r := sc.encrypt(admin, acmeAlias)
		r.credential = func(c *awssdk.Credentials) { c.AccessKeyID = "AKIAAAAAAAAAAAAAAAAA" }
		return sc.do(r)
	},
	"wrong signature, KMS": func(sc *scene) answer { return sc.wrongSecret(sc.encrypt(acme, acmeAlias)) },
	"wrong signature, STS": func(sc *scene) answer { return sc.wrongSecret(sc.identity(acme)) },
	"altered body, KMS": func(sc *scene) answer {
		r := sc.encrypt(acme, acmeAlias)
		r.tamper = func(req *http.Request) {
			b := []byte(`{"KeyId":"alias/customer-acme","Plaintext":"eQ=="}`)
			req.Body, req.ContentLength = http.NoBody, int64(len(b))
			req.Body = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(b)).Body
		}
		return sc.do(r)
	},
	"request older than 15 minutes, KMS": func(sc *scene) answer { return sc.at(sc.encrypt(acme, acmeAlias), -16*time.Minute) },
	"request older than 15 minutes, STS": func(sc *scene) answer { return sc.at(sc.identity(acme), -16*time.Minute) },
	"request from the future, KMS":       func(sc *scene) answer { return sc.at(sc.encrypt(acme, acmeAlias), 16*time.Minute) },
	"no signature, KMS":                  func(sc *scene) answer { return sc.do(sc.encrypt(nobody, acmeAlias)) },
	"no signature, STS":                  func(sc *scene) answer { return sc.do(sc.identity(nobody)) },
	"signed for another service": func(sc *scene) answer {
		r := sc.encrypt(acme, acmeAlias)
		r.signedFor = "sts"
		return sc.do(r)
	},
	"disabled key": func(sc *scene) answer {
		if a := sc.do(request{as: ctl, service: "kms", operation: "DisableKey", body: map[string]any{"KeyId": sc.keys["acme"]}}); a.status != http.StatusOK {
			sc.t.Fatal(a)
		}
		return sc.do(sc.encrypt(acme, acmeAlias))
	},
	"key pending deletion": func(sc *scene) answer {
		if _, err := sc.server.Control().Delete(context.Background(), "acme", 7); err != nil {
			sc.t.Fatal(err)
		}
		return sc.do(sc.encrypt(acme, acmeAlias))
	},
	"plaintext too long": func(sc *scene) answer {
		r := sc.encrypt(acme, acmeAlias)
		r.body.(map[string]any)["Plaintext"] = make([]byte, 4097)
		return sc.do(r)
	},
}

// later sends a request with credentials that were good an hour ago.
func (sc *scene) later(r request) answer {
	old, err := sc.server.Credentials(context.Background(), r.as)
	if err != nil {
		sc.t.Fatal(err)
	}
	time.Sleep(time.Hour + time.Second)
	r.credential = func(c *awssdk.Credentials) { *c = old }
	return sc.do(r)
}

func (sc *scene) altered(r request) answer {
	r.credential = func(c *awssdk.Credentials) {
		b := []byte(c.SessionToken)
		i := len(b) / 2
		if b[i]++; b[i] > 'z' || b[i] == ':' || b[i] == '[' {
			b[i] = 'A'
		}
		c.SessionToken = string(b)
	}
	return sc.do(r)
}

func (sc *scene) wrongSecret(r request) answer {
	r.credential = func(c *awssdk.Credentials) { c.SecretAccessKey += "x" }
	return sc.do(r)
}

func (sc *scene) at(r request, d time.Duration) answer {
	r.signedAt = d
	return sc.do(r)
}

// row is a row of docs/errors.md.
type row struct {
	name string
	want answer
}

var variable = regexp.MustCompile(`\\\{…\\\}`)

func errorTable(t *testing.T) []row {
	t.Helper()
	b, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		status, err := strconv.Atoi(cells[2])
		if err != nil {
			continue // the table's head
		}
		rows = append(rows, row{cells[0], answer{status, cells[3], cells[4]}})
	}
	return rows
}

// TestErrors runs every row of docs/errors.md.
func TestErrors(t *testing.T) {
	rows := errorTable(t)
	seen := map[string]bool{}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			refuse, ok := refusals[r.name]
			if !ok {
				t.Fatal("the row has no test")
			}
			synctest.Test(t, func(t *testing.T) {
				sc := newScene(t)
				got := refuse(sc)
				want := strings.NewReplacer("{acme}", sc.keys["acme"], "{bolt}", sc.keys["bolt"],
					"{A}", DefaultCentralAccount, "{B}", DefaultServiceAccount).Replace(r.want.message)
				pattern := "^" + variable.ReplaceAllString(regexp.QuoteMeta(want), `\S+`) + "$"
				if got.status != r.want.status || got.code != r.want.code || !regexp.MustCompile(pattern).MatchString(got.message) {
					t.Errorf("got  %d %s %q\nwant %d %s %q", got.status, got.code, got.message, r.want.status, r.want.code, want)
				}
			})
		})
		seen[r.name] = true
	}
	for name := range refusals {
		if !seen[name] {
			t.Errorf("docs/errors.md has no row %q", name)
		}
	}
}
