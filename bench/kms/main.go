// Command kms measures Keyhold's KMS over loopback, beside a bare net/http handler that is the ceiling of any Go server.
//
//	go run ./bench/kms -seconds 2 -rounds 5
//
// One run builds keyhold, starts it on a new data directory with its usual settings (durable store, policies enforced,
// audit on), makes a tenant and takes the tenant's session: ServiceARole, assumed by ServiceBRole with the tenant's
// session policy. Then it sends Encrypt, Decrypt and GenerateDataKey through persistent connections, and the very same
// bytes to the bare handler, which is a process of its own and answers 300 fixed bytes. The two take turns, so that what
// else the machine does hits both; each figure is the median of the rounds, each ratio the median of the rounds' ratios.
//
// The requests are those of aws-sdk-go-v2, captured with their signatures before the clock starts and sent in a ring, so
// that the load side is cheap; each is verified anew by the server. Every answer must be 200 and hold what was asked for:
// Decrypt's the plaintext.
//
// CPU is the user and system time of the server's process alone, from /proc (Linux).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type config struct {
	conns   int
	rounds  int
	ring    int           // requests that are signed ahead, for each operation
	window  time.Duration // of one measurement
	warmUp  time.Duration // before it
	json    bool
	keyhold string // a binary; empty: build it
	profile string // file for a CPU profile of keyhold; empty: none
}

func main() {
	var cfg config
	seconds := flag.Float64("seconds", 2, "length of a measurement")
	flag.IntVar(&cfg.conns, "conns", 16, "connections, each with one request under way")
	flag.IntVar(&cfg.rounds, "rounds", 5, "measurements of each kind")
	flag.IntVar(&cfg.ring, "ring", 2000, "requests signed ahead for each operation")
	flag.BoolVar(&cfg.json, "json", false, "print JSON")
	flag.StringVar(&cfg.keyhold, "keyhold", "", "`binary` to measure (default: built from this checkout)")
	flag.StringVar(&cfg.profile, "cpuprofile", "", "write a CPU profile of keyhold to `file`")
	ceiling := flag.Bool("serve-ceiling", false, "be the bare handler (used by the benchmark itself)")
	flag.Parse()
	cfg.window = time.Duration(*seconds * float64(time.Second))
	cfg.warmUp = min(cfg.window/4, time.Second)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := cfg.run
	if *ceiling {
		run = serveCeiling
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "kms:", err)
		stop()
		os.Exit(1)
	}
}

func (cfg config) run(ctx context.Context) error {
	if cfg.conns < 1 || cfg.rounds < 1 || cfg.ring < cfg.conns || cfg.window <= 0 {
		return errors.New("-conns, -rounds and -seconds must be positive, -ring at least -conns")
	}
	dir, err := os.MkdirTemp("", "keyhold-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	bare, err := startCeiling(ctx)
	if err != nil {
		return err
	}
	defer bare.stop()
	kms, err := startKeyhold(ctx, dir, cfg.keyhold, cfg.profile)
	if err != nil {
		return err
	}
	defer kms.stop()
	session, err := kms.session(ctx)
	if err != nil {
		return err
	}
	result := report{Connections: cfg.conns, Seconds: cfg.window.Seconds(), Rounds: cfg.rounds}
	for _, op := range operations {
		fmt.Fprintf(os.Stderr, "%s: ", op.name)
		row, err := cfg.measure(ctx, op, session, bare, kms.process)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		fmt.Fprintln(os.Stderr)
		result.Operations = append(result.Operations, row)
	}
	if cfg.json {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	return result.print(os.Stdout)
}

// measure runs the rounds of one operation: the bare handler, then Keyhold.
func (cfg config) measure(ctx context.Context, op operation, s *session, bare, keyhold *process) (row row, err error) {
	requests, err := op.ring(ctx, s, cfg.ring)
	if err != nil {
		return row, err
	}
	load := load{conns: cfg.conns, warmUp: cfg.warmUp, window: cfg.window, requests: requests}
	var ceilings, ours []sample
	for range cfg.rounds {
		c, err := load.run(ctx, bare, false)
		if err != nil {
			return row, fmt.Errorf("bare handler: %w", err)
		}
		k, err := load.run(ctx, keyhold, true)
		if err != nil {
			return row, err
		}
		ceilings, ours = append(ceilings, c), append(ours, k)
		fmt.Fprint(os.Stderr, ".")
	}
	return newRow(op.name, requests, ceilings, ours), nil
}
