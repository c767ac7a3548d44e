package policy

// Evaluate decides a request under the policies that apply to it.
func Evaluate(req *Request, set *Set) Decision {
	return Decision{}
}
