/// What flows through a graph: tensors, lists of them, and the ids of samples.
///
/// Begin with [dev.headrace.engine.data.Tensor].
package dev.headrace.engine.data;
