package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import java.util.Locale;
import java.util.Optional;

/// One line of the result. What is text is to be read.
///
/// @param job whose it is
/// @param what what the value is
/// @param cores on how many it was measured
/// @param ours Headrace's own figure, empty if the value is that
/// @param beside the figure that it stands beside, empty if there is none
/// @param value what the goal is about
/// @param number how a value is written
/// @param goal what it is to reach, if anything
/// @param note how it was measured
record Row(
        String job,
        String what,
        String cores,
        String ours,
        String beside,
        Spread value,
        String number,
        Optional<Goal> goal,
        String note) {
    /// A value that stands alone.
    static Row alone(
            String job, String what, String cores, Spread value, String number, Goal goal) {
        return new Row(job, what, cores, "", "", value, number, Optional.of(goal), "");
    }

    /// Whether its goal is reached by the median, if it has one.
    Optional<Boolean> isReached() {
        return goal.map(wanted -> wanted.isReached(value.median()));
    }

    String valueText() {
        return value.text(number);
    }

    /// The median alone.
    String medianText() {
        return String.format(Locale.ROOT, number, value.median());
    }

    String goalText() {
        return goal.map(wanted -> wanted.text(number)).orElse("");
    }

    /// `reached`, `missed`, or nothing.
    String verdict() {
        return isReached().map(reached -> reached ? "reached" : "missed").orElse("");
    }

    JsonObject json() {
        var one = new JsonObject();
        one.addProperty("job", job);
        one.addProperty("what", what);
        one.addProperty("cores", cores);
        one.addProperty("Headrace", ours);
        one.addProperty("beside", beside);
        one.addProperty("median", value.median());
        one.addProperty("least", value.least());
        one.addProperty("greatest", value.greatest());
        one.addProperty("goal", goalText());
        isReached().ifPresent(reached -> one.addProperty("reached", reached));
        one.addProperty("note", note);
        return one;
    }
}
