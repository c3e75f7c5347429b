/// Operators on tensors of any meaning: their types, extents and axes, and a user's own code, in
/// Java or for CUDA devices.
package dev.headrace.operators.tensor;
