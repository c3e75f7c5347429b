package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.StreamNumbers.Kind.COPY_BACK;
import static dev.headrace.engine.plan.StreamNumbers.Kind.COPY_TO;
import static dev.headrace.engine.plan.StreamNumbers.Kind.KERNEL;
import static dev.headrace.engine.spec.StreamPolicy.PER_KIND;
import static dev.headrace.engine.spec.StreamPolicy.PER_NODE;
import static dev.headrace.engine.spec.StreamPolicy.SINGLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.plan.StreamNumbers.Asked;
import dev.headrace.engine.plan.StreamNumbers.Kind;
import dev.headrace.engine.spec.StreamPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class StreamNumbersTest {
    private static Asked host(Integer... producers) {
        return new Asked(-1, KERNEL, List.of(producers));
    }

    private static Asked on(int device, Kind kind, Integer... producers) {
        return new Asked(device, kind, List.of(producers));
    }

    private static Asked kernel(Integer... producers) {
        return on(0, KERNEL, producers);
    }

    /// Up, two kernels of a branch, a join, back, and the host.
    private static final List<Asked> DIAMOND =
            List.of(
                    host(),
                    on(0, COPY_TO, 0),
                    kernel(1),
                    kernel(2),
                    kernel(2),
                    kernel(3, 4),
                    on(0, COPY_BACK, 5),
                    host(6));

    @Test
    void eachPolicyOnADiamond() {
        assertEquals(List.of(-1, 0, 0, 0, 0, 0, 0, -1), StreamNumbers.of(SINGLE, DIAMOND));
        assertEquals(List.of(-1, 0, 1, 1, 1, 1, 2, -1), StreamNumbers.of(PER_KIND, DIAMOND));
        assertEquals(List.of(-1, 0, 1, 1, 2, 1, 3, -1), StreamNumbers.of(PER_NODE, DIAMOND));
    }

    @Test
    void aKindThatIsNotThereLeavesNoGap() {
        assertEquals(List.of(0, 0), StreamNumbers.of(PER_KIND, List.of(kernel(), kernel(0))));
        assertEquals(
                List.of(0, 1), StreamNumbers.of(PER_KIND, List.of(kernel(), on(0, COPY_BACK, 0))));
        assertEquals(
                List.of(0, 0, 1),
                StreamNumbers.of(PER_KIND, List.of(kernel(), on(1, COPY_TO, 0), on(1, KERNEL, 1))));
    }

    @Test
    void aHostNodePassesOnTheStreamsOfWhatItReads() {
        var graph = List.of(kernel(), on(0, COPY_BACK, 0), host(1), on(0, COPY_TO, 2), kernel(3));
        assertEquals(List.of(0, 1, -1, 2, 0), StreamNumbers.of(PER_NODE, graph));
    }

    @Test
    void aJoinTakesTheLowestAndWhoComesLaterTheNext() {
        var graph = List.of(kernel(), kernel(), kernel(), kernel(2, 1), kernel(1, 2), kernel(3, 0));
        assertEquals(List.of(0, 1, 2, 1, 2, 0), StreamNumbers.of(PER_NODE, graph));
    }

    @Test
    void theStreamsOfAnotherDeviceAreNotTaken() {
        var graph =
                List.of(
                        kernel(),
                        kernel(),
                        on(1, COPY_TO, 1),
                        on(1, KERNEL, 2),
                        on(0, COPY_TO, 3),
                        kernel(4));
        assertEquals(List.of(0, 1, 0, 1, 2, 1), StreamNumbers.of(PER_NODE, graph));
    }

    @Test
    void aChainKeepsOneStream() {
        for (int length = 1; length < 50; length++) {
            var chain = new ArrayList<Asked>();
            chain.add(kernel());
            while (chain.size() < length) {
                chain.add(kernel(chain.size() - 1));
            }
            for (var policy : StreamPolicy.values()) {
                assertEquals(1, StreamNumbers.of(policy, chain).stream().distinct().count());
            }
        }
    }

    @Test
    void numbersAreDenseOnEachDeviceAndTheHostHasNone() {
        RandomWork.forAll(
                (policy, graph) -> {
                    var numbers = StreamNumbers.of(policy, graph);
                    var used = new TreeMap<Integer, TreeSet<Integer>>();
                    for (int node = 0; node < graph.size(); node++) {
                        int device = graph.get(node).device();
                        assertEquals(device < 0, numbers.get(node) < 0);
                        used.computeIfAbsent(device, _ -> new TreeSet<>()).add(numbers.get(node));
                    }
                    used.remove(-1);
                    used.values().forEach(its -> assertEquals(its.size() - 1, its.last()));
                });
    }

    @Test
    void perNodeTheKernelsOfAStreamDependOnEachOtherInTurn() {
        RandomWork.forAll(
                (policy, graph) -> {
                    if (policy != PER_NODE) {
                        return;
                    }
                    var numbers = StreamNumbers.of(policy, graph);
                    var ancestors = RandomWork.ancestors(graph);
                    for (int node = 0; node < graph.size(); node++) {
                        for (int other = 0; other < node; other++) {
                            boolean same =
                                    graph.get(node).device() == graph.get(other).device()
                                            && numbers.get(node).equals(numbers.get(other));
                            assertTrue(
                                    !same
                                            || graph.get(node).onHost()
                                            || ancestors.get(node).get(other),
                                    other + " and " + node);
                        }
                    }
                });
    }

    /// Two that read the same output share its maker's stream only if one of them reads the other.
    @Test
    void aKernelThatAloneReadsAnotherOpensNoStream() {
        RandomWork.forAll(
                (policy, graph) -> {
                    if (policy != PER_NODE) {
                        return;
                    }
                    var numbers = StreamNumbers.of(policy, graph);
                    for (int node = 0; node < graph.size(); node++) {
                        var producers = graph.get(node).producers();
                        if (graph.get(node).onHost()
                                || graph.get(node).kind() != KERNEL
                                || producers.size() != 1
                                || graph.get(producers.getFirst()).kind() != KERNEL
                                || graph.get(producers.getFirst()).onHost()) {
                            continue;
                        }
                        int producer = producers.getFirst();
                        long readers =
                                graph.stream()
                                        .filter(each -> each.producers().contains(producer))
                                        .count();
                        assertTrue(
                                readers > 1 || numbers.get(node) <= numbers.get(producer),
                                producer + " and " + node);
                    }
                });
    }

    @Test
    void oneMoreThatNobodyReadsMovesNoOther() {
        RandomWork.forAll(
                (policy, graph) -> {
                    var random = new SplittableRandom(graph.hashCode());
                    var one = RandomWork.node(graph, random);
                    boolean ofNewKind =
                            graph.stream()
                                    .noneMatch(
                                            each ->
                                                    each.device() == one.device()
                                                            && each.kind() == one.kind());
                    if (policy == PER_KIND && ofNewKind) {
                        return; // numbers are dense, so they follow from which kinds there are
                    }
                    var more = new ArrayList<>(graph);
                    more.add(one);
                    assertEquals(
                            StreamNumbers.of(policy, graph),
                            StreamNumbers.of(policy, more).subList(0, graph.size()));
                });
    }
}
