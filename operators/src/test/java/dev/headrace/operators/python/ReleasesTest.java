package dev.headrace.operators.python;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Results that nobody reads any more are let go in one go, and only then count as freed.
@Timeout(60)
class ReleasesTest {
    private final BlockingQueue<String> events = new ArrayBlockingQueue<>(100);

    private Releases releases() {
        return new Releases(
                handles -> {
                    for (long handle : handles) {
                        events.add("let go " + handle);
                    }
                    events.add("done");
                });
    }

    private List<String> events() {
        var all = new ArrayList<String>();
        events.drainTo(all);
        return all;
    }

    @Test
    void theNextCallTakesAllThatWait() {
        var releases = releases();
        synchronized (releases) { // so that it is not idle meanwhile
            releases.add(3, () -> events.add("freed 3"));
            releases.add(5, () -> events.add("freed 5"));
            var taken = releases.take();
            assertArrayEquals(new long[] {3, 5}, taken.handles());
            assertEquals(0, releases.take().handles().length);
            assertEquals(List.of(), events());
            taken.freed();
            assertEquals(List.of("freed 3", "freed 5"), events());
        }
    }

    @Test
    void whereNoCallComesTheyAreLetGoAllTheSame() throws Exception {
        var releases = releases();
        synchronized (releases) {
            releases.add(3, () -> events.add("freed 3"));
            releases.add(5, () -> events.add("freed 5"));
        }
        for (var event : List.of("let go 3", "let go 5", "done", "freed 3", "freed 5")) {
            assertEquals(event, events.poll(60, TimeUnit.SECONDS));
        }
        releases.add(7, () -> events.add("freed 7"));
        assertEquals("let go 7", events.poll(60, TimeUnit.SECONDS));
    }

    @Test
    void orAtOnceWhereSomebodyAsks() {
        var releases = releases();
        synchronized (releases) {
            releases.add(3, () -> events.add("freed 3"));
            releases.now();
            assertEquals(List.of("let go 3", "done", "freed 3"), events());
            releases.now();
            assertEquals(List.of(), events());
        }
    }
}
