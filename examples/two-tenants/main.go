// Two-tenants is a service in miniature: it encrypts for one tenant and shows that the other cannot open it.
//
//	keyhold serve &
//	keyhold tenant create Acme --id acme && keyhold tenant create Bolt --id bolt
//	eval "$(keyhold env --as service-b)"
//	go run ./examples/two-tenants
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/keyhold/keyhold"
)

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx) // endpoint, region and ServiceBRole's credentials come from the environment
	if err != nil {
		log.Fatal(err)
	}
	if err := run(ctx, cfg, os.Getenv("KEYHOLD_CENTRAL_ACCOUNT")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, cfg aws.Config, account string) error {
	service, err := keyhold.New(cfg, keyhold.WithAccount(account), keyhold.WithService("crm"))
	if err != nil {
		return err
	}
	row := keyhold.WithContext(map[string]string{"table": "customers", "row": "4711"})

	sealed, err := service.EncryptTenantData(ctx, "acme", []byte("api-key-of-acme"), row)
	if err != nil {
		return err
	}
	fmt.Printf("acme encrypts: %d bytes\n", len(sealed))

	plain, err := service.DecryptTenantData(ctx, "acme", sealed, row)
	if err != nil {
		return err
	}
	fmt.Printf("acme decrypts: %s\n", plain)

	if _, err := service.DecryptTenantData(ctx, "bolt", sealed, row); !errors.Is(err, keyhold.ErrCiphertext) {
		return fmt.Errorf("bolt must not open what is acme's: %w", err)
	}
	fmt.Println("bolt is refused: the ciphertext is not under its key")

	if _, err := service.DecryptTenantData(ctx, "acme", sealed); !errors.Is(err, keyhold.ErrCiphertext) {
		return fmt.Errorf("the ciphertext must not open for another row: %w", err)
	}
	fmt.Println("another row is refused: the ciphertext is bound to its context")
	return nil
}
