package dev.headrace.engine.run;

import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Throttle;

/// Somebody has nothing to do, or may not.
@Name("dev.headrace.Wait")
@Label("Wait")
@Threshold(PipelineEvent.LONG_WAIT)
@Throttle(PipelineEvent.MOST)
final class WaitEvent extends PipelineEvent {
    /// Of a worker: nothing is ready to be done.
    static final String FOR_WORK = "for work";

    /// Of a worker: others are at their last units of a loop that it is in.
    static final String FOR_OTHERS = "for other workers";

    /// Of the consumer: the batch that it has asked for is not complete.
    static final String FOR_A_BATCH = "for a batch";

    /// Of the next iteration: only the memory limit keeps it from beginning.
    static final String FOR_MEMORY = "for memory";

    /// For what a device has queued.
    static final String FOR_A_DEVICE = "for a device";

    private static final WaitEvent PROBE = new WaitEvent();

    @Label("Reason")
    String reason;

    /// One that begins now; null where nobody records.
    static WaitEvent start() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        var event = new WaitEvent();
        event.begin();
        return event;
    }

    void end(Resources resources, String its, String why) {
        place(resources, its);
        reason = why;
        commit();
    }
}
