/// Operators on tensors of any meaning: their types, extents and axes, and a user's own Java code.
package dev.headrace.operators.tensor;
