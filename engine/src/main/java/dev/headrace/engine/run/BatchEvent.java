package dev.headrace.engine.run;

import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;

/// The consumer has a batch: from its delivery until the consumer lets go of it or asks for the
/// next. A batch that is retained counts as let go of, too.
@Name("dev.headrace.Batch")
@Label("Batch")
@Throttle(PipelineEvent.MOST)
final class BatchEvent extends PipelineEvent {
    private static final BatchEvent PROBE = new BatchEvent();

    @Label("Samples")
    int samples;

    /// One that begins now; null where nobody records.
    static BatchEvent start() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        var event = new BatchEvent();
        event.begin();
        return event;
    }

    void end(Iteration in, int size) {
        place(in, Resources.CONSUMER);
        samples = size;
        commit();
    }
}
