package seal

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The vectors are those of NIST's validation programme (CAVS 14.4, SP 800-108 counter mode, HMAC-SHA256, counter before
// the fixed input, 32 bits) that need one block.
func TestCounterBlockNIST(t *testing.T) {
	for _, v := range []struct{ key, fixed, want string }{
		{
			"dd1d91b7d90b2bd3138533ce92b272fbf8a369316aefe242e659cc0ae238afe0",
			"01322b96b30acd197979444e468e1c5c6859bf1b1cf951b7e725303e237e46b864a145fab25e517b08f8683d0315bb2911d80a0e8aba17f3b413faac",
			"10621342bfb0fd40046c0e29f2cfdbf0",
		},
		{
			"e204d6d466aad507ffaf6d6dab0a5b26152c9e21e764370464e360c8fbc765c6",
			"7b03b98d9f94b899e591f3ef264b71b193fba7043c7e953cde23bc5384bc1a6293580115fae3495fd845dadbd02bd6455cf48d0f62b33e62364a3a80",
			"770dfab6a6a4a4bee0257ff335213f78d8287b4fd537d5c1fffa956910e7c779",
		},
		{
			"dc60338d884eecb72975c603c27b360605011756c697c4fc388f5176ef81efb1",
			"44d7aa08feba26093c14979c122c2437c3117b63b78841cd10a4bc5ed55c56586ad8986d55307dca1d198edcffbc516a8fbe6152aa428cdd800c062d",
			"29ac07dccf1f28d506cd623e6e3fc2fa255bd60b",
		},
	} {
		want := unhex(t, v.want)
		fixed := unhex(t, v.fixed)
		got := counterBlock((*[KeySize]byte)(unhex(t, v.key)), fixed)
		if !bytes.Equal(got[:len(want)], want) {
			t.Errorf("key %s: got %x, want %s", v.key, got, v.want)
		}
	}
}

// The value comes from the KBKDFHMAC of Python's cryptography package.
func TestCounterKDF(t *testing.T) {
	got := counterKDF((*[KeySize]byte)(sequence(0, KeySize)), labelSeal, "purpose", sequence(0x40, 16))
	if want := "fdcd2d8805dce9e7b73adfa2d03ee58cd082c6e69b5183bdf4bf42b5e788b593"; hex.EncodeToString(got[:]) != want {
		t.Errorf("got %x, want %s", got, want)
	}
}

// sequence is n bytes that count up from first.
func sequence(first byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}
