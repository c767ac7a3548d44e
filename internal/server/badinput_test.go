package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// heapGrowth is how many bytes of heap a server may hold more after all that a test has thrown at it: what its pools and
// tables have grown to.
const heapGrowth = 16 << 20

// badInput is something no good client sends.
type badInput struct {
	name string
	text string   // what is sent before the client closes its half of the connection
	want []string // an answer each, as patterns of "status code body"; closed: net/http's own, with the connection closed
}

// closed is an answer in plain text, of net/http, after which the connection is closed.
const closed = "closed "

// TestBadInput throws at the AWS endpoint what breaks the rules of HTTP, of the protocols or of the operations. Each
// gets an error in AWS's shape or a closed connection, and the next request is served.
func TestBadInput(t *testing.T) {
	g := newTarget(t, usualLimits)
	for _, inputs := range [][]badInput{g.bodies(), g.messages(), g.heads(), g.policies()} {
		for _, in := range inputs {
			t.Run(in.name, func(t *testing.T) { g.refuses(t, g.info.Endpoint, in) })
		}
	}
	g.settled(heapGrowth)
}

// TestBadInputAPI does the same to /v1, which answers with problems.
func TestBadInputAPI(t *testing.T) {
	g := newTarget(t, usualLimits)
	for _, in := range g.problems() {
		t.Run(in.name, func(t *testing.T) { g.refuses(t, g.info.API, in) })
	}
	g.settled(heapGrowth)
}

// refuses sends an input and looks at the answers, and whether the next request is served.
func (g *target) refuses(t *testing.T, url string, in badInput) {
	before := g.t
	g.t = t
	defer func() { g.t = before }()
	began := time.Now()
	got := g.exchange(url, in.text)
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
	if !answered(got, in.want) {
		t.Errorf("answered %v\nwant %q", got, in.want)
	}
	g.serves(20 * time.Second)
}

// answered tells whether the answers are the wanted ones.
func answered(got []reply, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for i, r := range got {
		pattern, plain := strings.CutPrefix(want[i], closed)
		text := fmt.Sprintf("%d %s %s", r.status, r.code, r.body)
		if !regexp.MustCompile("^"+pattern).MatchString(text) || r.shaped == plain || plain && !r.closing {
			return false
		}
	}
	return true
}

// bodies are bodies that are cut off, that do not end, and that are not as long as they say.
func (g *target) bodies() []badInput {
	const big = 1<<20 + 1
	const tooLarge = "413 RequestEntityTooLargeException "
	const incomplete = "400 IncompleteBody .*You did not provide the number of bytes specified by the Content-Length HTTP header"
	spaces := strings.Repeat(" ", big-2)
	list, empty := g.kms("ListKeys", "{}"), "{}"
	chunked := func(chunks string) string { return g.kms("ListKeys", "{}", "Transfer-Encoding: chunked") + chunks }
	return []badInput{
		{"cut off", g.kms("ListKeys", "{}", "Content-Length: 100") + "{}", []string{incomplete}},
		{"cut off, Query", g.query("sts", "x", "Content-Length: 100") + "Action=GetCallerIdentity", []string{"400 IncompleteBody <"}},
		{"none at all", g.kms("ListKeys", "{}", "Content-Length: 100"), []string{incomplete}},
		{"longer than announced", list + empty + "and more", []string{"200 ", closed + "400"}},
		{"shorter than announced, another request behind it", g.kms("ListKeys", "{}", "Content-Length: 20") + empty + list + empty,
			[]string{"400 InvalidSignatureException", closed + "400"}},
		{"as large as can be", g.kms("ListKeys", "{}"+spaces[1:]) + "{}" + spaces[1:], []string{"200 "}},
		{"one byte larger", g.kms("ListKeys", "{}"+spaces) + "{}" + spaces, []string{tooLarge}},
		{"larger, announced only", g.kms("ListKeys", "{}", fmt.Sprint("Content-Length: ", big)), []string{tooLarge}},
		{"beyond all numbers", g.kms("ListKeys", "{}", "Content-Length: 99999999999999999999"), []string{closed + "400"}},
		{"eight exbibytes announced", g.kms("ListKeys", "{}", "Content-Length: 9223372036854775807") + empty, []string{tooLarge}},
		{"negative length", g.kms("ListKeys", "{}", "Content-Length: -1") + empty, []string{closed + "400"}},
		{"signed length", g.kms("ListKeys", "{}", "Content-Length: +2") + empty, []string{closed + "400"}},
		{"two lengths", g.kms("ListKeys", "{}", "Content-Length: 2", "Content-Length: 3") + empty, []string{closed + "400"}},
		{"two lengths in one", g.kms("ListKeys", "{}", "Content-Length: 2, 2") + empty, []string{closed + "400"}},
		{"no length", strings.Replace(list, "Content-Length: 2\r\n", "", 1), []string{"400 InvalidSignatureException"}},
		{"in chunks", chunked("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), []string{"200 "}},
		{"in chunks without end", chunked(strings.Repeat("1000\r\n"+spaces[:0x1000]+"\r\n", 300)), []string{tooLarge}},
		{"in chunks, cut off", chunked("1\r\n{"), []string{incomplete}},
		{"in chunks of no size", chunked("x\r\n"), []string{incomplete}},
		{"in chunks beyond all numbers", chunked("fffffffffffffffff\r\n"), []string{incomplete}},
		{"in chunks with much to say about them", chunked("1;" + spaces[:100_000] + "\r\n{\r\n"), []string{incomplete}},
		{"chunk with a trailer", chunked("2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"), []string{"200 "}},
		{"a chunk and a length", g.kms("ListKeys", "{}", "Content-Length: 4", "Transfer-Encoding: chunked") + "2\r\n{}\r\n0\r\n\r\n" + list + empty, []string{"200 "}},
		{"a length that ends in a second request", g.kms("ListKeys", "{}", fmt.Sprint("Content-Length: ", len(list)+9), "Transfer-Encoding: chunked") + "0\r\n\r\n" + list + empty,
			[]string{"400 InvalidSignatureException"}},
		{"another transfer encoding", g.kms("ListKeys", "{}", "Transfer-Encoding: gzip, chunked") + "2\r\n{}\r\n0\r\n\r\n", []string{closed + "501"}},
		{"two transfer encodings", g.kms("ListKeys", "{}", "Transfer-Encoding: chunked", "Transfer-Encoding: identity") + "2\r\n{}\r\n0\r\n\r\n", []string{closed + "501"}},
		{"transfer encoding with a vertical tab", g.kms("ListKeys", "{}", "Transfer-Encoding: \vchunked") + "2\r\n{}\r\n0\r\n\r\n", []string{closed + "(400|501)"}},
		{"transfer encoding before a space", g.kms("ListKeys", "{}", "Content-Length: 2", "Transfer-Encoding : chunked") + empty, []string{closed + "400"}},
		{"chunks in HTTP/1.0", strings.Replace(chunked("2\r\n{}\r\n0\r\n\r\n"), "HTTP/1.1", "HTTP/1.0", 1), []string{"400 InvalidSignatureException"}},
		{"gzip bomb", g.gzipped(zeros(64 << 20)), []string{tooLarge}},
		{"gzip bomb of many parts", g.gzipped(bytes.Repeat(zeros(1<<20), 100)), []string{tooLarge}},
		{"gzip, cut off", g.gzipped(zeros(1 << 10)[:20]), []string{"400 SerializationException"}},
		{"gzip twice", g.encoded("gzip, gzip", zeros(1<<10)), []string{`415 UnsupportedMediaTypeException`}},
		{"another content encoding", g.encoded("br", []byte("{}")), []string{"415 UnsupportedMediaTypeException"}},
	}
}

// gzipped is a call of KMS whose body is gzip.
func (g *target) gzipped(body []byte) string { return g.encoded("gzip", body) }

func (g *target) encoded(encoding string, body []byte) string {
	return g.kms("ListKeys", string(body), fmt.Sprint("Content-Length: ", len(body)), "Content-Encoding: "+encoding) + string(body)
}

// zeros is n zero bytes, compressed.
func zeros(n int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.CopyN(z, zero{}, int64(n)) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// messages are bodies that arrive whole and say what they should not.
func (g *target) messages() []badInput {
	call := func(operation, body string) string { return g.kms(operation, body) + body }
	typed := func(contentType string) string {
		return strings.Replace(g.kms("ListKeys", "{}"), "application/x-amz-json-1.1", contentType, 1) + "{}"
	}
	const deep = 100_000
	const malformed = "400 SerializationException "
	context := func(n int) string {
		pairs := map[string]string{}
		for i := range n {
			pairs[fmt.Sprint("key-", i)] = fmt.Sprint("value-", i)
		}
		b, _ := json.Marshal(map[string]any{"KeyId": "alias/customer-acme", "Plaintext": []byte("x"), "EncryptionContext": pairs}) // strings always marshal
		return string(b)
	}
	return []badInput{
		{"text/plain", typed("text/plain"), []string{"400 UnknownOperationException"}},
		{"plain JSON", typed("application/json"), []string{"400 UnknownOperationException"}},
		{"JSON 1.0", typed("application/x-amz-json-1.0"), []string{"400 UnknownOperationException"}},
		{"a form", typed("application/x-www-form-urlencoded"), []string{"400 UnknownOperationException"}},
		{"multipart", typed("multipart/form-data; boundary=x"), []string{"400 UnknownOperationException"}},
		{"no content type", strings.Replace(typed("x"), "Content-Type: x\r\n", "", 1), []string{"400 UnknownOperationException"}},
		{"XML", call("ListKeys", "<a/>"), []string{malformed}},
		{"nothing", call("ListKeys", ""), []string{malformed}},
		{"null", call("ListKeys", "null"), []string{malformed}},
		{"arrays in arrays", call("ListKeys", strings.Repeat("[", deep)+strings.Repeat("]", deep)), []string{malformed}},
		{"arrays in arrays, open", call("ListKeys", strings.Repeat("[", deep)), []string{malformed}},
		{"objects in objects", call("ListKeys", strings.Repeat(`{"a":`, deep)+"1"+strings.Repeat("}", deep)), []string{malformed}},
		{"objects in objects, open", call("ListKeys", strings.Repeat(`{"a":`, deep)), []string{malformed}},
		{"objects in a known member", call("CreateKey", `{"Tags":`+strings.Repeat(`[{"TagKey":`, deep/2)), []string{malformed}},
		{"policy of arrays in arrays", call("CreateKey", `{"Policy":"`+strings.Repeat("[", 15_000)+strings.Repeat("]", 15_000)+`"}`), []string{"400 MalformedPolicyDocumentException"}},
		{"not UTF-8", call("ListKeys", "{\"Marker\":\"\xff\xfe\"}"), []string{malformed}},
		{"half of a surrogate pair", call("ListKeys", `{"Marker":"\ud800"}`), []string{malformed}},
		{"UTF-16", call("ListKeys", "\xff\xfe{\x00}\x00"), []string{malformed}},
		{"byte order mark", call("ListKeys", "\xef\xbb\xbf{}"), []string{malformed}},
		{"zero bytes", call("ListKeys", strings.Repeat("\x00", 1000)), []string{malformed}},
		{"not UTF-8, Query", g.query("sts", "Action=%ff") + "Action=%ff", []string{"400 MalformedInput"}},
		{"no base64", call("Decrypt", `{"CiphertextBlob":"§§§"}`), []string{malformed}},
		{"base64 cut off", call("Decrypt", `{"CiphertextBlob":"QUFB="}`), []string{malformed}},
		{"base64 of a URL", call("Encrypt", `{"KeyId":"alias/a","Plaintext":"-_-_"}`), []string{malformed}},
		{"unknown members", call("ListKeys", `{"Unknown":{"a":[1,2,{"b":null}]},"":0}`), []string{`200  {"Keys"`}},
		{"member twice", call("ListKeys", `{"Limit":1,"Limit":2}`), []string{malformed}},
		{"100,000 unknown members", call("ListKeys", "{"+strings.TrimSuffix(strings.Repeat(`"a":1,`, deep), ",")+"}"), []string{"200 "}},
		{"number of 100,000 digits", call("ListKeys", `{"Limit":1`+strings.Repeat("0", deep)+`}`), []string{malformed}},
		{"encryption context of 10,000 entries", call("Encrypt", context(10_000)), []string{"400 ValidationException"}},
		{"grant tokens", call("ListGrants", `{}`), []string{"400 "}},
		{"10,001 parameters", g.whole("sts", "AssumeRole", many(10_001)...), []string{"400 MalformedInput <"}},
		{"9,000 parameters", g.whole("sts", "AssumeRole", many(9_000)...), []string{"400 ValidationError <"}},
		{"list with gaps", g.whole("sts", "AssumeRole", "RoleArn", "arn:aws:iam::111122223333:role/x", "RoleSessionName", "x",
			"TransitiveTagKeys.member.1073741824", "a"), []string{"4"}},
		{"list from zero", g.whole("sts", "AssumeRole", "TransitiveTagKeys.member.0", "a"), []string{"400 MalformedInput <"}},
		{"names in names", g.whole("sts", "AssumeRole", "Tags"+strings.Repeat(".member.1", deep/10), "a"), []string{"400 ValidationError <"}},
	}
}

// many are the pairs of n parameters.
func many(n int) []string {
	pairs := make([]string, 0, 2*n)
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("Tags.member.%d.Key", i+1), "a")
	}
	return pairs
}

// heads are request lines and headers.
func (g *target) heads() []badInput {
	const unsigned = "403 MissingAuthenticationToken <"
	list := g.kms("ListKeys", "{}")
	line := func(line string) string { return raw(line, "Host: localhost") }
	replaced := func(old, new string) string { return strings.Replace(list, old, new, 1) + "{}" }
	return []badInput{
		{"70,000 bytes in a header", g.kms("ListKeys", "{}", "X-Long: "+strings.Repeat("a", 70_000)) + "{}", []string{closed + "431"}},
		{"a megabyte in a header", g.kms("ListKeys", "{}", "X-Long: "+strings.Repeat("a", 1<<20)) + "{}", []string{closed + "431"}},
		{"10,000 headers", g.kms("ListKeys", "{}", strings.Split(strings.Repeat("X-Many: a,", 10_000), ",")[:10_000]...) + "{}", []string{closed + "431"}},
		{"10,000 short headers", raw("POST / HTTP/1.1", append(strings.Split(strings.Repeat("a:,", 10_000), ",")[:10_000], "Host: h")...), []string{unsigned}},
		{"a URL of 70,000 bytes", line("GET /" + strings.Repeat("a", 70_000) + " HTTP/1.1"), []string{closed + "431"}},
		{"header that goes on in the next line", replaced("X-Amz-Target: ", "X-Amz-Target:\r\n "), []string{closed + "400"}},
		{"header without a colon", replaced("X-Amz-Date: ", "X-Amz-Date "), []string{closed + "400"}},
		{"header with a zero byte", replaced("X-Amz-Date: ", "X-Amz-Date: \x00"), []string{closed + "400"}},
		{"header that is not UTF-8", replaced("\r\n\r\n", "\r\nUser-Agent: \xff\xfe\r\n\r\n"), []string{"200 "}},
		{"target that is not UTF-8", replaced("TrentService.", "TrentService.\xff"), []string{"400 InvalidSignatureException"}},
		{"line feeds alone", strings.ReplaceAll(list, "\r\n", "\n") + "{}", []string{closed + "400"}},
		{"no host", strings.Replace(line("GET / HTTP/1.1"), "Host: localhost\r\n", "", 1), []string{closed + "400"}},
		{"two hosts", raw("GET / HTTP/1.1", "Host: a", "Host: b"), []string{closed + "400"}},
		{"signature twice", replaced("Authorization: ", "Authorization: AWS4-HMAC-SHA256 x\r\nAuthorization: "), []string{"400 (IncompleteSignature|InvalidSignature)Exception"}},
		{"signature of 30,000 bytes", raw("POST / HTTP/1.1", "Host: h", "X-Amz-Target: TrentService.ListKeys", "Authorization: AWS4-HMAC-SHA256 "+strings.Repeat("Credential=a/b/c, ", 1600)), []string{"400 RequestHeaderSectionTooLarge "}},
		{"basic authentication", raw("GET / HTTP/1.1", "Host: h", "Authorization: Basic YTpi"), []string{"40[03] "}},
		{"HTTP/1.0", replaced("HTTP/1.1", "HTTP/1.0"), []string{"200 "}},
		{"HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", []string{unsigned}},
		{"HTTP/0.9", "GET /\r\n\r\n", []string{closed + "400"}},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []string{closed + "505"}},
		{"HTTP/3.7", line("GET / HTTP/3.7"), []string{closed + "505"}},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []string{closed + "400"}},
		{"noise", strings.Repeat("\xde\xad\xbe\xef", 5_000) + "\r\n\r\n", []string{closed + "400"}},
		{"nothing", "", nil},
		{"an empty line", "\r\n\r\n", []string{closed + "400"}},
		{"other address in the line", replaced("POST / ", "POST http://evil.example/ "), []string{"400 InvalidSignatureException"}},
		{"own address in the line", replaced("POST / ", "POST "+g.info.Endpoint+"/ "), []string{"200 "}},
		{"OPTIONS of everything", line("OPTIONS * HTTP/1.1"), []string{unsigned}},
		{"CONNECT", line("CONNECT evil.example:443 HTTP/1.1"), []string{unsigned}},
		{"TRACE", line("TRACE / HTTP/1.1"), []string{unsigned}},
		{"unknown method", line("BREW /pot HTTP/1.1"), []string{unsigned}},
		{"method in lower case", replaced("POST / ", "post / "), []string{"400 "}},
		{"method that is none", line("G<T / HTTP/1.1"), []string{closed + "400"}},
		{"path up", line("GET /../../etc/passwd HTTP/1.1"), []string{unsigned}},
		{"path with a zero byte", line("GET /%00 HTTP/1.1"), []string{unsigned}},
		{"path with broken escapes", line("GET /%zz HTTP/1.1"), []string{closed + "400"}},
		{"query with broken escapes", line("GET /?Action=%zz HTTP/1.1"), []string{unsigned}},
		{"path that was not signed", replaced("POST / ", "POST /x "), []string{"400 InvalidSignatureException"}},
		{"signed with another body", list + "[]", []string{"400 InvalidSignatureException"}},
		{"100-continue", g.kms("ListKeys", "{}", "Expect: 100-continue") + "{}", []string{"100 ", "200 "}},
		{"100-continue for nobody", raw("POST / HTTP/1.1", "Host: h", "Expect: 100-continue", "Content-Length: 2") + "{}", []string{unsigned}},
		{"another expectation", g.kms("ListKeys", "{}", "Expect: a miracle") + "{}", []string{closed + "417"}},
		{"upgrade", g.kms("ListKeys", "{}", "Connection: Upgrade", "Upgrade: h2c") + "{}", []string{"200 "}},
		{"50 requests at once", strings.Repeat(list+"{}", 50), slicesOf("200 ", 50)},
	}
}

// slicesOf is n times the same.
func slicesOf(s string, n int) []string {
	var all []string
	for range n {
		all = append(all, s)
	}
	return all
}

// policies are documents of 100 KB wherever one is taken: good ones but for their size, senseless ones, and such as take
// long to compare.
func (g *target) policies() []badInput {
	const size = 99_000 // bytes; beyond 100,000 nothing is parsed
	key, role := g.keyAndRole()
	var all []badInput
	for name, fill := range map[string]string{"long": strings.Repeat("a", size), "wild": strings.Repeat("*a", size/2), "blank": ""} {
		want := "409 LimitExceeded <"
		if fill == "" {
			want = "200 " // white space does not count
		}
		blank := strings.Repeat(" ", size-len(fill))
		identity := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::` + fill + `"}]}` + blank
		trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + DefaultCentralAccount + `"},"Action":"sts:AssumeRole",` +
			`"Condition":{"StringLike":{"aws:username":"` + fill + `"}}}]}` + blank
		resource := strings.Replace(trust, "sts:AssumeRole", `kms:*","Resource":"*`, 1)
		all = append(all, g.withPolicies(name, key, role, identity, trust, resource, want)...)
	}
	senseless := strings.Repeat("x", size)
	return append(all, g.withPolicies("senseless", key, role, senseless, senseless, senseless, "400 MalformedPolicyDocument <")...)
}

// withPolicies are calls that take a policy: an identity's, a role's trust or a resource's. IAM gives the wanted answer; KMS
// and STS look at the size first.
func (g *target) withPolicies(name, key, role, identity, trust, resource, want string) []badInput {
	kms := func(operation, members string) string {
		quoted, _ := json.Marshal(resource) // a string always marshals
		body := "{" + members + `"Policy":` + string(quoted) + "}"
		return g.kms(operation, body) + body
	}
	const tooLong = "400 LimitExceededException "
	return []badInput{
		{name + " policy, CreateKey", kms("CreateKey", ""), []string{tooLong}},
		{name + " policy, PutKeyPolicy", kms("PutKeyPolicy", `"KeyId":"`+key+`",`), []string{tooLong}},
		{name + " policy, CreateRole", g.whole("iam", "CreateRole", "RoleName", name, "AssumeRolePolicyDocument", trust), []string{want}},
		{name + " policy, UpdateAssumeRolePolicy", g.whole("iam", "UpdateAssumeRolePolicy", "RoleName", "role", "PolicyDocument", trust), []string{want}},
		{name + " policy, PutRolePolicy", g.whole("iam", "PutRolePolicy", "RoleName", "role", "PolicyName", name, "PolicyDocument", identity), []string{want}},
		{name + " policy, CreatePolicy", g.whole("iam", "CreatePolicy", "PolicyName", name, "PolicyDocument", identity), []string{want}},
		{name + " policy, AssumeRole", g.whole("sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session", "Policy", identity), []string{"400 ValidationError <"}},
	}
}

// keyAndRole makes a key that the administrator may change and a role that he may assume.
func (g *target) keyAndRole() (keyID, roleARN string) {
	g.t.Helper()
	ctx := context.Background()
	key, err := kms.NewFromConfig(g.AWSConfig(admin)).CreateKey(ctx, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	role, err := iam.NewFromConfig(g.AWSConfig(admin)).CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: awssdk.String("role"), AssumeRolePolicyDocument: awssdk.String(`{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Principal":{"AWS":"` + DefaultCentralAccount + `"},"Action":"sts:AssumeRole"}]}`),
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return *key.KeyMetadata.KeyId, *role.Role.Arn
}

// problems are what /v1 refuses, and how.
func (g *target) problems() []badInput {
	const deep = 30_000
	const acme = `{"id":"acme","name":"Acme"}`
	create := func(body string, lines ...string) string {
		return g.api("POST /v1/tenants HTTP/1.1", body, lines...) + body
	}
	line := func(line string, lines ...string) string { return g.api(line, "", lines...) }
	big := strings.Repeat(" ", 64<<10)
	return []badInput{
		{"cut off", create(acme, "Content-Length: 100"), []string{"400 invalid .*The body did not arrive"}},
		{"as large as can be", create(acme + big[len(acme):]), []string{"201 "}},
		{"too large", create(acme + big), []string{"413 invalid "}},
		{"too large, announced only", g.api("POST /v1/tenants HTTP/1.1", acme, "Content-Length: 1000000000"), []string{"4(00|13) invalid "}},
		{"body where none is taken", g.api("POST /v1/tenants/acme/restore HTTP/1.1", "{}") + "{}", []string{"413 invalid "}},
		{"in chunks without end", g.api("POST /v1/tenants HTTP/1.1", acme, "Transfer-Encoding: chunked") + strings.Repeat("1000\r\n"+big[:0x1000]+"\r\n", 100), []string{"413 invalid "}},
		{"in chunks, cut off", g.api("POST /v1/tenants HTTP/1.1", acme, "Transfer-Encoding: chunked") + "5\r\n{", []string{"400 invalid "}},
		{"a chunk and a length", g.api("POST /v1/tenants HTTP/1.1", acme, "Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n" + line("GET /v1/health HTTP/1.1"), []string{"400 invalid "}},
		{"arrays in arrays", create(strings.Repeat("[", deep) + strings.Repeat("]", deep)), []string{"400 invalid "}},
		{"objects in objects, open", create(strings.Repeat(`{"a":`, deep/3)), []string{"400 invalid "}},
		{"not UTF-8", create("{\"name\":\"\xff\"}"), []string{"400 invalid .*UTF-8"}},
		{"half of a surrogate pair", create(`{"name":"\ud800"}`), []string{"422 invalid "}},
		{"unknown members", create(`{"id":"acme","name":"Acme","color":"red"}`), []string{"422 invalid .*#/color"}},
		{"9,000 unknown members", create("{" + numbered(3_000) + "}"), []string{"422 invalid "}},
		{"member twice", create(`{"name":"a","name":"b"}`), []string{"400 invalid .*twice"}},
		{"no object", create(`null`), []string{"400 invalid "}},
		{"wrong type", create(`{"name":1}`), []string{"422 invalid .*must be a string"}},
		{"name of 60,000 characters", create(`{"name":"` + strings.Repeat("a", 60_000) + `"}`), []string{"422 invalid "}},
		{"id of 60,000 characters", create(`{"name":"a","id":"` + strings.Repeat("a", 60_000) + `"}`), []string{"422 invalid "}},
		{"id that is a policy's", create(`{"name":"a","id":"*"}`), []string{"422 invalid .*#/id"}},
		{"wrong content type", strings.Replace(create(acme), "application/json", "text/plain", 1), []string{"415 invalid "}},
		{"no content type", strings.Replace(create(acme), "Content-Type: application/json\r\n", "", 1), []string{"415 invalid "}},
		{"gzip bomb", create(string(zeros(8<<20)), "Content-Encoding: gzip"), []string{"415 invalid .*must not be compressed"}},
		{"70,000 bytes in a header", line("GET /v1/tenants HTTP/1.1", "X-Long: "+strings.Repeat("a", 70_000)), []string{closed + "431"}},
		{"no token", raw("GET /v1/tenants HTTP/1.1", "Host: localhost"), []string{"401 unauthenticated "}},
		{"token of 50,000 bytes", raw("GET /v1/tenants HTTP/1.1", "Host: localhost", "Authorization: Bearer "+strings.Repeat("a", 50_000)), []string{"401 unauthenticated "}},
		{"signature of nothing", raw("GET /v1/tenants HTTP/1.1", "Host: localhost", "Authorization: AWS4-HMAC-SHA256 Credential=a"), []string{"401 unauthenticated "}},
		{"another host", raw("GET /v1/health HTTP/1.1", "Host: evil.example"), []string{"421 denied "}},
		{"another host in the line", line("GET http://evil.example/v1/health HTTP/1.1"), []string{"421 denied "}},
		{"another origin", line("POST /v1/local/reset HTTP/1.1", "Origin: http://evil.example"), []string{"403 denied "}},
		{"HTTP/1.0", line("GET /v1/tenants HTTP/1.0"), []string{"200 "}},
		{"HTTP/1.0 without a host", "GET /v1/health HTTP/1.0\r\n\r\n", []string{"421 denied "}},
		{"OPTIONS of everything", line("OPTIONS * HTTP/1.1"), []string{closed + "400"}},
		{"CONNECT", line("CONNECT localhost:443 HTTP/1.1"), []string{"404 not_found "}},
		{"unknown method", line("BREW /v1/tenants HTTP/1.1"), []string{"405 invalid "}},
		{"path up", line("GET /v1/tenants/../../etc/passwd HTTP/1.1"), []string{"404 not_found "}},
		{"path with two slashes", line("GET //v1/tenants HTTP/1.1"), []string{"404 not_found "}},
		{"tenant with a slash", line("GET /v1/tenants/a%2f..%2fb HTTP/1.1"), []string{"404 not_found "}},
		{"tenant with a zero byte", line("DELETE /v1/tenants/a%00 HTTP/1.1"), []string{"404 not_found "}},
		{"path with broken escapes", line("GET /v1/tenants/%zz HTTP/1.1"), []string{closed + "400"}},
		{"query with broken escapes", line("GET /v1/tenants?limit=%zz HTTP/1.1"), []string{"400 invalid "}},
		{"query with a semicolon", line("GET /v1/tenants?limit=1;cursor=2 HTTP/1.1"), []string{"400 invalid "}},
		{"limit beyond all numbers", line("GET /v1/tenants?limit=99999999999999999999 HTTP/1.1"), []string{"422 invalid "}},
		{"cursor of 50,000 bytes", line("GET /v1/tenants?cursor=" + strings.Repeat("a", 50_000) + " HTTP/1.1"), []string{"422 invalid "}},
		{"5,000 parameters", line("GET /v1/tenants?" + strings.Repeat("a=1&", 5_000) + " HTTP/1.1"), []string{"422 invalid "}},
		{"100-continue", g.api("POST /v1/local/credentials HTTP/1.1", `{"as":"x"}`, "Expect: 100-continue") + `{"as":"x"}`, []string{"100 ", "422 invalid "}},
		{"50 requests at once", strings.Repeat(line("GET /v1/health HTTP/1.1"), 50), slicesOf(`200  {"status":"ok"}`, 50)},
	}
}

// numbered are n members with names of their own.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"m%d":0,`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}
