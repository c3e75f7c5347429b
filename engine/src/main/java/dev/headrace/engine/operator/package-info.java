/// What an operator is, and what it is given while it runs. The engine knows this package's kinds
/// and never which operators exist.
///
/// Begin with [dev.headrace.engine.operator.Operator], then
/// [dev.headrace.engine.operator.Transform], the form of most operators.
package dev.headrace.engine.operator;
