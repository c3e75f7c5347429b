package dev.headrace.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Promises of every plan, on random graphs; the number of a graph is its seed.
class PlannerTest {
    private static final int GRAPHS = Boolean.getBoolean("headrace.test.long") ? 3_000 : 300;
    private static final List<String> KINDS =
            List.of(
                    "Source",
                    "Shuffled",
                    "Coin",
                    "Die",
                    "Copy",
                    "Add[1]",
                    "Add[2]",
                    "Noise",
                    "Pair",
                    "Private",
                    "Join",
                    "Scale",
                    "Decode",
                    "Crop",
                    "Mirror",
                    "Sink",
                    "Batch",
                    "Shake",
                    "Ordered",
                    "Copy",
                    "Join");

    /// A random graph as a drawing, with outputs `o0`, `o1`…
    private static String drawing(long seed) {
        var random = new SplittableRandom(seed);
        boolean withDevices = seed % 4 == 1;
        var text = new StringBuilder();
        var values = new ArrayList<String>();
        values.add("3");
        if (random.nextInt(4) == 0) {
            text.append("stream = Stream\n");
            values.add("stream.image");
            values.add("stream.label");
        }
        int count = 1 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            var kind = KINDS.get(random.nextInt(KINDS.size()));
            text.append("n%s = %s".formatted(i, kind));
            switch (kind) {
                case "Source", "Shuffled", "Coin", "Die" -> {}
                case "Join", "Ordered", "Sink" ->
                        text.append("(%s, %s)".formatted(any(values, random), any(values, random)));
                case "Scale", "Crop" ->
                        text.append(
                                "(%s | %s)"
                                        .formatted(
                                                random.nextBoolean()
                                                        ? values.getLast()
                                                        : any(values, random),
                                                any(values, random)));
                default -> text.append("(%s)".formatted(any(values, random)));
            }
            text.append(withDevices ? place(kind, random) : "");
            text.append(random.nextInt(12) == 0 ? " named" : "");
            text.append(random.nextInt(12) == 0 ? " preserve" : "");
            text.append(random.nextInt(12) == 0 ? " peek" : "");
            text.append(random.nextInt(12) == 0 ? " seed=5" : "").append('\n');
            switch (kind) {
                case "Source" -> values.addAll(List.of("n" + i + ".image", "n" + i + ".label"));
                case "Pair" -> values.addAll(List.of("n" + i + ".left", "n" + i + ".right"));
                case "Sink" -> {}
                default -> values.add("n" + i);
            }
        }
        for (int i = 0; i <= random.nextInt(5); i++) {
            text.append("out o%s = %s\n".formatted(i, any(values, random)));
        }
        return text.toString();
    }

    private static String place(String kind, SplittableRandom random) {
        boolean anywhere =
                Set.of("Copy", "Add[1]", "Add[2]", "Join", "Pair", "Scale", "Coin", "Noise", "Sink")
                        .contains(kind);
        return anywhere && random.nextInt(3) > 0 ? " gpu=" + random.nextInt(2) : " host";
    }

    private static boolean hasLaunches(Plan plan) {
        return plan.steps().stream().anyMatch(Step.Launch.class::isInstance);
    }

    /// One of the later values more often, so that graphs get deep.
    private static String any(List<String> values, SplittableRandom random) {
        int back = Math.min(random.nextInt(values.size()), random.nextInt(values.size()));
        return values.get(values.size() - 1 - back);
    }

    private static Options options(long seed) {
        return seed % 3 == 0 ? Drawn.OPTIONS.badSamples(BadSamples.skip(9)) : Drawn.OPTIONS;
    }

    private static void forRandomPlans(Consumer<Plan> test) {
        for (long seed = 0; seed < GRAPHS; seed++) {
            var drawing = drawing(seed);
            try {
                test.accept(Plan.of(Drawn.graph(drawing), options(seed)));
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("graph " + seed + ":\n" + drawing, failure);
            }
        }
    }

    private static int[] stepsOfNodes(Plan plan) {
        var steps = new int[plan.nodes().size()];
        for (var step : plan.steps()) {
            step.nodes().forEach(node -> steps[node.index()] = step.index());
        }
        return steps;
    }

    private static List<Value> read(Plan plan, PlannedNode node) {
        return node.inputs().stream()
                .filter(Binding.OfValue.class::isInstance)
                .map(input -> plan.values().get(((Binding.OfValue) input).value()))
                .toList();
    }

    @Test
    void numbersFitTheirPlaces() {
        forRandomPlans(
                plan -> {
                    var seen = new HashSet<PlannedNode>();
                    for (int i = 0; i < plan.steps().size(); i++) {
                        assertEquals(i, plan.steps().get(i).index());
                        plan.steps().get(i).nodes().forEach(node -> assertTrue(seen.add(node)));
                    }
                    assertEquals(plan.nodes().size(), seen.size());
                    int value = 0;
                    for (int i = 0; i < plan.nodes().size(); i++) {
                        var node = plan.nodes().get(i);
                        assertEquals(i, node.index());
                        assertEquals(node.operator().outputs().size(), node.values().length());
                        for (int k = 0; k < node.values().length(); k++) {
                            if (node.values().get(k) >= 0) {
                                var made = plan.values().get(value);
                                assertEquals(value++, node.values().get(k));
                                assertEquals(List.of(i, k), List.of(made.node(), made.output()));
                            }
                        }
                    }
                    assertEquals(plan.values().size(), value);
                });
    }

    @Test
    void everythingComesBeforeWhatReadsIt() {
        forRandomPlans(
                plan -> {
                    var steps = stepsOfNodes(plan);
                    for (var node : plan.nodes()) {
                        int own = steps[node.index()];
                        for (var value : read(plan, node)) {
                            assertTrue(value.node() < node.index());
                            int made = steps[value.node()];
                            assertTrue(made == own || plan.steps().get(own).after().contains(made));
                        }
                    }
                    for (var step : plan.steps()) {
                        step.after().forEach(before -> assertTrue(before < step.index()));
                        assertTrue(
                                step.countValue() < 0
                                        || step.after()
                                                .contains(
                                                        steps[
                                                                plan.values()
                                                                        .get(step.countValue())
                                                                        .node()]));
                    }
                });
    }

    @Test
    void whatIsReadOutsideItsSegmentLiesInTheBatch() {
        forRandomPlans(
                plan -> {
                    var steps = stepsOfNodes(plan);
                    var readers = new HashMap<Integer, BitSet>();
                    for (var step : plan.steps()) {
                        for (var node : step.nodes()) {
                            for (var value : read(plan, node)) {
                                if (steps[value.node()] != step.index()) {
                                    readers.computeIfAbsent(value.index(), _ -> new BitSet())
                                            .set(step.index());
                                }
                            }
                        }
                        if (step.countValue() >= 0) {
                            readers.computeIfAbsent(step.countValue(), _ -> new BitSet())
                                    .set(step.index());
                        }
                    }
                    for (var value : plan.values()) {
                        var expected = readers.getOrDefault(value.index(), new BitSet());
                        assertEquals(expected.stream().boxed().toList(), value.readers().asList());
                        boolean leaves =
                                !expected.isEmpty()
                                        || value.inBatch()
                                        || !(plan.steps().get(steps[value.node()])
                                                instanceof Step.Segment);
                        assertEquals(leaves, value.inSlot());
                        for (var name : value.graphOutputs()) {
                            assertEquals(
                                    new Binding.OfValue(value.index()), plan.outputs().get(name));
                        }
                    }
                });
    }

    @Test
    void segmentsAreConvexAndOfOneLevel() {
        forRandomPlans(
                plan -> {
                    var steps = stepsOfNodes(plan);
                    for (var step : plan.steps()) {
                        var behind = new BitSet(); // outside the step, reading from it
                        for (var node : plan.nodes()) {
                            boolean reads = false;
                            boolean readsBehind = false;
                            for (var value : read(plan, node)) {
                                reads |= steps[value.node()] == step.index();
                                readsBehind |= behind.get(value.node());
                            }
                            boolean inside = steps[node.index()] == step.index();
                            assertTrue(!inside || !readsBehind, "a way out and in again");
                            behind.set(node.index(), !inside && (reads || readsBehind));
                        }
                        int level = step.nodes().getFirst().level();
                        assertTrue(step.nodes().stream().allMatch(node -> node.level() == level));
                        assertTrue(
                                !(step instanceof Step.Segment)
                                        || step.nodes().stream()
                                                .allMatch(
                                                        node ->
                                                                node.operator()
                                                                        instanceof SampleOperator));
                    }
                });
    }

    @Test
    void everythingIsReadWhereItLies() {
        forRandomPlans(
                plan -> {
                    for (var node : plan.nodes()) {
                        for (int i = 0; i < node.inputs().size(); i++) {
                            if (node.inputs().get(i) instanceof Binding.OfValue(int number)) {
                                var value = plan.values().get(number);
                                var lies = plan.nodes().get(value.node()).device();
                                int data = data(plan, node);
                                boolean copies = node.operator() instanceof Transfer;
                                assertEquals(
                                        copies ? lies : i < data ? node.device() : Device.HOST,
                                        lies);
                                assertTrue(!copies || !lies.equals(node.device()));
                                assertTrue(
                                        !copies || lies != Device.HOST || value.pinned(),
                                        value.toString());
                            }
                        }
                    }
                });
    }

    /// How many data inputs a node has.
    private static int data(Plan plan, PlannedNode node) {
        return plan.graph().nodes().stream()
                .filter(each -> each.name().equals(node.where().node()))
                .mapToInt(NodeSpec::dataInputs)
                .findFirst()
                .orElse(1);
    }

    /// Whether each step begins when what it reads is over: by the order of its stream, by an
    /// event, or since it was over for a step of the host that it follows.
    @Test
    void everythingIsOverBeforeItIsRead() {
        forRandomPlans(
                plan -> {
                    var steps = stepsOfNodes(plan);
                    var over = new ArrayList<BitSet>();
                    var earlier = earlier(plan);
                    for (var step : plan.steps()) {
                        var its = new BitSet();
                        for (int before = 0; before < step.index(); before++) {
                            var other = plan.steps().get(before);
                            boolean done =
                                    !(other instanceof Step.Launch)
                                            && step.after().contains(before);
                            boolean inTurn =
                                    other instanceof Step.Launch first
                                            && step instanceof Step.Launch second
                                            && first.device().equals(second.device())
                                            && first.stream() == second.stream();
                            assertTrue(
                                    !inTurn || earlier.get(step.index()).get(before),
                                    "order of launches");
                            boolean awaited =
                                    step.awaits().contains(before)
                                            || step instanceof Step.Launch launch
                                                    && launch.streamAwaits().contains(before);
                            if (done || inTurn || awaited) {
                                its.set(before);
                                its.or(over.get(before));
                            }
                        }
                        over.add(its);
                        for (var node : step.nodes()) {
                            for (var value : read(plan, node)) {
                                int made = steps[value.node()];
                                assertTrue(
                                        made == step.index() || its.get(made),
                                        "step %s reads %s".formatted(step.index(), value));
                            }
                        }
                    }
                    assertOverBeforeDelivery(plan, steps, over);
                });
    }

    /// By the host alone, or by the host and a stream.
    private static void assertOverBeforeDelivery(Plan plan, int[] steps, List<BitSet> over) {
        var done = new BitSet();
        for (var step : plan.steps()) {
            if (!(step instanceof Step.Launch)) {
                done.set(step.index());
                done.or(over.get(step.index()));
            }
        }
        var byHost = with(plan.delivery().awaits(), done, over);
        var here = with(plan.delivery().hostAwaits(), done, over);
        var there = with(plan.delivery().streamAwaits(), here, over);
        for (var delivered : Iterables.concat(plan.outputs().values(), plan.peeks().values())) {
            if (delivered instanceof Binding.OfValue(int value)) {
                int made = steps[plan.values().get(value).node()];
                assertTrue(byHost.get(made), "step %s is awaited".formatted(made));
                var onStream = plan.deviceOf(value).equals(Device.HOST) ? here : there;
                assertTrue(onStream.get(made), "step %s, on a stream".formatted(made));
            }
        }
    }

    private static BitSet with(ImmutableIntArray awaited, BitSet before, List<BitSet> over) {
        var all = (BitSet) before.clone();
        awaited.forEach(
                launch -> {
                    all.set(launch);
                    all.or(over.get(launch));
                });
        return all;
    }

    @Test
    void samplesRecoverInOneSegmentOfLevelZero() {
        forRandomPlans(
                plan -> {
                    boolean asked = !(plan.options().badSamples() instanceof BadSamples.Fail);
                    int recovering = 0;
                    for (var step : plan.steps()) {
                        if (step instanceof Step.Segment segment) {
                            boolean atLevelZero = segment.nodes().getFirst().level() == 0;
                            assertEquals(asked && atLevelZero, segment.recovers());
                            recovering += segment.recovers() ? 1 : 0;
                        }
                    }
                    assertTrue(recovering <= 1);
                });
    }

    /// By step: all that must be done, or queued, before it.
    private static List<BitSet> earlier(Plan plan) {
        var earlier = new ArrayList<BitSet>();
        for (var step : plan.steps()) {
            var before = new BitSet();
            step.after()
                    .forEach(
                            each -> {
                                before.set(each);
                                before.or(earlier.get(each));
                            });
            earlier.add(before);
        }
        return earlier;
    }

    @Test
    void stepsWithStateBeginWhenAllBeforeThemAreDone() {
        forRandomPlans(
                plan -> {
                    var earlier = earlier(plan);
                    for (var step : plan.steps()) {
                        if (step instanceof Step.Batch batch
                                && batch.inOrder()
                                && !(batch.node().operator() instanceof SequentialSource<?>)) {
                            assertEquals(step.index(), earlier.get(step.index()).cardinality());
                        }
                    }
                });
    }

    @Test
    void everyNodeHasAFate() {
        forRandomPlans(
                plan -> {
                    var names = plan.graph().nodes().stream().map(NodeSpec::name).toList();
                    assertEquals(names, List.copyOf(plan.fates().keySet()));
                    var running = new BitSet();
                    plan.fates()
                            .forEach(
                                    (name, fate) -> {
                                        switch (fate) {
                                            case Fate.Runs(int node) -> {
                                                assertEquals(
                                                        name,
                                                        plan.nodes().get(node).where().node());
                                                running.set(node);
                                            }
                                            case Fate.Fused(int node, String into) -> {
                                                var fused = plan.nodes().get(node);
                                                assertEquals(into, fused.where().node());
                                                assertTrue(parts(fused.part()).contains(name));
                                                running.set(node);
                                            }
                                            case Fate.Merged(String into) ->
                                                    assertTrue(runs(plan.fates().get(into)), into);
                                            case Fate.There(String node, int output) ->
                                                    assertTrue(runs(plan.fates().get(node)), node);
                                            case Fate.Pruned() ->
                                                    assertTrue(
                                                            plan.nodes().stream()
                                                                    .map(PlannedNode::part)
                                                                    .flatMap(
                                                                            part ->
                                                                                    parts(part)
                                                                                            .stream())
                                                                    .noneMatch(name::equals));
                                        }
                                    });
                    long copies =
                            plan.nodes().stream()
                                    .filter(node -> node.operator() instanceof Transfer)
                                    .count();
                    assertEquals(plan.nodes().size(), running.cardinality() + copies);
                });
    }

    private static boolean runs(Fate fate) {
        return fate instanceof Fate.Runs || fate instanceof Fate.Fused;
    }

    /// The names of all nodes that a part was made of.
    private static Set<String> parts(Part part) {
        var names = new HashSet<String>();
        if (part.parts().isEmpty()) {
            names.add(part.where().node());
        }
        part.parts().forEach(each -> names.addAll(parts(each)));
        return names;
    }

    @Test
    void lookingChangesNothingButWhatIsFused() {
        forRandomPlans(
                plan -> {
                    if (hasLaunches(plan)) {
                        return; // what is looked at is copied to the host
                    }
                    var looking = Plan.of(plan.graph().peeked(), plan.options());
                    assertEquals(plan.steps().size(), looking.steps().size());
                    assertEquals(keys(plan), keys(looking));
                    plan.fates()
                            .forEach(
                                    (name, fate) -> {
                                        var other = looking.fates().get(name);
                                        assertEquals(runs(fate), runs(other));
                                        assertTrue(runs(fate) || fate.equals(other));
                                    });
                    var values = new HashSet<Binding>(looking.peeks().values());
                    assertEquals(looking.values().size(), values.size());
                });
    }

    /// By the node's name: its key, if it may draw.
    private static Map<String, Long> keys(Plan plan) {
        var keys = new HashMap<String, Long>();
        plan.nodes().forEach(node -> addKeys(node.part(), keys));
        return keys;
    }

    private static void addKeys(Part part, Map<String, Long> keys) {
        if (!part.parts().isEmpty()) {
            part.parts().forEach(each -> addKeys(each, keys));
        } else if (part.random()) {
            keys.put(part.where().node(), part.key());
        }
    }

    @Test
    void pruningChangesNoKey() {
        forRandomPlans(
                plan -> {
                    var asWritten = new Draft(plan.graph(), plan.options());
                    asWritten.run(new Check());
                    asWritten.run(new Seeds());
                    var all = new HashMap<String, Long>();
                    asWritten.nodes.forEach(node -> addKeys(node.part, all));
                    keys(plan).forEach((node, key) -> assertEquals(all.get(node), key, node));
                    for (var name : plan.graph().outputs().keySet()) {
                        var fewer = Plan.of(plan.graph(), plan.options().outputs(name));
                        assertTrue(fewer.nodes().size() <= plan.nodes().size());
                        assertEquals(List.of(name), List.copyOf(fewer.outputs().keySet()));
                        keys(fewer).forEach((node, key) -> assertEquals(all.get(node), key, node));
                    }
                });
    }

    @Test
    void aNodeOfAnotherKindChangesNoKey() {
        forRandomPlans(
                plan -> {
                    var graph = plan.graph();
                    var nodes = ImmutableList.<NodeSpec>builder();
                    nodes.add(NodeSpec.of("more", new Fakes.Luck())).addAll(graph.nodes());
                    var outputs = ImmutableMap.<String, Wire>builder();
                    outputs.putAll(graph.outputs()).put("more", new Wire.Output("more", 0));
                    var more = new GraphSpec(graph.name(), nodes.build(), outputs.buildOrThrow());
                    var keys = new HashMap<>(keys(Plan.of(more, plan.options())));
                    keys.remove("more");
                    assertEquals(keys(plan), keys);
                });
    }

    @Test
    void sameGraphSamePlan() {
        forRandomPlans(
                plan -> {
                    var again = Plan.of(plan.graph(), plan.options());
                    assertEquals(plan.nodes(), again.nodes());
                    assertEquals(plan.values(), again.values());
                    assertEquals(plan.steps(), again.steps());
                    assertEquals(plan.explain(), again.explain());
                });
    }

    @Test
    void randomGraphsTryEveryPass() {
        var said = new HashSet<String>();
        forRandomPlans(
                plan -> {
                    var explain = plan.explain();
                    for (var words :
                            List.of(
                                    "nobody needs it",
                                    "nobody needs its output",
                                    "looked at",
                                    "the same as",
                                    "(Crop): absorbed by",
                                    "level 2",
                                    "with state",
                                    "sequential source",
                                    "bad samples recover",
                                    "fails its iteration",
                                    "copied to gpu(1)",
                                    "the stream awaits",
                                    "the host awaits")) {
                        if (explain.contains(words)) {
                            said.add(words);
                        }
                    }
                });
        assertEquals(13, said.size(), said.toString());
    }

    /// Counts what the planner asks of it.
    private record Counted(AtomicLong asked, int number) implements Fakes.Sample {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            asked.incrementAndGet();
            return in;
        }

        @Override
        public Effect effect() {
            asked.incrementAndGet();
            return Effect.NONE;
        }

        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            asked.incrementAndGet();
            return Optional.empty();
        }

        @Override
        public boolean equals(Object other) {
            asked.incrementAndGet();
            return other instanceof Counted counted && counted.number == number;
        }

        @Override
        public int hashCode() {
            asked.incrementAndGet();
            return number;
        }
    }

    /// A source, a chain of `count` nodes from it and as many that are equal to those of the chain,
    /// behind each hundredth a batch operator with state.
    private static long asked(int count) {
        var asked = new AtomicLong();
        var nodes = ImmutableList.<NodeSpec>builder();
        nodes.add(NodeSpec.of("s", new Fakes.Source()));
        var last = List.of("s", "s");
        for (int i = 0; i < count / 2; i++) {
            nodes.add(
                    NodeSpec.of(
                            "a" + i, new Counted(asked, i), new Wire.Output(last.getFirst(), 0)));
            nodes.add(
                    NodeSpec.of(
                            "b" + i, new Counted(asked, i), new Wire.Output(last.getLast(), 0)));
            last = List.of("a" + i, "b" + i);
            if (i % 100 == 99) {
                nodes.add(NodeSpec.of("o" + i, new Fakes.Ordered(), new Wire.Output("a" + i, 0)));
            }
        }
        var outputs = ImmutableMap.<String, Wire>builder();
        outputs.put("x", new Wire.Output(last.getFirst(), 0));
        outputs.put("y", new Wire.Output(last.getLast(), 0));
        for (int i = 99; i < count / 2; i += 100) {
            outputs.put("o" + i, new Wire.Output("o" + i, 0));
        }
        var plan =
                Plan.of(
                        new GraphSpec("long", nodes.build(), outputs.buildOrThrow()),
                        Drawn.OPTIONS);
        assertEquals(1 + count / 2 + count / 200, plan.nodes().size());
        int waits = plan.steps().stream().mapToInt(step -> step.after().length()).sum();
        assertTrue(waits <= 2 * plan.steps().size(), waits + " waits");
        return asked.get();
    }

    @Test
    void tenThousandNodesAskTenTimesWhatAThousandAsk() {
        long few = asked(1_000);
        long many = asked(10_000);
        assertTrue(many <= 10 * few + 100, few + " and " + many);
    }

    @Test
    void tenThousandNodesInAStar() {
        var nodes = ImmutableList.<NodeSpec>builder();
        nodes.add(NodeSpec.of("s", new Fakes.Source()));
        var outputs = ImmutableMap.<String, Wire>builder();
        IntStream.range(0, 10_000)
                .forEach(
                        i -> {
                            nodes.add(
                                    NodeSpec.of(
                                            "a" + i, new Fakes.Add(i), new Wire.Output("s", 0)));
                            outputs.put("a" + i, new Wire.Output("a" + i, 0));
                        });
        var graph = new GraphSpec("star", nodes.build(), outputs.buildOrThrow());
        var plan = Plan.of(graph, Drawn.OPTIONS);
        assertEquals(10_001, plan.nodes().size());
        assertEquals(1, plan.steps().size());
    }
}
