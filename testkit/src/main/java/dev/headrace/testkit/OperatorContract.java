package dev.headrace.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphJson;
import dev.headrace.engine.spec.Options;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What every operator must hold, whatever it computes. The test beside an operator implements it
/// and states cases small enough to check by hand:
///
/// ```java
/// class LumaTest implements OperatorContract {
///     @Override
///     public List<Case> cases() {
///         return List.of(new Case("grey stays grey", Luma.BT_601,
///                 uint8("HWC", shape(1, 1, 3), 100, 100, 100),
///                 float32("HWC", shape(1, 1, 1), 100), 0));
///     }
/// }
/// ```
///
/// Each case runs in a real pipeline in checked mode: a sample operator by single samples and by
/// batches of several copies, any operator with 1 thread and with 4, with and without the specs of
/// its inputs known to the planner. It must give what is expected, the same bytes each time, what
/// it promised, leave its inputs alone, hold no memory after close, and go to JSON and back. One
/// that runs on devices only is refused on the host, and computes nothing here.
public interface OperatorContract {
    /// What it computes, at least one case.
    List<Case> cases();

    /// What it refuses.
    default List<Refusal> refusals() {
        return List.of();
    }

    /// What it absorbs.
    default List<Absorption> absorptions() {
        return List.of();
    }

    /// Whether it holds nothing but what has a form in JSON; a lambda has none.
    default boolean goesToJson() {
        return true;
    }

    /// One test a case.
    @TestFactory
    default Stream<DynamicTest> gives() {
        assertTrue(!cases().isEmpty(), "an operator's test has at least one case");
        return cases().stream().map(each -> dynamicTest(each.name(), () -> holds(each)));
    }

    /// One test a refusal.
    @TestFactory
    default Stream<DynamicTest> refuses() {
        return refusals().stream().map(each -> dynamicTest(each.name(), () -> isRefused(each)));
    }

    /// One test an absorption.
    @TestFactory
    default Stream<DynamicTest> absorbs() {
        return absorptions().stream().map(each -> dynamicTest(each.name(), each::holds));
    }

    /// The operators of all cases go to JSON and come back equal, or are refused.
    @Test
    default void hasAFormInJson() {
        for (var each : cases()) {
            var graph = Trial.of(each.operator(), each.inputs()).graph();
            if (goesToJson()) {
                assertEquals(
                        graph, GraphJson.readAllowingCode(GraphJson.write(graph)), each.name());
            } else {
                assertThrows(BadGraph.class, () -> GraphJson.write(graph), each.name());
            }
        }
    }

    private static void holds(Case each) {
        var operator = each.operator();
        if (operator instanceof CudaOperator cuda && !cuda.runsOnHost()) {
            refusesTheHost(each);
            return;
        }
        boolean source = operator instanceof IndexedSource || operator instanceof SequentialSource;
        boolean bySample = !(operator instanceof BatchOperator);
        int expected = Math.max(1, each.outputs().size());
        int samples = each.inputs().isEmpty() ? expected : each.inputs().size();
        int batch = Math.max(samples, expected);
        int copies = bySample && !source ? 3 : 1;
        var trial = Trial.of(operator, each.inputs()).size((long) copies * samples);

        var first = check(each, trial, Options.batchSize(copies * batch).threads(1), copies);
        var again = Options.batchSize(copies * batch).threads(4).prefetch(3);
        assertEquals(
                first, check(each, trial.promising(), again, copies), each.name() + ": 4 threads");
        if (bySample) {
            var alone = Options.batchSize(1).threads(1).prefetch(1);
            assertEquals(
                    first,
                    check(each, trial.promising(), alone, copies),
                    each.name() + ": batch size 1");
            var ahead = Options.batchSize(1).threads(4).prefetch(4);
            assertEquals(
                    first,
                    check(each, trial, ahead, copies),
                    each.name() + ": batch size 1, 4 threads");
        }
    }

    private static void refusesTheHost(Case each) {
        var graph = Trial.of(each.operator(), each.inputs()).graph();
        var refusal = assertThrows(BadGraph.class, () -> Plan.of(graph, Options.batchSize(1)));
        assertTrue(refusal.getMessage().contains("runs on a device only"), refusal.getMessage());
    }

    private static List<List<TensorValue>> check(
            Case each, Trial trial, Options options, int copies) {
        var all = trial.run(options.withChecks());
        var results = all.subList(0, each.operator().outputs().size());
        for (int output = 0; output < results.size() && !each.outputs().isEmpty(); output++) {
            compare(each, output, results.get(output), copies);
        }
        for (int input = 0; input < all.size() - results.size(); input++) {
            var after = all.get(results.size() + input);
            for (int sample = 0; sample < after.size(); sample++) {
                var before = each.inputs().get(sample % each.inputs().size()).get(input);
                assertEquals(
                        before,
                        after.get(sample),
                        each.name() + ": input " + input + " was changed");
            }
        }
        if (!(each.operator() instanceof BatchOperator)) {
            checkPromises(each, results);
        }
        return results;
    }

    private static void compare(Case each, int output, List<TensorValue> got, int copies) {
        var expected = each.outputs();
        assertEquals(
                expected.size() * copies,
                got.size(),
                each.name() + ": samples of output " + output);
        int compared = each.operator().random() ? expected.size() : got.size();
        for (int sample = 0; sample < compared; sample++) {
            var wanted = expected.get(sample % expected.size());
            assertEquals(
                    wanted.size(),
                    each.operator().outputs().size(),
                    each.name() + ": outputs expected");
            var where =
                    each.name()
                            + ": "
                            + each.operator().outputs().get(output)
                            + " of sample "
                            + sample
                            + " ";
            Compare.difference(got.get(sample), wanted.get(output), each.tolerance())
                    .ifPresent(difference -> fail(where + difference));
        }
    }

    private static void checkPromises(Case each, List<List<TensorValue>> results) {
        int count = results.isEmpty() ? 0 : results.getFirst().size();
        for (int sample = 0; sample < count; sample++) {
            List<TensorValue> in =
                    each.inputs().isEmpty()
                            ? ImmutableList.of()
                            : each.inputs().get(sample % each.inputs().size());
            var exact = in.stream().map(TensorValue::spec).map(SpecPattern::exactly).toList();
            checkPromise(each, exact, results, sample);
            checkPromise(each, Collections.nCopies(in.size(), SpecPattern.OPEN), results, sample);
        }
    }

    private static void checkPromise(
            Case each, List<SpecPattern> in, List<List<TensorValue>> results, int sample) {
        var promised = each.operator().promise(in);
        assertEquals(results.size(), promised.size(), each.name() + ": outputs promised for " + in);
        for (int output = 0; output < results.size(); output++) {
            var spec = results.get(output).get(sample).spec();
            assertTrue(
                    promised.get(output).admits(spec),
                    each.name()
                            + ": promised "
                            + promised.get(output)
                            + " for "
                            + in
                            + ", gave "
                            + spec);
        }
    }

    private static void isRefused(Refusal refusal) {
        if (refusal.inputs().isEmpty()) {
            var refused =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> refusal.operator().get(),
                            refusal.name());
            assertEquals(refusal.message(), refused.getMessage(), refusal.name());
            return;
        }
        var operator = refusal.operator().get();
        var trial = Trial.of(operator, List.of(refusal.inputs()));
        var refused =
                assertThrows(
                        HeadraceException.class,
                        () -> trial.run(Options.batchSize(1).threads(1).withChecks()),
                        refusal.name());
        assertEquals(refusal.message(), refused.what().split("\n  at ")[0], refusal.name());
        try {
            operator.promise(
                    refusal.inputs().stream()
                            .map(TensorValue::spec)
                            .map(SpecPattern::exactly)
                            .toList());
        } catch (IllegalArgumentException early) {
            assertEquals(
                    refusal.message(),
                    early.getMessage(),
                    refusal.name() + ", said while the graph is built");
        }
    }
}
