package dev.headrace.engine.run;

import java.util.Collection;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;

/// How full a pipeline is, whenever an iteration begins, is complete or is delivered.
@Name("dev.headrace.Queue")
@Label("Queue")
@Throttle(PipelineEvent.MOST)
final class QueueEvent extends PipelineEvent {
    private static final QueueEvent PROBE = new QueueEvent();

    @Label("Batches Ready")
    @Description("complete, not yet asked for")
    int ready;

    @Label("Iterations in Flight")
    @Description("begun, not yet delivered")
    int inFlight;

    @Label("Lent Bytes")
    @DataAmount
    long lentBytes;

    /// Writes how things are now, if somebody records.
    static void write(Resources resources, Collection<Iteration> now) {
        if (!PROBE.isEnabled()) {
            return;
        }
        var event = new QueueEvent();
        event.place(resources, null);
        for (var iteration : now) {
            event.ready += iteration.done ? 1 : 0;
        }
        event.inFlight = now.size();
        event.lentBytes = resources.pool.lentBytes();
        event.commit();
    }
}
