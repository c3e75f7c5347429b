package dev.headrace.engine.operator;

/// What running an operator does besides computing outputs. It bounds what the optimizer may do.
public enum Effect {
    /// Nothing: it may be pruned where nobody reads its outputs, and merged with an equal one.
    NONE,
    /// It keeps state or runs code that cannot be compared: it may be pruned, never merged.
    PRIVATE,
    /// Somebody outside sees it run: it is neither pruned nor merged, and all it needs is kept.
    VISIBLE
}
