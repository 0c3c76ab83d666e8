// Package fakeopenai is a server of the OpenAI chat API that runs in a test: the
// endpoint /chat/completions, whole and as a stream, at OpenAI's address and at
// Azure's.
//
// # Invariants
//
// It is strict. A request is refused, with the status, code and parameter that
// OpenAI answers, when its key is wrong, its model unknown, a field unknown or of
// the wrong type, a parameter one that the model does not take (max_tokens and
// temperature of reasoning models), its schema one that strict structured output
// does not take, or its length more than the model reads. What is refused is
// counted and answered by nobody. The answers themselves are the test's: a
// function from request to [Answer], which also says what goes wrong on the way.
//
// Sources: OpenAI's published API description for fields, errors and streams; its
// guide for the rules of strict schemas; Azure's reference for its paths and its
// key. Rules that servers of the same API break are switched by [Model.Lacks].
//
// # Concurrency
//
// A Server may be used from any goroutine. In process ([Server.Client]) it works
// inside a testing/synctest bubble; everything that it waits for is time, or the
// reader.
package fakeopenai
