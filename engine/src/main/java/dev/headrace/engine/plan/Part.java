package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.error.Where;
import java.util.stream.IntStream;

/// What an operator keeps of its own when it is fused with others: its random numbers, its name in
/// messages, its arguments. A node that is not fused is its only part.
///
/// @param where the node it was, for messages
/// @param random whether it may draw
/// @param key of its random numbers, meaningless where it may not draw
/// @param places for each input of the part's own operator, the place among the inputs of the whole
///     node, or -1 for the value that is no longer there
/// @param parts of a fused operator: two, the one that absorbed and the one absorbed
public record Part(
        Where where,
        boolean random,
        long key,
        ImmutableIntArray places,
        ImmutableList<Part> parts) {
    /// Of a node that is not fused.
    static Part alone(Where where, boolean random, long key, int inputs) {
        var places = ImmutableIntArray.copyOf(IntStream.range(0, inputs));
        return new Part(where, random, key, places, ImmutableList.of());
    }
}
