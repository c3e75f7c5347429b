package dev.headrace.engine.run;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/// What all events of Java Flight Recorder say that a pipeline writes.
///
/// While nobody records, an event costs a look at a flag and no heap. By default only what takes
/// long is written, and not more often than a recording of days can bear; a trace asks for all.
@Category("Headrace")
@StackTrace(false)
abstract class PipelineEvent extends Event {
    /// Calls shorter than this are left out by default: {@value}.
    static final String LONG_CALL = "1 ms";

    /// Waits shorter than this are left out by default: {@value}.
    static final String LONG_WAIT = "10 ms";

    /// No more events of one type than this are written by default: {@value}.
    static final String MOST = "100/s";

    @Label("Pipeline")
    @Description("its name; with a number where others of that name were built before")
    String pipeline;

    @Label("Lane")
    @Description("what it is drawn on: whatever does one thing at a time")
    String lane;

    @Label("Iteration")
    @Description("-1 where it belongs to none")
    long iteration = -1;

    @Label("Epoch")
    @Description("-1 where it belongs to none")
    long epoch = -1;

    final void place(Resources resources, String its) {
        pipeline = resources.label;
        lane = its;
    }

    final void place(Iteration in, String its) {
        place(in.resources, its);
        iteration = in.number;
        epoch = in.epoch;
    }
}
