package dev.headrace.engine.run;

import jdk.jfr.DataAmount;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Throttle;

/// Samples of a value are copied by the engine.
@Name("dev.headrace.Copy")
@Label("Copy")
@Threshold(PipelineEvent.LONG_CALL)
@Throttle(PipelineEvent.MOST)
final class CopyEvent extends PipelineEvent {
    /// The samples lie apart, and somebody asked for them as one tensor.
    static final String TO_PACK = "to make one dense tensor";

    /// Another process reads them.
    static final String TO_SHARE = "to shared memory";

    private static final CopyEvent PROBE = new CopyEvent();

    @Label("Value")
    String value;

    @Label("Bytes")
    @DataAmount
    long bytes;

    @Label("Why")
    String why;

    /// One that begins now; null where nobody records.
    static CopyEvent start() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        var event = new CopyEvent();
        event.begin();
        return event;
    }

    void end(Iteration in, String name, long copied, String reason) {
        end();
        if (shouldCommit()) {
            place(in, in.resources.lane());
            value = name;
            bytes = copied;
            why = reason;
            commit();
        }
    }
}
