package dev.headrace.engine.run;

import java.util.concurrent.atomic.AtomicInteger;

/// How far one step of one iteration is.
final class StepRun {
    /// What must be done before it may start.
    final AtomicInteger waiting = new AtomicInteger();

    /// Guarded by the flow's lock.
    boolean finished;
}
