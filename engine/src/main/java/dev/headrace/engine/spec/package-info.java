/// What was asked: a graph and the options to run it with, as immutable values.
///
/// Begin with [dev.headrace.engine.spec.GraphSpec].
package dev.headrace.engine.spec;
