package dev.headrace.engine.spec;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.TensorValue;

/// Where a node's input or a graph's output comes from.
public sealed interface Wire {
    /// An output of a node.
    ///
    /// @param node the node's name
    /// @param output which of its outputs, from 0
    record Output(String node, int output) implements Wire {
        public Output {
            requireNonNull(node, "node");
            checkArgument(output >= 0, "output %s", output);
        }

        @Override
        public String toString() {
            return output == 0 ? node : node + "[" + output + "]";
        }
    }

    /// The same value for every sample.
    ///
    /// @param value the value
    record Fixed(TensorValue value) implements Wire {
        public Fixed {
            requireNonNull(value, "value");
        }

        @Override
        public String toString() {
            return value.toString();
        }
    }
}
