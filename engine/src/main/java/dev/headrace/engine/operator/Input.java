package dev.headrace.engine.operator;

import static com.google.common.base.Preconditions.checkArgument;

/// One of the node's own inputs, by place: data inputs are counted first, arguments follow.
///
/// @param place from 0
public record Input(int place) implements Argument {
    public Input {
        checkArgument(place >= 0, "input %s", place);
    }

    @Override
    public String toString() {
        return "input " + place;
    }
}
