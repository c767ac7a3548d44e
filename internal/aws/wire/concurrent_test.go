package wire

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/api/iam"
	"github.com/keyhold/keyhold/internal/aws/api/kms"
)

// TestConcurrent sends both protocols at once to services that are used for the first time, and looks for answers that
// hold something of another request's.
func TestConcurrent(t *testing.T) {
	public := func(c *aws.Call) error { c.Public(); return nil }
	cancel := aws.Do(func(_ context.Context, _ *aws.Call, in *kms.CancelKeyDeletionInput) (*kms.CancelKeyDeletionOutput, error) {
		return &kms.CancelKeyDeletionOutput{KeyId: in.KeyId}, nil
	}, func(_ context.Context, c *aws.Call, _ *kms.CancelKeyDeletionInput) error { return public(c) })
	create := aws.Do(func(_ context.Context, _ *aws.Call, in *iam.CreateUserInput) (*iam.CreateUserOutput, error) {
		return &iam.CreateUserOutput{User: &iam.User{UserName: in.UserName}}, nil
	}, func(_ context.Context, c *aws.Call, _ *iam.CreateUserInput) error { return public(c) })

	f, log := &fake{}, slog.New(slog.DiscardHandler)
	auth := &accounts{}
	if _, err := auth.Credential(t.Context(), testKeyID, ""); err != nil {
		t.Fatal(err)
	}
	h := newHandler(t, aws.NewCloud(f, f, log,
		fakeService{Service: "kms", Model: kms.Model, Table: map[string]aws.Op{"CancelKeyDeletion": cancel}},
		fakeService{Service: "iam", Model: iam.Model, Table: map[string]aws.Op{"CreateUser": create}}), auth, log)

	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 50 {
				name := strings.Repeat(fmt.Sprintf("w%d-%d.", worker, i), 1+i%8)
				request, want := jsonRequest("CancelKeyDeletion", `{"KeyId":"`+name+`"}`), `{"KeyId":"`+name+`"}`
				if i%2 == 1 {
					request, want = queryRequest("iam", "Action=CreateUser&Version=2010-05-08&UserName="+name), "<UserName>"+name+"</UserName>"
				}
				w := (&bench{Handler: h}).do(request)
				if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, want) || strings.Count(body, "w") != strings.Count(want, "w")+strings.Count(body, "aws") {
					t.Errorf("%d %s\nwant %s", w.Code, body, want)
				}
			}
		})
	}
	wg.Wait()
}
