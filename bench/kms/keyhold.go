package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The one tenant, and the policy that narrows its session.
const (
	tenant        = "bench"
	tenantKey     = "alias/customer-" + tenant
	sessionPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*",` +
		`"Condition":{"StringEquals":{"kms:RequestAlias":"` + tenantKey + `"}}}]}`
)

// keyholdServer is a Keyhold of its own, with nothing in it but the seeded scene.
type keyholdServer struct {
	*process
	binary, data string
}

func startKeyhold(ctx context.Context, dir, binary, profile string) (*keyholdServer, error) {
	if binary == "" {
		binary = filepath.Join(dir, "keyhold")
		build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/keyhold/keyhold/cmd/keyhold")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build keyhold: %w\n%s", err, out)
		}
	}
	listen, err := freeAddr()
	if err != nil {
		return nil, err
	}
	api, err := freeAddr()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	cmd := exec.Command(binary, "serve", "--data", data, "--listen", listen, "--api-listen", api)
	if profile != "" {
		cmd.Args = append(cmd.Args, "--cpuprofile", profile)
	}
	// In the environment, where the list of processes does not show it.
	cmd.Env = append(os.Environ(), "KEYHOLD_ADMIN_KEY=AKIA"+rand.Text()[:16]+":"+rand.Text()+rand.Text()[:14])
	p, err := start(ctx, listen, cmd)
	if err != nil {
		return nil, err
	}
	return &keyholdServer{process: p, binary: binary, data: data}, nil
}

// session makes a tenant and assumes ServiceARole for it, as a service would.
func (k *keyholdServer) session(ctx context.Context) (*session, error) {
	if _, err := k.command(ctx, "tenant", "create", "Bench", "--id", tenant); err != nil {
		return nil, err
	}
	out, err := k.command(ctx, "env", "--as", "service-b", "--format", "json")
	if err != nil {
		return nil, err
	}
	var env map[string]string
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("keyhold env: %w", err)
	}
	cfg := aws.Config{
		Region:       env["AWS_REGION"],
		BaseEndpoint: aws.String(env["AWS_ENDPOINT_URL"]),
		Credentials: credentials.NewStaticCredentialsProvider(
			env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"]),
	}
	assumed, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn:         aws.String("arn:aws:iam::" + env["KEYHOLD_CENTRAL_ACCOUNT"] + ":role/ServiceARole"),
		RoleSessionName: aws.String("Tenant-" + tenant + "-Session"),
		Policy:          aws.String(sessionPolicy),
	})
	if err != nil {
		return nil, err
	}
	c := assumed.Credentials
	cfg.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	return &session{config: cfg}, nil
}

// command runs the command line client against the server.
func (k *keyholdServer) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, k.binary, append(args, "--data", k.data)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("keyhold %v: %w\n%s", args, err, &stderr)
	}
	return out, nil
}
