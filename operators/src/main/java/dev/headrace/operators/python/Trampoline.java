package dev.headrace.operators.python;

import dev.headrace.engine.error.BadGraph;
import jep.python.PyCallable;

/// The Python side in this process, `headrace._trampoline`, one for all pipelines.
final class Trampoline {
    private static final String MODULE = "headrace._trampoline";

    private static Trampoline started;

    private final PythonProcess process;
    private final LoanRing ring = new LoanRing();
    private final Releases releases;
    private final PyCallable open;
    private final PyCallable close;
    private final PyCallable run;
    private final PyCallable collect;

    private Trampoline(PythonProcess process) {
        this.process = process;
        process.call(
                python -> {
                    python.callable("headrace._native", "use_ring").call(ring.address());
                    python.callable("headrace._device", "use_users").call(ring.uses().address());
                    return null;
                });
        open = process.call(python -> python.callable(MODULE, "open_node"));
        close = process.call(python -> python.callable(MODULE, "close_node"));
        run = process.call(python -> python.callable(MODULE, "run_at"));
        collect = process.call(python -> python.callable(MODULE, "collect"));
        var release = process.call(python -> python.callable(MODULE, "release"));
        releases =
                new Releases(
                        handles ->
                                process.finish(
                                        python -> {
                                            release.call(handles);
                                            return null;
                                        }));
    }

    /// The one of this process.
    ///
    /// @throws BadGraph if there is no Python that can run here
    static synchronized Trampoline get() {
        var process = PythonProcess.of(PythonEnvironment.forThisProcess());
        if (started == null) {
            started = new Trampoline(process);
        }
        return started;
    }

    /// Loads a node's function.
    ///
    /// @return the node's number
    /// @throws BadGraph if there is no such function
    long open(String config, Lender lender) {
        var answer = process.call(python -> open.call(config, lender));
        if (answer instanceof Long number) {
            return number;
        }
        var failure = PythonFailure.of((String) answer);
        throw failure.toBadGraph();
    }

    /// Forgets a node, and all memory of its pipeline that only its own code has kept.
    void close(long node) {
        process.finish(python -> close.call(node));
        ring.read();
        if (loans().size() > 0) {
            process.finish(python -> collect.call());
            ring.read();
        }
    }

    /// An interpreter for the calling thread, which it needs before it calls [#run].
    PythonThread newThread() {
        return new PythonThread(process);
    }

    /// Works on a request, on a thread that has an interpreter.
    ///
    /// @param address of the request's words
    /// @param count how many they are
    /// @return the answer's bytes, or the text of a failure
    Object run(long node, long address, int count) {
        return run.call(node, address, (long) count);
    }

    /// What Python sees of the pipelines' memory.
    Loans loans() {
        return ring.loans();
    }

    /// Ends the loans that Python has told of since.
    void readRing() {
        ring.read();
    }

    /// Results that Python keeps.
    Releases releases() {
        return releases;
    }
}
