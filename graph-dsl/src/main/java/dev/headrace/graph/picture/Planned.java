package dev.headrace.graph.picture;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Fate;
import dev.headrace.engine.plan.Part;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Step;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Draws a plan: what runs, in its steps, and faded what was asked for and does not.
final class Planned {
    private final Plan plan;
    private final Promises promises;
    private final Sketch sketch = new Sketch();
    private final Map<String, NodeSpec> specs = new HashMap<>();
    private final List<String> running = new ArrayList<>();
    private final Map<String, String> faded = new HashMap<>();
    private final List<String> steps = new ArrayList<>();

    private Planned(Plan plan) {
        this.plan = plan;
        promises = new Promises(plan.graph());
        plan.graph().nodes().forEach(node -> specs.put(node.name(), node));
        plan.nodes().stream()
                .filter(node -> node.operator() instanceof Transfer)
                .forEach(node -> specs.computeIfAbsent(node.where().node(), _ -> asAsked(node)));
    }

    /// A copy that the planner put in, as if it had been asked for.
    private NodeSpec asAsked(PlannedNode copy) {
        var inputs =
                copy.inputs().stream()
                        .map(
                                input ->
                                        switch (input) {
                                            case Binding.OfConstant(var value) ->
                                                    new Wire.Fixed(value);
                                            case Binding.OfValue(int number) -> {
                                                var value = plan.values().get(number);
                                                var maker = plan.nodes().get(value.node());
                                                yield new Wire.Output(
                                                        maker.where().node(), value.output());
                                            }
                                        })
                        .toArray(Wire[]::new);
        return NodeSpec.of(copy.where().node(), copy.operator(), inputs);
    }

    static Drawing of(Plan plan) {
        return new Planned(plan).draw();
    }

    private Drawing draw() {
        plan.nodes().forEach(this::addRunning);
        promises.order().forEach(this::addFaded);
        plan.nodes().forEach(this::connect);
        for (var node : promises.order()) {
            if (faded.containsKey(node.name())) {
                connectFaded(node);
            }
        }
        plan.steps().forEach(this::frame);
        addWaits();
        addDelivery();
        return sketch.drawing(plan.graph().name());
    }

    private void addRunning(PlannedNode node) {
        var spec = specs.get(node.where().node());
        var parts = parts(node);
        Map<String, String> facts = parts.isEmpty() ? Sketch.facts(spec) : new LinkedHashMap<>();
        facts.put("device", node.device().toString());
        if (node.part().random() && parts.isEmpty()) {
            facts.put("key of random numbers", "0x%016x".formatted(node.part().key()));
        }
        facts.putAll(given(node));
        var box =
                parts.isEmpty()
                        ? sketch.box(spec, promises, facts, Optional.empty())
                        : new Drawing.Box(
                                sketch.freshId("n"),
                                Sketch.role(node.operator()),
                                node.where().node(),
                                node.where().kind(),
                                Optional.empty(),
                                ImmutableMap.of(),
                                inputs(node),
                                ImmutableMap.copyOf(facts),
                                parts,
                                Optional.empty(),
                                ImmutableList.of());
        sketch.boxes.add(box);
        running.add(box.id());
    }

    /// What a fused node reads.
    private ImmutableList<Drawing.Input> inputs(PlannedNode node) {
        var inputs = ImmutableList.<Drawing.Input>builder();
        for (int place = 0; place < node.inputs().size(); place++) {
            var reader = reader(node.part(), place);
            var spec = specs.get(reader.part().where().node());
            inputs.add(
                    new Drawing.Input(
                            Sketch.arrowName(spec, reader.place(), ""),
                            from(node.inputs().get(place))));
        }
        return inputs.build();
    }

    /// Where a value comes from, and what is known of it.
    private String from(Binding binding) {
        var name =
                switch (binding) {
                    case Binding.OfConstant(var value) -> value.toString();
                    case Binding.OfValue(int value) -> {
                        var node = plan.nodes().get(plan.values().get(value).node());
                        yield Sketch.dotted(node.where().node(), outputName(binding));
                    }
                };
        return Sketch.label(name, promise(binding));
    }

    /// The nodes whose work a fused node does, as written.
    private ImmutableList<Drawing.Part> parts(PlannedNode node) {
        var parts = ImmutableList.<Drawing.Part>builder();
        plan.fates()
                .forEach(
                        (name, fate) -> {
                            if (fate instanceof Fate.Fused fused && fused.node() == node.index()) {
                                var facts = Sketch.facts(specs.get(name));
                                facts.putAll(Asked.given(specs.get(name), promises));
                                var reason = Optional.of(fate.reason());
                                var box = sketch.box(specs.get(name), promises, facts, reason);
                                parts.add(new Drawing.Part(box.id(), box));
                            }
                        });
        return parts.build();
    }

    private Map<String, String> given(PlannedNode node) {
        var facts = new LinkedHashMap<String, String>();
        var outputs = node.operator().outputs();
        for (int i = 0; i < outputs.size(); i++) {
            int number = node.values().get(i);
            var heading = Asked.heading(outputs.size(), outputs.get(i));
            if (number < 0) {
                facts.put(heading, "nobody needs it, so it gets no memory");
                continue;
            }
            var value = plan.values().get(number);
            facts.put(
                    heading,
                    "%s, %s%s%s"
                            .formatted(
                                    Asked.text(value.promise()),
                                    value.inSlot() ? "in the batch" : "in scratch memory",
                                    value.shared() ? ", shared with other processes" : "",
                                    value.pinned() ? ", pinned" : ""));
        }
        return facts;
    }

    private void addFaded(NodeSpec node) {
        var fate = plan.fates().get(node.name());
        if (fate instanceof Fate.Pruned
                || fate instanceof Fate.Merged
                || fate instanceof Fate.There) {
            var facts = Sketch.facts(node);
            facts.putAll(Asked.given(node, promises));
            var box = sketch.box(node, promises, facts, Optional.of(fate.reason()));
            sketch.boxes.add(box);
            faded.put(node.name(), box.id());
        }
    }

    private void connect(PlannedNode node) {
        for (int place = 0; place < node.inputs().size(); place++) {
            var from = node.inputs().get(place);
            var reader = reader(node.part(), place);
            var spec = specs.get(reader.part().where().node());
            sketch.arrows.add(
                    new Drawing.Arrow(
                            source(from),
                            running.get(node.index()),
                            place,
                            Sketch.reason(spec, reader.place()),
                            Sketch.label(
                                    Sketch.arrowName(spec, reader.place(), outputName(from)),
                                    promise(from)),
                            false));
        }
    }

    /// An input of one part of a node.
    private record Reader(Part part, int place) {}

    /// Which part of a node reads an input, and at which of its own places.
    private static Reader reader(Part part, int place) {
        if (part.parts().isEmpty()) {
            int own = part.places().indexOf(place);
            return own < 0 ? null : new Reader(part, own);
        }
        for (var each : part.parts()) {
            var reader = reader(each, place);
            if (reader != null) {
                return reader;
            }
        }
        return null;
    }

    private String source(Binding binding) {
        return switch (binding) {
            case Binding.OfConstant(var value) -> sketch.constant(value).id();
            case Binding.OfValue(int value) -> running.get(plan.values().get(value).node());
        };
    }

    private SpecPattern promise(Binding binding) {
        return switch (binding) {
            case Binding.OfConstant(var value) -> SpecPattern.exactly(value.spec());
            case Binding.OfValue(int value) -> plan.values().get(value).promise();
        };
    }

    private String outputName(Binding binding) {
        if (!(binding instanceof Binding.OfValue(int number))) {
            return "";
        }
        var value = plan.values().get(number);
        return Sketch.outputName(plan.nodes().get(value.node()).operator(), value.output());
    }

    private void connectFaded(NodeSpec node) {
        for (int place = 0; place < node.inputs().size(); place++) {
            addFadedArrow(
                    node.inputs().get(place),
                    faded.get(node.name()),
                    place,
                    Sketch.reason(node, place),
                    Sketch.arrowName(node, place, outputName(node.inputs().get(place))));
        }
    }

    private void addFadedArrow(
            Wire wire, String to, int place, Drawing.Reason reason, String name) {
        sketch.arrows.add(
                new Drawing.Arrow(
                        source(wire),
                        to,
                        place,
                        reason,
                        Sketch.label(name, promises.of(wire)),
                        true));
    }

    private String outputName(Wire wire) {
        return wire instanceof Wire.Output(var node, int output)
                ? Sketch.outputName(specs.get(node).operator(), output)
                : "";
    }

    /// The box of what became of the node that was asked for a value.
    private String source(Wire wire) {
        return switch (wire) {
            case Wire.Fixed(var value) -> sketch.constant(value).id();
            case Wire.Output(var node, int output) ->
                    switch (plan.fates().get(node)) {
                        case Fate.Runs runs -> running.get(runs.node());
                        case Fate.Fused fused -> running.get(fused.node());
                        case Fate.Merged merged -> source(new Wire.Output(merged.into(), output));
                        case Fate.There there ->
                                source(new Wire.Output(there.node(), there.output()));
                        case Fate.Pruned _ -> faded.get(node);
                    };
        };
    }

    private void frame(Step step) {
        var boxes =
                step.nodes().stream()
                        .map(node -> running.get(node.index()))
                        .collect(ImmutableList.toImmutableList());
        var about =
                switch (step) {
                    case Step.Segment segment ->
                            "sample by sample"
                                    + (segment.recovers() ? ", bad samples recover" : "");
                    case Step.Batch batch -> "whole batch" + (batch.inOrder() ? ", in order" : "");
                    case Step.Launch launch ->
                            "%s, stream %s%s"
                                    .formatted(
                                            launch.device(),
                                            launch.stream(),
                                            launch.inOrder() ? ", in order" : "");
                };
        var awaited = new ArrayList<Integer>(step.awaits().asList());
        if (step instanceof Step.Launch launch) {
            awaited.addAll(launch.streamAwaits().asList());
        }
        var awaits =
                awaited.isEmpty()
                        ? ""
                        : awaited.stream()
                                .map(each -> "step " + each)
                                .collect(joining(" and ", ", awaits ", ""));
        boolean barrier = !(step instanceof Step.Segment);
        var id = sketch.freshId("s");
        steps.add(id);
        sketch.frames.add(
                new Drawing.Frame(id, barrier, "step " + step.index(), about + awaits, boxes));
    }

    /// Waits that no arrow between the steps shows, nor a chain of other waits.
    private void addWaits() {
        var before = new ArrayList<BitSet>(); // by step, all that is done before it
        for (var step : plan.steps()) {
            var chained = new BitSet();
            step.after().forEach(each -> chained.or(before.get(each)));
            step.after()
                    .forEach(
                            each -> {
                                if (!chained.get(each) && !reads(step, each)) {
                                    sketch.waits.add(
                                            new Drawing.Wait(
                                                    steps.get(each), steps.get(step.index())));
                                }
                            });
            step.after().forEach(chained::set);
            before.add(chained);
        }
    }

    private boolean reads(Step step, int before) {
        var makers = plan.steps().get(before).nodes();
        return step.nodes().stream()
                .flatMap(node -> node.inputs().stream())
                .anyMatch(
                        input ->
                                input instanceof Binding.OfValue(int value)
                                        && makers.contains(
                                                plan.nodes().get(plan.values().get(value).node())));
    }

    private void addDelivery() {
        var delivered = new ArrayList<String>();
        plan.graph()
                .outputs()
                .forEach(
                        (name, wire) -> {
                            var from = plan.outputs().get(name);
                            if (from == null) {
                                var reason = Optional.of("not among the outputs that are wanted");
                                var box =
                                        sketch.output(
                                                name,
                                                Sketch.from(wire, promises),
                                                promises.of(wire),
                                                reason);
                                addFadedArrow(
                                        wire, box.id(), 0, Drawing.Reason.DATA, outputName(wire));
                                return;
                            }
                            var box =
                                    sketch.output(
                                            name, from(from), promise(from), Optional.empty());
                            sketch.arrows.add(
                                    new Drawing.Arrow(
                                            source(from),
                                            box.id(),
                                            0,
                                            Drawing.Reason.DATA,
                                            Sketch.label(outputName(from), promise(from)),
                                            false));
                            delivered.add(box.id());
                        });
        var options = plan.options();
        var queue =
                sketch.add(
                        Drawing.Role.QUEUE,
                        "q",
                        "prefetch " + options.prefetch(),
                        options.prefetch() == 1
                                ? "computes nothing ahead"
                                : "up to %s begun ahead".formatted(options.prefetch() - 1),
                        ImmutableList.of(),
                        facts(options),
                        Optional.empty());
        for (int place = 0; place < delivered.size(); place++) {
            sketch.arrows.add(
                    new Drawing.Arrow(
                            delivered.get(place),
                            queue.id(),
                            place,
                            Drawing.Reason.DELIVERY,
                            "",
                            false));
        }
    }

    private static Map<String, String> facts(Options options) {
        var facts = new LinkedHashMap<String, String>();
        facts.put("batch size", Integer.toString(options.batchSize()));
        facts.put("worker threads", Integer.toString(options.threads()));
        facts.put("seed", Long.toString(options.seed()));
        facts.put("last batch", options.lastBatch().toString());
        facts.put(
                "bad samples",
                switch (options.badSamples()) {
                    case BadSamples.Fail _ -> "fail";
                    case BadSamples.Skip skip -> "are skipped, at most " + skip.atMost();
                    case BadSamples.Replace replace -> "are replaced, at most " + replace.atMost();
                });
        if (options.shards() > 1) {
            facts.put("shard", options.shard() + " of " + options.shards());
        }
        facts.put(
                "memory limit",
                String.format(Locale.ROOT, "%,d MiB", options.memoryLimitBytes() >> 20));
        return facts;
    }
}
