package dev.headrace.engine.run;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Throttle;

/// One sample on its way through a segment, all attempts at it together.
@Name("dev.headrace.Sample")
@Label("Sample")
@Threshold(PipelineEvent.LONG_CALL)
@Throttle(PipelineEvent.MOST)
final class SampleEvent extends PipelineEvent {
    private static final SampleEvent PROBE = new SampleEvent();

    @Label("Step")
    @Description("number of the segment in the plan")
    int step;

    @Label("Sample")
    @Description("position in the order of its epoch")
    long sample;

    /// One that begins now; null where nobody records.
    static SampleEvent start() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        var event = new SampleEvent();
        event.begin();
        return event;
    }
}
