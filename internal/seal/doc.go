// Package seal holds the root key and is the only place that sees raw key material.
//
// Everything secret that Keyhold stores is sealed under keys derived from one root key, which a Source unlocks at start:
// a file, a passphrase or an environment variable. Seal and Open protect small secrets at rest, MAC derives
// secrets that need not be stored, and NewMaterial makes the backing key of a KMS key: a Material that encrypts and
// decrypts, but never shows its bytes.
//
// # Construction
//
// Each message has its own key, derived with the key derivation function of NIST SP 800-108 in counter mode
// (HMAC-SHA256) from the long-lived key and 16 random bytes, and is sealed under it with AES-256-GCM and a random
// nonce:
//
//	salt (16) || nonce (12) || ciphertext || tag (16)
//
// so no key ever sees enough messages for its nonces to collide. What a key is for (its purpose) is part of the
// derivation: bytes sealed for one purpose do not open for another.
//
// # Memory
//
// Root, Material and Source print as redacted, whatever the verb, and their bytes are not exported. Wipe overwrites
// the long-lived key; calls that follow fail with ErrWiped, calls that are running finish first. A Material that a
// cache evicts is just dropped: it is wiped when its last user lets go of it, so that nobody finds a zeroed key in
// hand. What Go's cryptography copies for the length of one call (HMAC pads, AES key schedules) is left to the
// garbage collector.
//
// # FIPS 140-3
//
// All of this uses Go's own module and works with GODEBUG=fips140=only, except a passphrase source: Argon2id is
// not an approved algorithm, and the source refuses to work in that mode.
package seal
