package policy

// Explanation is a decision with the account of how it came about.
type Explanation struct {
	Decision   Decision      `json:"-"`
	Effect     Effect        `json:"effect"`
	Layer      Layer         `json:"layer"`
	Statements []Examination `json:"statements"`
}

// Examination says what one statement made of the request.
type Examination struct {
	Layer   Layer  `json:"layer"`
	Policy  string `json:"policy"`        // kind and place of the policy in its layer
	Sid     string `json:"sid,omitempty"` // the statement's id, if it has one
	Index   int    `json:"index"`         // the statement's place in its policy, from 0
	Effect  string `json:"effect"`        // Allow or Deny
	Matched bool   `json:"matched"`       // whether the statement applies to the request
	Why     string `json:"why"`           // the element or condition that decided, with the value it saw
}

// Reason returns the decision in one sentence.
func (e Explanation) Reason() string { return "" }

// Explain decides as Evaluate does and tells why.
func Explain(req *Request, set *Set) Explanation {
	return Explanation{}
}
