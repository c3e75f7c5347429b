package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.OPTIONS;
import static dev.headrace.engine.plan.Drawn.drawSteps;
import static dev.headrace.engine.plan.Drawn.graph;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SegmentsTest {
    private static final Options SKIP = OPTIONS.badSamples(BadSamples.skip(3));

    private static Plan plan(Options options, String drawing) {
        return Plan.of(graph(drawing), options);
    }

    private static Plan plan(String drawing) {
        return plan(OPTIONS, drawing);
    }

    /// As in `s.image: batch 1 2 -> x`: where a value lies, the steps that read it from there, its
    /// names outside.
    private static String values(Plan plan) {
        return plan.values().stream()
                .map(
                        value -> {
                            var node = plan.nodes().get(value.node());
                            var text = new StringBuilder(node.where().node()).append('.');
                            text.append(node.operator().outputs().get(value.output()));
                            text.append(value.inSlot() ? ": batch" : ": scratch");
                            value.readers().forEach(step -> text.append(' ').append(step));
                            value.graphOutputs().forEach(name -> text.append(" -> ").append(name));
                            return text.append('\n').toString();
                        })
                .collect(Collectors.joining());
    }

    /// What states the number of samples of each step.
    private static List<String> counts(Plan plan) {
        return plan.steps().stream()
                .map(
                        step -> {
                            if (step.countValue() < 0) {
                                return "iteration";
                            }
                            var value = plan.values().get(step.countValue());
                            var node = plan.nodes().get(value.node());
                            return node.where().node()
                                    + "."
                                    + node.operator().outputs().get(value.output());
                        })
                .toList();
    }

    @Test
    void whatHangsTogetherIsOneSegment() {
        var plan =
                plan(
                        """
                        s = Source
                        a = Copy(s)
                        t = Source
                        b = Scale(a | s.label)
                        c = Copy(t)
                        out x = b
                        out y = c
                        """);
        assertEquals(
                """
                0: s a b
                1: t c
                """,
                drawSteps(plan));
        assertEquals(
                """
                s.image: scratch
                s.label: scratch
                a.out: scratch
                t.image: scratch
                b.out: batch -> x
                c.out: batch -> y
                """,
                values(plan));
    }

    @Test
    void aBatchOperatorIsABarrier() {
        var plan =
                plan(
                        """
                        s = Source
                        a = Copy(s)
                        b = Batch(a)
                        c = Join(a, b)
                        d = Copy(b)
                        e = Scale(d | s.label)
                        out x = c
                        out y = e
                        out z = a
                        """);
        assertEquals(
                """
                0: s a
                1: b after [0]
                2: c after [0, 1]
                3: d e after [0, 1]
                """,
                drawSteps(plan));
        assertEquals(
                """
                s.image: scratch
                s.label: batch 3
                a.out: batch 1 2 -> z
                b.out: batch 2 3
                c.out: batch -> x
                d.out: scratch
                e.out: batch -> y
                """,
                values(plan));
        assertEquals(List.of("iteration", "a.out", "a.out", "b.out"), counts(plan));
    }

    @Test
    void aSegmentMayBeJoinedByWhatComesLater() {
        assertEquals(
                """
                0: s a b c
                1: o after [0]
                2: d after [0, 1]
                """,
                drawSteps(
                        plan(
                                """
                                s = Source
                                a = Copy(s)
                                o = Ordered(a)
                                b = Coin
                                c = Join(a, b)
                                d = Join(o, c)
                                out x = d
                                """)));
    }

    @Test
    void sourcesComeFirstWhereThatIsFree() {
        assertEquals(
                """
                0: t
                1: c
                2: b after [1]
                3: j after [0, 2]
                """,
                drawSteps(plan("c = Coin; b = Batch(c); t = Source; j = Join(b, t); out x = j")));
    }

    @Test
    void statefulStepsWaitForAllBefore() {
        var plan =
                plan(
                        """
                        s = Source
                        b = Batch(s)
                        o = Ordered(s)
                        c = Batch(o)
                        d = Batch(s) named
                        p = Ordered(s)
                        q = Ordered(p)
                        out 1 = b
                        out 2 = c
                        out 3 = d
                        out 4 = q
                        """);
        assertEquals(
                """
                0: s
                1: b after [0]
                2: o after [0, 1]
                3: c after [2]
                4: d after [0]
                5: p after [0, 2, 3, 4]
                6: q after [5]
                """,
                drawSteps(plan));
        assertEquals(
                List.of(false, true, false, false, true, true),
                plan.steps().stream()
                        .filter(Step.Batch.class::isInstance)
                        .map(step -> ((Step.Batch) step).inOrder())
                        .toList());
    }

    @Test
    void aStreamStatesHowManySamplesThereAre() {
        var plan =
                plan(
                        """
                        c = Coin
                        r = Stream
                        s = Stream
                        t = Source
                        b = Batch(4)
                        j = Scale(t.label | c)
                        k = Join(s, 3)
                        out x = j
                        out y = k
                        out z = r.label
                        out w = b
                        """);
        assertEquals(
                """
                0: r
                1: c t j after [0]
                2: s
                3: b after [0]
                4: k after [2]
                """,
                drawSteps(plan));
        assertEquals(
                List.of("iteration", "r.label", "iteration", "r.label", "s.image"), counts(plan));
        assertEquals(
                """
                r.label: batch 1 3 -> z
                c.out: scratch
                s.image: batch 4
                t.label: scratch
                b.out: batch -> w
                j.out: batch -> x
                k.out: batch -> y
                """,
                values(plan));
        assertEquals(
                List.of(true, true, false),
                plan.steps().stream()
                        .filter(Step.Batch.class::isInstance)
                        .map(step -> ((Step.Batch) step).inOrder())
                        .toList());
    }

    @Test
    void outputsOfABatchOperatorLieInTheBatchThoughNobodyReadsThem() {
        assertEquals(
                """
                s.image: batch 1
                b.out: batch
                """,
                values(plan("s = Source; b = Batch(s) preserve")));
    }

    @Test
    void unwantedOutputsHaveNoValue() {
        var plan = plan("s = Source; out label = s.label");
        assertEquals("[-1, 0]", plan.nodes().getFirst().values().toString());
        assertEquals("{label=OfValue[value=0]}", plan.outputs().toString());
    }

    @Test
    void constantsMayBeOutputsAndInputs() {
        var plan = plan("a = Copy(2); out x = a; out three = 3");
        assertEquals("{x=OfValue[value=0], three=OfConstant[value=3]}", plan.outputs().toString());
        assertEquals("[OfConstant[value=2]]", plan.nodes().getFirst().inputs().toString());
        assertEquals(List.of(), plan("out three = 3").steps());
    }

    @Test
    void whereBadSamplesAreSkippedLevelZeroEndsTogether() {
        var drawing =
                """
                s = Source
                t = Source
                b = Batch(s)
                c = Copy(b)
                out x = c
                out y = t
                """;
        assertEquals(
                """
                0: s
                1: t
                2: b after [0]
                3: c after [2]
                """,
                drawSteps(plan(drawing)));
        var plan = plan(SKIP, drawing);
        assertEquals(
                """
                0: s t
                1: b after [0]
                2: c after [1]
                """,
                drawSteps(plan));
        assertEquals(
                List.of(true, false),
                plan.steps().stream()
                        .filter(Step.Segment.class::isInstance)
                        .map(step -> ((Step.Segment) step).recovers())
                        .toList());
    }

    @Test
    void behindAStreamNothingRecovers() {
        var plan = plan(SKIP, "s = Stream; a = Copy(s); c = Coin; out x = a; out y = c");
        assertEquals(
                """
                0: s
                1: a after [0]
                2: c after [0]
                """,
                drawSteps(plan));
        assertEquals(
                List.of(false, false),
                plan.steps().stream()
                        .filter(Step.Segment.class::isInstance)
                        .map(step -> ((Step.Segment) step).recovers())
                        .toList());
    }

    private static final TensorValue PICTURE =
            TensorValue.filled(TensorSpec.of(ElementType.UINT8, "HWC", 2, 2, 3), 0);

    private static Options replace(Object... namesAndValues) {
        var values = ImmutableMap.<String, TensorValue>builder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put((String) namesAndValues[i], (TensorValue) namesAndValues[i + 1]);
        }
        return OPTIONS.badSamples(BadSamples.replace(values.buildOrThrow(), 3));
    }

    private static List<String> problems(Options options, String drawing) {
        return assertThrows(BadGraph.class, () -> plan(options, drawing)).problems();
    }

    @Test
    void replacesWhatLeavesLevelZero() {
        var drawing =
                """
                s = Source
                b = Batch(s)
                out image = s
                out same = s
                out sorted = b
                """;
        plan(replace("image", PICTURE), drawing);
        plan(replace("same", PICTURE, "image", PICTURE), drawing);
    }

    @Test
    void refusesOutputsWithoutReplacement() {
        assertEquals(
                List.of(
                        "no replacement for output image or same, which bad samples reach\n"
                                + "  at s (Source)",
                        "no replacement for output label, which bad samples reach\n"
                                + "  at s (Source)"),
                problems(
                        replace(), "s = Source; out image = s; out same = s; out label = s.label"));
    }

    @Test
    void refusesToReplaceWhatOnlyABatchOperatorSees() {
        assertEquals(
                List.of(
                        "a bad sample cannot be replaced for b (Batch): it reads a value that is"
                                + " no output of the graph\n"
                                + "  at a (Copy), added at Train.java:2"),
                problems(
                        replace(),
                        "s = Source; a = Copy(s) at=Train.java:2; b = Batch(a); out x = b"));
    }

    @Test
    void refusesReplacementsThatDoNotFit() {
        assertEquals(
                List.of(
                        "the replacement for image is FLOAT64 scalar, the output is UINT8 HWC ?×?×3"
                                + "\n  at s (Source)"),
                problems(replace("image", TensorValue.of(1)), "s = Source; out image = s"));
    }

    @Test
    void refusesTwoReplacementsOfOneValue() {
        assertEquals(
                List.of("outputs x and y are one value, their replacements differ\n  at a (Add)"),
                problems(
                        replace("x", TensorValue.of(1), "y", TensorValue.of(2)),
                        "s = Source; a = Add[1](s); out x = a; out y = a"));
    }
}
