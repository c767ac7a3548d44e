package policy

// Evaluate decides a request under the policies that apply to it. It keeps nothing of its arguments and, on the usual
// path, allocates nothing.
func Evaluate(req *Request, set *Set) Decision {
	var room actionRoom
	e := start(req, set, room[:0])
	return e.decide()
}

// evaluation is the state of one decision.
type evaluation struct {
	req       *Request
	set       *Set
	principal *Principal
	action    []byte // in lower case
	foreign   bool   // whether the resource belongs to another account than the principal
}

// actionRoom is where the name of usual actions fits in.
type actionRoom [96]byte

// anonymous stands for a request without a principal.
var anonymous Principal

// start prepares the decision of a request. It writes the action's name to room.
func start(req *Request, set *Set, room []byte) evaluation {
	e := evaluation{req: req, set: set, principal: req.Principal, action: appendLower(room, req.Action)}
	if e.principal == nil {
		e.principal = &anonymous
	}
	switch account := e.principal.Account; {
	case e.outsider():
	case req.Account == "":
		e.foreign = account == "" || set.Resource != nil
	default:
		e.foreign = account != req.Account
	}
	return e
}

// outsider reports whether the caller belongs to no account, and so has no policies of its own.
func (e *evaluation) outsider() bool {
	return e.principal.Kind == Anonymous || e.principal.Kind == Service
}

func (e *evaluation) decide() Decision {
	if !e.outsider() && string(e.action) == "sts:getcalleridentity" {
		return e.allow(NoLayer, nil)
	}
	if s, layer := e.denied(); s != nil {
		return Decision{Effect: ExplicitDeny, Layer: layer, Statement: s, CrossAccount: e.foreign}
	}
	if e.outsider() {
		return e.decideOutsider()
	}
	if !e.everyLevelAllows() {
		return e.implicit(SCPLayer)
	}
	if e.foreign {
		return e.decideForeign()
	}
	return e.decideOwn()
}

func (e *evaluation) allow(layer Layer, s *Statement) Decision {
	return Decision{Effect: Allow, Layer: layer, Statement: s, CrossAccount: e.foreign}
}

func (e *evaluation) implicit(layer Layer) Decision {
	return Decision{Layer: layer, CrossAccount: e.foreign}
}

// rcpExempt reports whether resource control policies leave the request alone.
func (e *evaluation) rcpExempt() bool { return string(e.action) == "kms:retiregrant" }

// decideOutsider decides for services and anonymous callers.
func (e *evaluation) decideOutsider() Decision {
	if g := e.grants(); g.any() != nil {
		return e.allow(ResourceLayer, g.any())
	}
	return e.implicit(ResourceLayer)
}

// decideForeign decides across accounts: the principal's side first, then the resource's.
func (e *evaluation) decideForeign() Decision {
	if _, ok := e.identityAllows(); !ok {
		return e.implicit(IdentityLayer)
	}
	if layer := e.limit(); layer != NoLayer {
		return e.implicit(layer)
	}
	if e.set.Resource == nil || e.set.Resource.kind == Key && !crossesAccounts(e.action) {
		return e.implicit(ResourceLayer)
	}
	g := e.grants()
	if g.any() == nil {
		return e.implicit(ResourceLayer)
	}
	return e.allow(ResourceLayer, g.any())
}

// decideOwn decides within one account.
func (e *evaluation) decideOwn() Decision {
	g := e.grants()
	if g.bySelf != nil && !(e.set.Resource.kind == Trust && !e.boundariesAllow()) {
		return e.allow(ResourceLayer, g.bySelf)
	}
	if g.any() == nil && e.mustAllow() {
		return e.implicit(ResourceLayer)
	}
	s, ok := e.identityAllows()
	if !ok && g.byIssuer == nil && g.bySelf == nil {
		return e.implicit(IdentityLayer)
	}
	if layer := e.limit(); layer != NoLayer {
		return e.implicit(layer)
	}
	if ok {
		return e.allow(IdentityLayer, s)
	}
	return e.allow(ResourceLayer, g.byIssuer)
}

// mustAllow reports whether the resource's policy must allow even within one account.
func (e *evaluation) mustAllow() bool {
	r := e.set.Resource
	return r != nil && (r.kind == Key || r.kind == Trust)
}

// limit returns the layer that keeps a grant from taking effect: boundary, session or none.
func (e *evaluation) limit() Layer {
	switch {
	case !e.boundariesAllow():
		return BoundaryLayer
	case !e.sessionAllows():
		return SessionLayer
	default:
		return NoLayer
	}
}

// identityAllows reports whether the principal's own policies allow, and by which statement. The root user needs none.
func (e *evaluation) identityAllows() (*Statement, bool) {
	if e.principal.Kind == Root {
		return nil, true
	}
	s := e.firstAllow(e.set.Identity)
	return s, s != nil
}

func (e *evaluation) boundariesAllow() bool {
	for i := range e.set.Boundaries {
		if e.firstAllow(e.set.Boundaries[i:i+1]) == nil {
			return false
		}
	}
	return true
}

// sessionAllows reports whether the session policies allow. A federated user's session has no permissions without them.
func (e *evaluation) sessionAllows() bool {
	if !e.set.HasSession && len(e.set.Sessions) == 0 {
		return e.principal.Kind != FederatedUser
	}
	return e.firstAllow(e.set.Sessions) != nil
}

// everyLevelAllows reports whether every level of the service control policies allows. Resource control policies need no
// such test: the one that allows everything is attached to every level and cannot be detached.
func (e *evaluation) everyLevelAllows() bool {
	for _, level := range e.set.SCPs {
		if e.firstAllow(level) == nil {
			return false
		}
	}
	return true
}

// crossAccountActions are the operations on KMS keys that a key policy can allow to other accounts, in lower case.
var crossAccountActions = []string{
	"kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:describekey", "kms:reencryptfrom", "kms:reencryptto",
	"kms:generatedatakeywithoutplaintext", "kms:generatedatakeypair", "kms:generatedatakeypairwithoutplaintext",
	"kms:sign", "kms:verify", "kms:generatemac", "kms:verifymac", "kms:derivesharedsecret", "kms:getpublickey",
	"kms:creategrant", "kms:listgrants", "kms:retiregrant", "kms:revokegrant", "kms:getkeyrotationstatus",
}

func crossesAccounts(action []byte) bool {
	for _, name := range crossAccountActions {
		if string(action) == name {
			return true
		}
	}
	return false
}
