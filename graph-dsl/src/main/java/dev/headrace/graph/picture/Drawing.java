package dev.headrace.graph.picture;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;

/// What is drawn, without saying where or how: boxes, arrows between them, frames around them.
///
/// @param graph the graph's name
/// @param boxes in topological order where there is one
/// @param arrows between boxes
/// @param frames around boxes: the steps of a plan
/// @param waits between frames, where a step waits for another that it reads nothing of
record Drawing(
        String graph,
        ImmutableList<Box> boxes,
        ImmutableList<Arrow> arrows,
        ImmutableList<Frame> frames,
        ImmutableList<Wait> waits) {

    /// What a box stands for.
    enum Role {
        SOURCE("source"),
        SAMPLE("sample"),
        BATCH("batch"),
        CONSTANT("constant"),
        OUTPUT("output"),
        QUEUE("queue");

        /// As in class names of the drawing, and in words.
        final String word;

        Role(String word) {
            this.word = word;
        }

        /// Whether it is a node of the graph.
        boolean isNode() {
            return this == SOURCE || this == SAMPLE || this == BATCH;
        }
    }

    /// One box.
    ///
    /// @param id unique in the drawing, of letters and digits
    /// @param role what it stands for
    /// @param name of the node or output
    /// @param kind the operator's name, or what else there is to say
    /// @param operator whose documentation tells more
    /// @param arguments each argument's text by its name, without those that are other nodes'
    ///     values
    /// @param inputs what it reads, in order
    /// @param facts what else is known of it, by heading
    /// @param parts the nodes whose work it does, where it is fused
    /// @param reason why it does not run, if it does not: such a box is faded
    /// @param problems what is wrong with it, where the planner refuses the graph
    record Box(
            String id,
            Role role,
            String name,
            String kind,
            Optional<Class<?>> operator,
            ImmutableMap<String, String> arguments,
            ImmutableList<Input> inputs,
            ImmutableMap<String, String> facts,
            ImmutableList<Part> parts,
            Optional<String> reason,
            ImmutableList<String> problems) {
        /// The same, with what is wrong with it.
        Box with(ImmutableList<String> wrong) {
            return new Box(
                    id, role, name, kind, operator, arguments, inputs, facts, parts, reason, wrong);
        }

        /// Whether its values are kept with the batch, to be looked at.
        boolean peeked() {
            return facts.containsKey(PEEK);
        }
    }

    /// The heading of the fact that a node says `peek()`.
    static final String PEEK = "peek";

    /// What a box reads, for people.
    ///
    /// @param argument whose value it is; empty for a data input
    /// @param from the node that makes it with the output's name, or a constant, and what is known
    ///     of it
    record Input(String argument, String from) {}

    /// A node whose work a fused one does.
    ///
    /// @param id unique in the drawing
    /// @param box the same node as a box of its own, for what there is to say about it
    record Part(String id, Box box) {}

    /// Why there is an arrow.
    enum Reason {
        /// A data input.
        DATA("data"),
        /// The value of an argument.
        ARGUMENT("argument"),
        /// Outputs of the graph leave together.
        DELIVERY("delivery");

        final String word;

        Reason(String word) {
            this.word = word;
        }
    }

    /// A value on its way.
    ///
    /// @param from the id of the box that makes it
    /// @param to the id of the box that takes it
    /// @param place which input of that box it is, from 0
    /// @param reason why
    /// @param label the argument's or output's name where that has to be told, and what is known of
    ///     the value's type and shape
    /// @param faded whether it leads to a box that does not run
    record Arrow(String from, String to, int place, Reason reason, String label, boolean faded) {}

    /// A step of the plan.
    ///
    /// @param id unique in the drawing
    /// @param barrier whether it waits for the whole batch, and works on it
    /// @param title as in `step 0`
    /// @param about what it is
    /// @param boxes the ids of what is in it
    record Frame(
            String id, boolean barrier, String title, String about, ImmutableList<String> boxes) {
        /// What stands at its top.
        String text() {
            return title + " · " + about;
        }
    }

    /// A step that waits for another without reading anything of it.
    ///
    /// @param from the id of the frame waited for
    /// @param to the id of the frame that waits
    record Wait(String from, String to) {}
}
