package dev.headrace.engine.operator;

/// A node of a graph that is being written, used as an argument. It never reaches the engine.
public non-sealed interface Ref extends Argument {}
