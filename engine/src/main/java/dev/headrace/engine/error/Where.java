package dev.headrace.engine.error;

import java.util.Optional;
import java.util.OptionalLong;

/// The place of a failure, as a person would look for it.
///
/// @param node the node's name
/// @param kind the operator's name
/// @param line the line of the user's program that added the node, as in `Train.java:42`
/// @param iteration the iteration, counted from 0 over the life of the pipeline
/// @param sample the sample's position in the order of its epoch
/// @param source the sample's name at its source, such as a file
public record Where(
        String node,
        String kind,
        Optional<String> line,
        OptionalLong iteration,
        OptionalLong sample,
        Optional<String> source) {

    /// A node, and nothing yet about when.
    public static Where node(String node, String kind, Optional<String> line) {
        return new Where(
                node, kind, line, OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
    }

    /// The same place, in this iteration.
    public Where inIteration(long number) {
        return new Where(node, kind, line, OptionalLong.of(number), sample, source);
    }

    /// The same place, at this sample.
    public Where atSample(long position, Optional<String> name) {
        return new Where(node, kind, line, iteration, OptionalLong.of(position), name);
    }

    @Override
    public String toString() {
        var text = new StringBuilder(node).append(" (").append(kind).append(')');
        line.ifPresent(at -> text.append(", added at ").append(at));
        iteration.ifPresent(number -> text.append(", iteration ").append(number));
        sample.ifPresent(position -> text.append(", sample ").append(position));
        source.ifPresent(name -> text.append(" [").append(name).append(']'));
        return text.toString();
    }
}
