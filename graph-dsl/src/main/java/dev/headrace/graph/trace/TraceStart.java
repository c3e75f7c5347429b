package dev.headrace.graph.trace;

import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The first event of a trace: where it is missing, something was dropped.
@Name("dev.headrace.TraceStart")
@Label("Trace Start")
@Enabled(false)
@StackTrace(false)
final class TraceStart extends Event {
    @Label("Number")
    long number;
}
