package dev.headrace.engine.plan;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.stream.Collectors.joining;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Graphs as text, so that a test reads as a drawing before and one after.
///
///     photos = Source
///     a = Add[2](photos.image) named preserve peek seed=5 gpu=0 host at=Train.java:42
///     b = Scale(a | 3)                       the argument is a constant
///     out image = b
///
/// Statements end with a line or a semicolon. `a.right` or `a.1` is another output than the first.
final class Drawn {
    static final Options OPTIONS = Options.batchSize(4).threads(2).seed(7);

    private static final Splitter STATEMENTS =
            Splitter.onPattern("[;\n]").trimResults().omitEmptyStrings();
    private static final Splitter WIRES = Splitter.on(',').trimResults().omitEmptyStrings();
    private static final Pattern NODE =
            Pattern.compile("(\\S+) = (\\w+)(?:\\[(\\w*)])?(?:\\(([^|)]*)(?:\\|([^)]*))?\\))?(.*)");

    private final HashMap<String, NodeSpec> known = new HashMap<>();
    private final List<NodeSpec> nodes = new ArrayList<>();
    private final ImmutableMap.Builder<String, Wire> outputs = ImmutableMap.builder();

    /// Reads a drawing.
    static GraphSpec graph(String drawing) {
        var drawn = new Drawn();
        STATEMENTS.split(drawing).forEach(drawn::read);
        return new GraphSpec(
                "drawn", ImmutableList.copyOf(drawn.nodes), drawn.outputs.buildOrThrow());
    }

    /// The draft of a drawing behind the passes before one, and that.
    static Draft after(Class<? extends Pass> last, Options options, String drawing) {
        var draft = new Draft(graph(drawing), options);
        for (var pass : Planner.PASSES) {
            draft.run(pass);
            if (pass.getClass() == last) {
                return draft;
            }
        }
        throw new IllegalArgumentException(last + " is no pass");
    }

    static Draft after(Class<? extends Pass> last, String drawing) {
        return after(last, OPTIONS, drawing);
    }

    private void read(String statement) {
        if (statement.startsWith("out ")) {
            var parts = statement.substring(4).split(" = ");
            outputs.put(parts[0], wire(parts[1]));
            return;
        }
        var match = NODE.matcher(statement);
        if (!match.matches()) {
            throw new IllegalArgumentException(statement);
        }
        var data = wires(match.group(4));
        var all = new ArrayList<>(data);
        all.addAll(wires(match.group(5)));
        var flags = match.group(6);
        var node =
                new NodeSpec(
                        match.group(1),
                        flags.contains(" named"),
                        Fakes.named(match.group(2), match.group(3), data.size()),
                        ImmutableList.copyOf(all),
                        data.size(),
                        device(flags),
                        flags.contains(" preserve"),
                        flags.contains(" peek"),
                        flag(flags, "seed")
                                .map(seed -> OptionalLong.of(Long.parseLong(seed)))
                                .orElse(OptionalLong.empty()),
                        flag(flags, "at"));
        nodes.add(node);
        known.putIfAbsent(node.name(), node);
    }

    private static Optional<Device> device(String flags) {
        return flags.contains(" host")
                ? Optional.of(Device.HOST)
                : flag(flags, "gpu").map(number -> Device.gpu(Integer.parseInt(number)));
    }

    private static Optional<String> flag(String flags, String name) {
        return Splitter.on(' ')
                .splitToStream(flags)
                .filter(flag -> flag.startsWith(name + "="))
                .map(flag -> flag.substring(name.length() + 1))
                .findFirst();
    }

    private List<Wire> wires(String text) {
        return text == null
                ? List.of()
                : WIRES.splitToStream(text).map(this::wire).collect(toImmutableList());
    }

    private Wire wire(String text) {
        if (text.matches("-?\\d+")) {
            return new Wire.Fixed(TensorValue.of(Double.parseDouble(text)));
        }
        var parts = text.split("\\.");
        if (parts.length == 1) {
            return new Wire.Output(text, 0);
        }
        int output =
                parts[1].matches("\\d+")
                        ? Integer.parseInt(parts[1])
                        : known.get(parts[0]).operator().outputs().indexOf(parts[1]);
        return new Wire.Output(parts[0], output);
    }

    /// Draws the nodes and outputs of a draft, a statement a line.
    static String draw(Draft draft) {
        return draw(draft, _ -> "");
    }

    /// Draws a draft with something more of each node.
    static String draw(Draft draft, Function<Draft.Node, String> more) {
        var text = new StringBuilder();
        for (var node : draft.nodes) {
            text.append(node.where.node()).append(" = ").append(call(node));
            text.append(more.apply(node)).append('\n');
        }
        draft.outputs.forEach(
                (name, source) -> text.append("out %s = %s\n".formatted(name, draw(source))));
        return text.toString();
    }

    private static String call(Draft.Node node) {
        var operator =
                node.operator
                        .toString()
                        .replaceAll("\\w+=", "")
                        .replaceAll("\\[(input \\d+)?]", "");
        var data = node.inputs.subList(0, node.dataInputs);
        var arguments = node.inputs.subList(node.dataInputs, node.inputs.size());
        return operator
                + (node.inputs.isEmpty() ? "" : "(" + draw(data))
                + (arguments.isEmpty() ? "" : " | " + draw(arguments))
                + (node.inputs.isEmpty() ? "" : ")");
    }

    private static String draw(List<Draft.Source> sources) {
        return sources.stream().map(Drawn::draw).collect(joining(", "));
    }

    private static String draw(Draft.Source source) {
        return switch (source) {
            case Draft.Fixed(var value) -> value.toString();
            case Draft.From(var node, int output) ->
                    node.where.node()
                            + (output == 0 ? "" : "." + node.operator.outputs().get(output));
        };
    }

    /// Draws the steps of a plan, a line each: its number, the nodes, what comes before.
    static String drawSteps(Plan plan) {
        return plan.steps().stream()
                .map(
                        step ->
                                "%s: %s%s\n"
                                        .formatted(
                                                step.index(),
                                                step.nodes().stream()
                                                        .map(node -> node.where().node())
                                                        .collect(joining(" ")),
                                                step.after().isEmpty()
                                                        ? ""
                                                        : " after " + step.after()))
                .collect(joining());
    }
}
