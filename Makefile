# What plain `go` cannot say in one command. Build: go build ./cmd/keyhold. Test: go test ./...

.PHONY: build generate docs docs-check bench-kms bench ci

build: ## the binary, in bin/
	go build -o bin/keyhold ./cmd/keyhold

generate: ## shapes and models from the installed botocore (needs python3 with botocore)
	go generate ./internal/aws/api/...

docs: ## the coverage pages docs/aws/*.md, from each service's Ops()
	go run ./internal/coverage docs/aws

docs-check: ## fails if the coverage pages are not what the code says
	go run ./internal/coverage -check docs/aws

bench-kms: ## KMS over loopback beside a bare handler: ratios in one run
	go run ./bench/kms

bench: ## the benchmarks of the packages
	go test -run='^$$' -bench=. -benchmem ./policy ./internal/...

ci: ## the project's own check
	.ci/run
