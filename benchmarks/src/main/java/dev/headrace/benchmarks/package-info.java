/// Measures Headrace: the engine alone, by JMH, and the usual image pipeline beside NVIDIA DALI.
///
/// Begin with [dev.headrace.benchmarks.RunOverhead] for the one and
/// [dev.headrace.benchmarks.CompareWithDali] for the other.
package dev.headrace.benchmarks;
