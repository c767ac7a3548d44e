package keyhold_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/keyhold/keyhold"
)

func Example() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	client, err := keyhold.New(cfg, keyhold.WithAccount("111111111111"), keyhold.WithService("crm"))
	if err != nil {
		log.Fatal(err)
	}
	row := keyhold.WithContext(map[string]string{"table": "customers", "id": "17"})
	ciphertext, err := client.EncryptTenantData(ctx, "acme", []byte("4111 1111 1111 1111"), row)
	if err != nil {
		log.Fatal(err)
	}
	// Another tenant's session does not open it.
	_, err = client.DecryptTenantData(ctx, "bolt", ciphertext, row)
	fmt.Println(errors.Is(err, keyhold.ErrCiphertext))
}
