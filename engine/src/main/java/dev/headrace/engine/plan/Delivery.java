package dev.headrace.engine.plan;

import com.google.common.primitives.ImmutableIntArray;

/// The launches whose events are awaited before a batch is delivered: all by the host, or, where it
/// is delivered on a stream of the consumer's, some by the host and the others by that stream. What
/// other waits imply is not among them.
///
/// @param awaits what the host awaits, where there is no such stream
/// @param hostAwaits what it awaits beside one: it has copied to the host
/// @param streamAwaits what that stream awaits then, behind the host
public record Delivery(
        ImmutableIntArray awaits, ImmutableIntArray hostAwaits, ImmutableIntArray streamAwaits) {}
