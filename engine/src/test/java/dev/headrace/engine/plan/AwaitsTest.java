package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Awaits.HOST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.plan.Awaits.Work;
import dev.headrace.engine.plan.StreamNumbers.Asked;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class AwaitsTest {
    private static Work on(int queue, Integer... reads) {
        return new Work(queue, List.of(reads));
    }

    @Test
    void oneQueueAwaitsNothing() {
        assertEquals(
                List.of(List.of(), List.of(), List.of()),
                Awaits.of(List.of(on(0), on(0, 0), on(0, 0, 1))));
    }

    @Test
    void whatALaterEventImpliesIsNotAwaited() {
        assertEquals(
                List.of(List.of(), List.of(), List.of(1)),
                Awaits.of(List.of(on(0), on(0), on(1, 0, 1))));
    }

    @Test
    void whatWasAwaitedOnTheStreamBeforeIsNotAwaitedAgain() {
        assertEquals(
                List.of(List.of(), List.of(0), List.of()),
                Awaits.of(List.of(on(0), on(1, 0), on(1, 0))));
    }

    @Test
    void whatAnotherQueueAwaitedIsImpliedByItsEvent() {
        assertEquals(
                List.of(List.of(), List.of(0), List.of(1)),
                Awaits.of(List.of(on(0), on(1, 0), on(2, 0, 1))));
    }

    @Test
    void whatTheHostAwaitedIsOverForAllThatReadsFromIt() {
        assertEquals(
                List.of(List.of(), List.of(0), List.of(), List.of()),
                Awaits.of(List.of(on(0), on(HOST, 0), on(1, 1, 0), on(HOST, 1, 0))));
    }

    private static List<Work> work(List<Asked> graph, List<Integer> numbers) {
        var work = new ArrayList<Work>();
        for (int node = 0; node < graph.size(); node++) {
            var asked = graph.get(node);
            int queue = asked.onHost() ? HOST : 100 * asked.device() + numbers.get(node);
            work.add(new Work(queue, asked.producers()));
        }
        return work;
    }

    /// By number: all that is over when a piece of work begins, by a search over single reasons.
    private static List<BitSet> before(List<Work> work, List<List<Integer>> awaits) {
        var before = new ArrayList<BitSet>();
        for (int number = 0; number < work.size(); number++) {
            var its = new BitSet();
            for (int other = 0; other < number; other++) {
                boolean sameQueue =
                        work.get(number).queue() != HOST
                                && work.get(number).queue() == work.get(other).queue();
                boolean hostDone =
                        work.get(other).queue() == HOST && work.get(number).reads().contains(other);
                if (sameQueue || hostDone || awaits.get(number).contains(other)) {
                    its.set(other);
                    its.or(before.get(other));
                }
            }
            before.add(its);
        }
        return before;
    }

    private static boolean isOrdered(List<Work> work, List<List<Integer>> awaits) {
        var before = before(work, awaits);
        for (int number = 0; number < work.size(); number++) {
            for (int read : work.get(number).reads()) {
                if (!before.get(number).get(read)) {
                    return false;
                }
            }
        }
        return true;
    }

    @Test
    void everythingIsOverBeforeItIsRead() {
        RandomWork.forAll(
                (policy, graph) -> {
                    var work = work(graph, StreamNumbers.of(policy, graph));
                    assertTrue(isOrdered(work, Awaits.of(work)));
                });
    }

    @Test
    void noneCanBeLeftOut() {
        RandomWork.forAll(
                (policy, graph) -> {
                    var work = work(graph, StreamNumbers.of(policy, graph));
                    var awaits = Awaits.of(work);
                    for (int number = 0; number < work.size(); number++) {
                        for (int event : awaits.get(number)) {
                            var fewer = new ArrayList<>(awaits);
                            fewer.set(
                                    number,
                                    awaits.get(number).stream()
                                            .filter(each -> each != event)
                                            .toList());
                            assertFalse(isOrdered(work, fewer), number + " awaits " + event);
                        }
                    }
                });
    }
}
