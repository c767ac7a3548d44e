// Package wire speaks AWS's protocols: it turns HTTP requests into calls of aws.Cloud, and answers and errors into HTTP
// responses. NewHandler serves them; Transport lets an SDK client call a handler in its own process.
//
// # The way of a request
//
//	identify   who claims to have sent it, and which protocol it is in: AWS JSON has X-Amz-Target, the rest is AWS Query
//	service    the one that the target or the signature names
//	read       the body, at most 1 MiB, as it was signed
//	Verify     the signature; then the credential's expiry
//	operation  from the target, or from the form's Action and Version
//	decode     the input, by the plan of the operation
//	validate   the model's constraints, in AWS's words
//	Invoke     the door: authorise, run, record
//	encode     the output or the error
//
// Nothing of a body is interpreted before its signature has been verified. A fault of ours, a panic included, is logged
// once under the request id and answered as InternalFailure.
//
// # Plans
//
// A service's model (package api) is parsed when the service is first used. Each shape is then bound to its Go type once;
// the resulting plan says which member of the model is which field, so that coding a value only walks it. Nothing here
// is generated for each operation, and nothing uses unsafe.
//
// A protocol implements the interface protocol and has a line in protocols; it decodes into and encodes from plans.
//
// # Errors
//
// A drawer's error is an aws.Error. If the service's model has it, the model says its code, status and members; the
// errors of all services are in a table of their own. Over JSON, AWS answers 400 for whatever the caller did wrong, and
// sends no x-amzn-ErrorType.
//
// # What differs from AWS on purpose
//
//   - A member, parameter or map key that comes twice is refused, as is null inside a list or map, and JSON with anything
//     behind its value: readers disagree on what such a request means.
//   - Numbers out of their type's range are refused; some AWS services wrap them around. Fractions are cut off, as at AWS.
//   - A body is at most 1 MiB, nested at most 64 levels, with at most 10,000 form parameters.
//   - Every operation wants a signature, also those of STS that take none at AWS.
//   - An operation or service that is not here is refused with a text that names it, where AWS sends no text.
package wire
