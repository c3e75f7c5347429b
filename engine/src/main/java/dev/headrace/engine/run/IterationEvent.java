package dev.headrace.engine.run;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;
import jdk.jfr.Timespan;

/// An iteration in flight: from its beginning until it is delivered, has failed, or is given up.
@Name("dev.headrace.Iteration")
@Label("Iteration")
@Throttle(PipelineEvent.MOST)
final class IterationEvent extends PipelineEvent {
    static final String DELIVERED = "delivered";
    static final String FAILED = "failed";
    static final String GIVEN_UP = "given up";

    private static final IterationEvent PROBE = new IterationEvent();

    private static final int LONGEST = 200;

    @Label("Outcome")
    @Description("delivered, failed, or given up: beyond the end of an epoch, or at a close")
    String outcome;

    @Label("Failure")
    @Description("the first line of its message")
    String failure;

    @Label("Ready")
    @Description("how long it lay complete before its end")
    @Timespan(Timespan.NANOSECONDS)
    long ready;

    /// One that begins now; null where nobody records.
    static IterationEvent start() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        var event = new IterationEvent();
        event.begin();
        return event;
    }

    void end(Iteration in, String how, Throwable reason) {
        end();
        if (in.doneNanos != 0) {
            ready = Math.max(0, System.nanoTime() - in.doneNanos);
        }
        // of so many, no two of the same remainder are ever in flight at once
        place(in, "in flight " + in.number % in.resources.plan.options().prefetch());
        outcome = how;
        failure = reason == null ? null : firstLine(String.valueOf(reason.getMessage()));
        commit();
    }

    private static String firstLine(String message) {
        int line = message.indexOf('\n');
        var first = line < 0 ? message : message.substring(0, line);
        return first.length() <= LONGEST ? first : first.substring(0, LONGEST) + "…";
    }
}
