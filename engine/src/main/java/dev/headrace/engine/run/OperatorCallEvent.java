package dev.headrace.engine.run;

import dev.headrace.engine.plan.PlannedNode;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Throttle;

/// One call of an operator: on a sample, or on a batch.
@Name("dev.headrace.OperatorCall")
@Label("Operator Call")
@Threshold(PipelineEvent.LONG_CALL)
@Throttle(PipelineEvent.MOST)
final class OperatorCallEvent extends PipelineEvent {
    private static final OperatorCallEvent PROBE = new OperatorCallEvent();

    @Label("Node")
    String node;

    @Label("Operator")
    String operator;

    @Label("Line")
    @Description("of the program that added the node")
    String line;

    @Label("Step")
    @Description("number of its step in the plan")
    int step = -1;

    @Label("Sample")
    @Description("position in the order of its epoch; -1 for the whole batch")
    long sample = -1;

    @Label("Samples")
    @Description("how many the call has")
    int samples;

    @Label("Rest")
    @Description("whether it is the rest of a run, which waits beside the next one")
    boolean rest;

    @Label("Failed")
    boolean failed;

    static boolean isWanted() {
        return PROBE.isEnabled();
    }

    /// One that begins now; null where nobody records.
    static OperatorCallEvent start() {
        return isWanted() ? begun() : null;
    }

    /// One that begins now.
    static OperatorCallEvent begun() {
        var event = new OperatorCallEvent();
        event.begin();
        return event;
    }

    /// A call on one sample is over.
    void endSample(Iteration in, Bench bench, PlannedNode its, Ids ids, int slot, boolean fails) {
        end();
        if (shouldCommit()) {
            sample = ids.position(slot);
            write(in, bench, its, 1, fails);
        }
    }

    /// A call on a batch is over.
    void endBatch(Iteration in, Bench bench, PlannedNode its, int count, boolean fails) {
        end();
        if (shouldCommit()) {
            write(in, bench, its, count, fails);
        }
    }

    private void write(Iteration in, Bench bench, PlannedNode its, int count, boolean fails) {
        place(in, bench.lane);
        node = its.where().node();
        operator = its.where().kind();
        line = its.where().line().orElse(null);
        step = bench.resources.links.stepOf[its.index()];
        samples = count;
        failed = fails;
        commit();
    }
}
