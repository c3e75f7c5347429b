package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.OPTIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What becomes of nodes, as the plan tells it, and of those that are looked at.
class PeekTest {
    private static Plan plan(String drawing) {
        return plan(OPTIONS, drawing);
    }

    private static Plan plan(Options options, String drawing) {
        return Plan.of(Drawn.graph(drawing), options);
    }

    @Test
    void tellsTheFateOfEachNodeInTheOrderWritten() {
        var plan =
                plan(
                        """
                        s = Source
                        t = Source
                        d = Decode(s)
                        c = Crop(d | 4)
                        a = Copy(c)
                        b = Copy(c)
                        j = Join(a, b)
                        u = Copy(t)
                        out x = j
                        """);
        assertEquals(
                ImmutableMap.of(
                        "s", new Fate.Runs(0),
                        "t", new Fate.Pruned(),
                        "d", new Fate.Fused(1, "d+c"),
                        "c", new Fate.Fused(1, "d+c"),
                        "a", new Fate.Runs(2),
                        "b", new Fate.Merged("a"),
                        "j", new Fate.Runs(3),
                        "u", new Fate.Pruned()),
                plan.fates());
        assertEquals(
                List.of("s", "t", "d", "c", "a", "b", "j", "u"),
                List.copyOf(plan.fates().keySet()));
        assertEquals(
                List.of(
                        "runs",
                        "nobody needs it",
                        "fused into d+c",
                        "fused into d+c",
                        "runs",
                        "the same as a",
                        "runs",
                        "nobody needs it"),
                plan.fates().values().stream().map(Fate::reason).toList());
    }

    @Test
    void whatCameOfThreeIsToldOfEachOfThem() {
        var plan = plan("s = Source; d = Decode(s); c = Crop(d | 4); m = Mirror(c); out x = m");
        assertEquals(plan.fates().get("d"), plan.fates().get("m"));
        assertEquals(plan.fates().get("d"), plan.fates().get("c"));
        assertEquals(new Fate.Fused(1, "d+c+m"), plan.fates().get("c"));
    }

    @Test
    void aValueLookedAtLiesInTheBatch() {
        var plan = plan("s = Source; a = Copy(s) peek; b = Copy(a); out x = b");
        assertEquals(ImmutableMap.of("a", new Binding.OfValue(1)), plan.peeks());
        var value = plan.values().get(1);
        assertTrue(value.inSlot() && value.peeked() && value.inBatch());
        assertFalse(plan.values().get(0).inBatch());
        assertEquals(1, plan.steps().size());
        assertTrue(plan.explain().contains("HWC ?×?×3, in the batch, looked at\n"), plan.explain());
    }

    @Test
    void outputsAreNamedWhereThereAreSeveral() {
        var plan = plan("s = Source peek; out x = s.image; out y = s.label");
        assertEquals(List.of("s.image", "s.label"), List.copyOf(plan.peeks().keySet()));
    }

    @Test
    void aNodeNamedAsAnOutputOfAnotherIsToldApart() {
        var plan =
                plan(
                        "s = Source peek; s.label = Copy(s.image) preserve peek; out x = s; out y = s.label");
        assertEquals(List.of("s.image", "s.label", "s.label'"), List.copyOf(plan.peeks().keySet()));
    }

    @Test
    void lookingIsNoReasonToRun() {
        var plan = plan("s = Source peek; t = Source peek; a = Copy(s.label) peek; out x = s");
        assertEquals(List.of("s.image"), List.copyOf(plan.peeks().keySet()));
        assertEquals(new Fate.Pruned(), plan.fates().get("t"));
        assertEquals(1, plan.nodes().size());
    }

    @Test
    void aNodeThatWasMergedShowsTheValueOfTheOther() {
        var plan = plan("s = Source; a = Copy(s); b = Copy(s) peek; j = Join(a, b); out x = j");
        assertEquals(new Fate.Merged("a"), plan.fates().get("b"));
        assertEquals(
                new Binding.OfValue(plan.nodes().get(1).values().get(0)), plan.peeks().get("b"));
    }

    @Test
    void whatIsLookedAtIsNotTakenIn() {
        var plan = plan("s = Source; d = Decode(s) peek; c = Crop(d | 4); out x = c");
        assertEquals(new Fate.Runs(1), plan.fates().get("d"));
        assertEquals(new Fate.Runs(2), plan.fates().get("c"));
    }

    @Test
    void whatTakesInAnotherCanBeLookedAt() {
        var plan = plan("s = Source; d = Decode(s); c = Crop(d | 4) peek; a = Copy(c); out x = a");
        assertEquals(new Fate.Fused(1, "d+c"), plan.fates().get("c"));
        assertEquals(
                new Binding.OfValue(plan.nodes().get(1).values().get(0)), plan.peeks().get("c"));
    }

    @Test
    void whatIsOnlyLookedAtNeedsNoReplacement() {
        var picture = TensorValue.filled(TensorSpec.of(ElementType.UINT8, "HWC", 2, 2, 3), 0);
        var options = OPTIONS.badSamples(BadSamples.replace(ImmutableMap.of("x", picture), 3));
        var plan = plan(options, "s = Source; a = Copy(s) peek; b = Copy(a); out x = b");
        assertTrue(plan.values().get(1).peeked());
    }

    @Test
    void saysWhyThereIsNothingToLookAt() {
        var plan =
                plan(
                        """
                        s = Source peek
                        t = Source peek at=Train.java:4
                        a = Copy(s) at=Train.java:5
                        p = Sink(a, a) peek at=Train.java:6
                        l = Copy(s.label)
                        out x = a
                        out y = l
                        """);
        assertEquals(
                "t (Source), added at Train.java:4 has no value to look at: nobody needs it",
                plan.whyNoPeek("t.image"));
        assertEquals(
                "a (Copy), added at Train.java:5 is not looked at; add .peek() to the node",
                plan.whyNoPeek("a"));
        assertEquals("graph drawn has no node z; it has: s, t, a, p, l", plan.whyNoPeek("z"));
        assertEquals(
                "s (Source) has several outputs; those to look at are: s.image, s.label",
                plan.whyNoPeek("s"));
        assertEquals(
                "p (Sink), added at Train.java:6 has no output that anybody needs, so there is"
                        + " nothing to look at",
                plan.whyNoPeek("p"));
    }
}
