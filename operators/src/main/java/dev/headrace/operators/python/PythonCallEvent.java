package dev.headrace.operators.python;

import dev.headrace.engine.operator.BatchContext;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Throttle;

/// Python has a batch, or a process its share of one: from the request to the answer. An event of
/// Java Flight Recorder, for what it costs see those of the engine.
@Category("Headrace")
@Name("dev.headrace.PythonCall")
@Label("Python Call")
@StackTrace(false)
@Threshold("1 ms")
@Throttle("100/s")
final class PythonCallEvent extends Event {
    private static final PythonCallEvent PROBE = new PythonCallEvent();

    @Label("Pipeline")
    String pipeline;

    @Label("Lane")
    @Description("what it is drawn on: whatever does one thing at a time")
    String lane;

    @Label("Iteration")
    long iteration;

    @Label("Epoch")
    long epoch;

    @Label("Node")
    String node;

    @Label("Process")
    @Description("among those of the node, from 1; 0 for the JVM's own")
    int process;

    @Label("Process Id")
    @Description("in the system")
    long pid = ProcessHandle.current().pid();

    @Label("Samples")
    int samples;

    @Label("Failed")
    boolean failed;

    /// One that begins now; null where nobody records.
    static PythonCallEvent start() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        var event = new PythonCallEvent();
        event.begin();
        return event;
    }

    /// @param its the process, as in the field
    void end(BatchContext context, String name, int its, int count) {
        pipeline = context.pipeline();
        // in this process it lies within the call of the operator
        lane = its == 0 ? PythonFunction.THREAD : name + " process " + its;
        iteration = context.iteration();
        epoch = context.epoch();
        node = name;
        process = its;
        samples = count;
        commit();
    }
}
