package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
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
}
