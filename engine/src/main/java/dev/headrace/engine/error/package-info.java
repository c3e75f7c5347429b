/// What can go wrong, told apart by who can act on it.
///
/// Begin with [dev.headrace.engine.error.HeadraceException]. The type says what is lost: a graph
/// that cannot be built, one sample, one iteration, or room in memory. Where it happened
/// ([dev.headrace.engine.error.Where]) is added by whoever knows it, once something has failed.
package dev.headrace.engine.error;
