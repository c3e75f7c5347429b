package dev.headrace.engine.plan;

/// What became of a node of the graph as it was asked for.
public sealed interface Fate {
    /// In words, for people, as in `nobody needs it`.
    String reason();

    /// It runs, as a node of its own.
    ///
    /// @param node its number in the plan
    record Runs(int node) implements Fate {
        @Override
        public String reason() {
            return "runs";
        }
    }

    /// Its work is a part of what a fused node does.
    ///
    /// @param node the number of that node in the plan
    /// @param into the name of that node
    record Fused(int node, String into) implements Fate {
        @Override
        public String reason() {
            return "fused into " + into;
        }
    }

    /// Another node does the same and runs in its place.
    ///
    /// @param into the name of that node in the graph
    record Merged(String into) implements Fate {
        @Override
        public String reason() {
            return "the same as " + into;
        }
    }

    /// It is a transfer of what lies on its device already.
    ///
    /// @param node the name of the node whose value that is
    /// @param output which of that node's outputs it is
    record There(String node, int output) implements Fate {
        @Override
        public String reason() {
            return "lies there already";
        }
    }

    /// It is left out.
    record Pruned() implements Fate {
        @Override
        public String reason() {
            return "nobody needs it";
        }
    }
}
