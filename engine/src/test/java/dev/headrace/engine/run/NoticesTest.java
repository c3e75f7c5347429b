package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

/// What is said in full of messages that repeat, and what is only counted; the clock is the test's.
class NoticesTest {
    private static final long SECOND = 1_000_000_000;

    /// Notes what it is told.
    private record Ear(List<String> heard, Level least) implements System.Logger {
        @Override
        public String getName() {
            return "ear";
        }

        @Override
        public boolean isLoggable(Level level) {
            return level.getSeverity() >= least.getSeverity();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            heard.add(level + " " + message);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... values) {
            heard.add(level + " " + format);
        }
    }

    private final List<String> heard = new ArrayList<>();
    private long now = -5 * SECOND; // as nanoTime, it may begin anywhere
    private final Notices notices = new Notices(new Ear(heard, Level.WARNING), () -> now);

    private void say(String kind, int times) {
        for (int i = 0; i < times; i++) {
            int number = i;
            notices.say(Level.WARNING, kind, () -> kind + " " + number);
        }
    }

    private List<String> heard() {
        var all = List.copyOf(heard);
        heard.clear();
        return all;
    }

    @Test
    void saysTheFirstThreeInFullAndThenHowManyThereWere() {
        say("bad samples", 5);
        assertEquals(
                List.of("WARNING bad samples 0", "WARNING bad samples 1", "WARNING bad samples 2"),
                heard());
        now += 10 * SECOND - 1;
        say("bad samples", 118);
        assertEquals(List.of(), heard());
        now += 1;
        say("bad samples", 1);
        assertEquals(
                List.of(
                        "WARNING … and 120 more bad samples in the last 10 s",
                        "WARNING bad samples 0"),
                heard());
    }

    @Test
    void saysTheTimeThatHasReallyPassed() {
        say("bad samples", 4);
        heard();
        now += 37 * SECOND - 1;
        say("bad samples", 1);
        assertEquals("WARNING … and 1 more bad samples in the last 37 s", heard().getFirst());
    }

    @Test
    void saysTheRestAtTheEndOnce() {
        say("bad samples", 4);
        say("others", 3);
        heard();
        now += SECOND / 2;
        notices.sayRest();
        assertEquals(List.of("WARNING … and 1 more bad samples in the last 1 s"), heard());
        notices.sayRest();
        assertEquals(List.of(), heard());
    }

    @Test
    void kindsDoNotHideEachOther() {
        say("bad samples", 9);
        heard();
        say("others", 1);
        assertEquals(List.of("WARNING others 0"), heard());
    }

    @Test
    void whatNobodyHearsIsNotWritten() {
        notices.say(Level.DEBUG, "details", () -> fail("a message that nobody reads"));
        notices.sayRest();
        assertEquals(List.of(), heard());
    }

    private static Pipeline refusing(LongPredicate refused, BadSamples policy) {
        return Trial.graph()
                .node("counter", new Trial.Counter(20, false))
                .node("fail", new Trial.FailOn(refused), "counter")
                .output("n", "fail")
                .build(Options.batchSize(4).threads(2).badSamples(policy));
    }

    @Test
    void aPipelineSaysWhichSamplesItReplaces() {
        var policy = BadSamples.replace(ImmutableMap.of("n", TensorValue.of(Trial.NUMBER, -1)), 20);
        var told =
                CloseTest.whatIsLogged(
                        () -> {
                            try (var pipeline = refusing(number -> number % 2 == 1, policy)) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        assertEquals(4, told.size(), told.toString());
        assertEquals(
                "pipeline trial replaced a bad sample: FailOn refuses 1\n"
                        + "  at fail (FailOn), added at Trial.java:2, iteration 0, sample 1"
                        + " [number 1]",
                told.getFirst());
        assertTrue(told.getLast().startsWith("… and 7 more bad samples of trial in the last "));
    }

    @Test
    void aPipelineSaysWhichSampleItSkips() {
        var told =
                CloseTest.whatIsLogged(
                        () -> {
                            try (var pipeline = refusing(n -> n == 1, BadSamples.skip(5))) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        assertTrue(
                told.getFirst()
                        .startsWith("pipeline trial skipped a bad sample: FailOn refuses 1\n"),
                told.toString());
    }

    @Test
    void whatIsThrownIsNoWarning() {
        var told =
                CloseTest.whatIsLogged(
                        () -> {
                            try (var pipeline = refusing(n -> n == 1, BadSamples.fail())) {
                                assertThrows(BadSample.class, pipeline::next);
                            }
                        });
        assertEquals(List.of(), told);
    }
}
