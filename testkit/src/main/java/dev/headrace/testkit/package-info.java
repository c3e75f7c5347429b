/// The contract that the test of every operator implements, and what is needed to write its cases.
/// Begin with [dev.headrace.testkit.OperatorContract].
package dev.headrace.testkit;
