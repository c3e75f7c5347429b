package dev.headrace.engine.plan;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.Range;
import com.google.common.collect.TreeRangeSet;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.CudaBatchOperator;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.spec.BadSamples;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Writes down what the passes did and what will run, for people: lines of at most {@value #WIDTH}
/// columns where words allow. The same for the same graph and options.
final class Explain {
    static final int WIDTH = 100;
    private static final int LONGEST_ARGUMENT = 48;
    private static final String INDENT = " ".repeat(9);
    private static final char NO_BREAK = '\u00a0';

    private final Draft draft;
    private final StringBuilder text = new StringBuilder();
    private final Map<Draft.Out, Set<Integer>> readers = new IdentityHashMap<>();
    private final Map<String, Operator> operators = new HashMap<>(); // as written, by node

    private Explain(Draft draft) {
        this.draft = draft;
        draft.written.forEach(node -> operators.put(node.spec.name(), node.spec.operator()));
    }

    static String text(Draft draft) {
        var explain = new Explain(draft);
        explain.header();
        explain.passes();
        explain.steps();
        return explain.text.toString();
    }

    /// A number with its noun, in the plural where it is not 1.
    static String count(long number, String noun) {
        var plural = noun.endsWith("ch") ? "es" : "s";
        return number + " " + noun + (number == 1 ? "" : plural);
    }

    /// A device, within a sentence.
    static String place(Device device) {
        return device.equals(Device.HOST) ? "the host" : device.toString();
    }

    private void header() {
        var options = draft.options;
        var parts = new ArrayList<String>();
        parts.add("batch size " + options.batchSize());
        parts.add(count(options.threads(), "thread"));
        parts.add("prefetch " + options.prefetch());
        parts.add("seed " + options.seed());
        parts.add("last batch " + options.lastBatch());
        parts.add(
                switch (options.badSamples()) {
                    case BadSamples.Fail _ -> "bad samples fail";
                    case BadSamples.Skip skip -> "bad samples skipped, at most " + skip.atMost();
                    case BadSamples.Replace replace ->
                            "bad samples replaced, at most " + replace.atMost();
                });
        if (options.shards() > 1) {
            parts.add(
                    "shard %s of %s%s"
                            .formatted(
                                    options.shard(),
                                    options.shards(),
                                    options.contiguous() ? ", contiguous" : ""));
        }
        if (options.checked()) {
            parts.add("checked");
        }
        var lines = new ArrayList<String>();
        lines.add(
                "graph %s: %s asked, %s to run in %s"
                        .formatted(
                                draft.graph.name(),
                                count(draft.graph.nodes().size(), "node"),
                                draft.nodes.size(),
                                count(draft.groups.size(), "step")));
        lines.add(String.join(", ", parts));
        for (var device : devices()) {
            lines.add(
                    "%s: seed 0x%016x for the draws of whole batches"
                            .formatted(device, Seeds.of(draft, device)));
        }
        lines("plan", lines);
        text.append('\n');
    }

    /// The host, and the devices that have work, in the order of the steps.
    private Set<Device> devices() {
        var devices = new LinkedHashSet<Device>();
        devices.add(Device.HOST);
        draft.groups.forEach(group -> devices.add(group.first().busy()));
        return devices;
    }

    private void passes() {
        for (var pass : Planner.PASSES) {
            var said = draft.said.get(pass.name());
            lines(pass.name(), said.isEmpty() ? List.of("nothing to do") : said);
        }
    }

    private void steps() {
        for (var group : draft.groups) {
            for (var node : group.nodes) {
                for (var from : node.froms()) {
                    if (from.node().group != group) {
                        readers.computeIfAbsent(from.out(), _ -> new TreeSet<>()).add(group.index);
                    }
                }
            }
        }
        for (var group : draft.groups) {
            text.append('\n');
            lines("step " + group.index, List.of(about(group)));
            for (var node : group.nodes) {
                node(node);
                for (int i = 0; i < node.outs.size(); i++) {
                    if (node.outs.get(i).wanted) {
                        line(INDENT + "    ", INDENT + "        ", value(node, i));
                    }
                }
            }
        }
        if (!draft.awaits.isEmpty()) {
            text.append('\n');
            var lines = new ArrayList<>(List.of("the host awaits " + events(draft.awaits)));
            if (!draft.streamAwaits.isEmpty()) {
                lines.add("on a stream of the consumer's: " + onStream());
            }
            lines("delivery", lines);
        }
        var constants = new ArrayList<String>();
        draft.outputs.forEach(
                (name, source) -> {
                    if (source instanceof Draft.Fixed(var value)) {
                        constants.add(name + " = " + value);
                    }
                });
        if (!constants.isEmpty()) {
            text.append('\n');
            lines("constant", constants);
        }
    }

    private String onStream() {
        var stream = "that stream awaits " + events(draft.streamAwaits);
        return draft.hostAwaits.isEmpty()
                ? stream
                : "the host awaits %s, %s".formatted(events(draft.hostAwaits), stream);
    }

    private static String about(Draft.Group group) {
        var parts = new ArrayList<String>();
        var node = group.first();
        if (node.isLaunch()) {
            var what = node.isStateful() ? "whole batch with state, in order," : "launch";
            parts.add("%s on %s, stream %s".formatted(what, node.busy(), node.stream));
            if (node.operator instanceof CudaBatchOperator<?> operator && operator.awaitsStream()) {
                parts.add("the host awaits its stream");
            }
        } else if (!group.isAlone()) {
            parts.add("segment of " + count(group.nodes.size(), "node") + ", sample by sample");
        } else if (node.isStream()) {
            parts.add("sequential source, in order");
        } else {
            parts.add(
                    node.isStateful()
                            ? "barrier: whole batch with state, in order"
                            : "barrier: whole batch");
        }
        parts.add("level " + node.level);
        if (!group.after.isEmpty()) {
            parts.add("after step" + (group.after.size() > 1 ? "s " : " ") + ranges(group.after));
        }
        if (!group.awaits.isEmpty()) {
            parts.add("the host awaits " + events(group.awaits));
        }
        if (!group.streamAwaits.isEmpty()) {
            parts.add("the stream awaits " + events(group.streamAwaits));
        }
        group.count.ifPresent(from -> parts.add("samples as in " + name(from)));
        if (group.recovers) {
            parts.add("bad samples recover");
        }
        return String.join(", ", parts);
    }

    /// As in `step 2 on gpu(0), stream 1`.
    private static String events(List<Draft.Group> launches) {
        return launches.stream()
                .map(
                        each ->
                                "step %s on %s, stream %s"
                                        .formatted(
                                                each.index,
                                                each.first().busy(),
                                                each.first().stream))
                .collect(joining(" and "));
    }

    /// As in `0 to 3, 5`.
    private static String ranges(Set<Integer> numbers) {
        var ranges = TreeRangeSet.<Integer>create();
        numbers.forEach(number -> ranges.add(Range.closedOpen(number, number + 1)));
        return ranges.asRanges().stream()
                .map(
                        range -> {
                            int last = range.upperEndpoint() - 1;
                            return range.lowerEndpoint() == last
                                    ? Integer.toString(last)
                                    : range.lowerEndpoint() + " to " + last;
                        })
                .collect(joining(", "));
    }

    private void node(Draft.Node node) {
        if (node.part.parts().isEmpty()) {
            line(INDENT, INDENT + "  ", call(node.part, node, inputs(node)));
            return;
        }
        var parts = leaves(node.part).toList();
        var kinds = parts.stream().map(part -> part.where().kind()).collect(joining(" + "));
        line(INDENT, INDENT + "  ", node.where.node() + " = " + kinds + inputs(node));
        for (var part : parts) {
            line(INDENT + "    ", INDENT + "        ", call(part, node, ""));
        }
    }

    /// The parts that are operators as written.
    private static Stream<Part> leaves(Part part) {
        return part.parts().isEmpty()
                ? Stream.of(part)
                : part.parts().stream().flatMap(Explain::leaves);
    }

    /// A node as written, or a part of one: its name, operator, arguments and line.
    ///
    /// @param node that it is, or is fused into
    /// @param inputs what it reads, or nothing
    private String call(Part part, Draft.Node node, String inputs) {
        var text = new StringBuilder(part.where().node() + " = " + part.where().kind());
        var arguments = arguments(part, node);
        if (!arguments.isEmpty()) {
            text.append('(').append(String.join(", ", arguments)).append(')');
        }
        text.append(inputs);
        part.where().line().ifPresent(line -> text.append(", at").append(NO_BREAK).append(line));
        return text.toString();
    }

    private static String inputs(Draft.Node node) {
        return node.inputs.isEmpty()
                ? ""
                : " ←" + NO_BREAK + node.inputs.stream().map(Explain::name).collect(joining(", "));
    }

    private List<String> arguments(Part part, Draft.Node node) {
        return OperatorArguments.of(
                        operators.get(part.where().node()),
                        place -> name(node.inputs.get(part.places().get(place))))
                .entrySet()
                .stream()
                .map(each -> each.getKey() + " " + shortened(each.getValue()))
                .toList();
    }

    private static String shortened(String line) {
        return line.codePointCount(0, line.length()) <= LONGEST_ARGUMENT
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST_ARGUMENT - 1)).strip() + "…";
    }

    private String value(Draft.Node node, int output) {
        var out = node.outs.get(output);
        var parts = new ArrayList<String>();
        parts.add(out.inSlot ? "in the batch" : "scratch");
        if (out.shared) {
            parts.add("in shared memory");
        }
        if (out.pinned) {
            parts.add("pinned");
        }
        if (!node.device.equals(Device.HOST)) {
            parts.add("on " + node.device);
        }
        var read = readers.get(out);
        if (read != null) {
            parts.add("read by step" + (read.size() > 1 ? "s " : " ") + ranges(read));
        }
        if (out.peeked) {
            parts.add("looked at");
        }
        if (!out.names.isEmpty()) {
            parts.add("output " + String.join(", ", out.names));
        }
        return node.operator.outputs().get(output)
                + ": "
                + out.promise
                + ", "
                + String.join(", ", parts);
    }

    private static String name(Draft.Source source) {
        return switch (source) {
            case Draft.Fixed(var value) -> shortened(value.toString());
            case Draft.From from -> from.name();
        };
    }

    private void lines(String heading, List<String> lines) {
        var first = heading + " ".repeat(Math.max(1, INDENT.length() - heading.length()));
        for (var line : lines) {
            line(first, INDENT + "  ", line);
            first = INDENT;
        }
    }

    /// A line, broken between words where it gets too long.
    private void line(String indent, String nextIndent, String line) {
        int column = indent.length();
        text.append(indent);
        boolean begun = false;
        for (var word : line.split(" ")) {
            if (begun && column + 1 + word.length() > WIDTH) {
                text.append('\n').append(nextIndent);
                column = nextIndent.length();
            } else if (begun) {
                text.append(' ');
                column++;
            }
            text.append(word.replace(NO_BREAK, ' '));
            column += word.length();
            begun = true;
        }
        text.append('\n');
    }
}
