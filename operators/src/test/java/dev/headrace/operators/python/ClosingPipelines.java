package dev.headrace.operators.python;

import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.operators.python.Lifetimes.MORE;
import static dev.headrace.operators.python.Lifetimes.await;
import static dev.headrace.operators.python.Lifetimes.check;
import static dev.headrace.operators.python.Lifetimes.nothingIsLeft;
import static dev.headrace.operators.python.Lifetimes.numbers;
import static dev.headrace.operators.python.Lifetimes.python;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.External;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// Pipelines that are closed, forgotten, or run beside others: what becomes of their memory, their
/// threads and their calls into Python.
final class ClosingPipelines {
    private static final long SAMPLES = 40;
    private static final Options OPTIONS = Options.batchSize(4).threads(2).prefetch(3).withChecks();

    private ClosingPipelines() {}

    /// Says `passed` for each check, and at the end that all have.
    ///
    /// @param arguments how many pipelines one after another
    static void main(String[] arguments) {
        check("warmed up", () -> leavesNothing(keepers("edited_empty")));
        System.out.println("started");
        check("what a node's own module keeps", ClosingPipelines::aNodesOwnModule);
        check("failures", () -> failuresHoldNothing(0));
        check("failures in a worker", () -> failuresHoldNothing(1));
        check("refusals", () -> refusalsHoldNothing(0));
        check("refusals with a worker", () -> refusalsHoldNothing(1));
        check("a worker replaced", ClosingPipelines::aNewWorkerKeepsViews);
        check("closed during a call", ClosingPipelines::closedDuringACall);
        check("two at once", ClosingPipelines::twoAtOnce);
        check("many", () -> manyLeaveNothing(Integer.parseInt(arguments[0])));
        check("a call that does not return", ClosingPipelines::aCallThatDoesNotReturn);
        check("collected during a call", ClosingPipelines::collectedDuringACall);
        System.out.println("all have passed");
    }

    private static Pipeline pipeline(String name, PythonFunction function, Options options) {
        var graph = Graph.named(name);
        graph.output("out", numbers(graph, SAMPLES).then(function));
        return graph.build(options);
    }

    private static PythonFunction keepers(String function) {
        return PythonFunction.module("keepers", function).view(View.NUMPY);
    }

    private static PythonFunction gates(String function) {
        python("gates", "shut()");
        return PythonFunction.module("gates", function).view(View.NUMPY);
    }

    /// Runs something beside this thread.
    private static <T> FutureTask<T> beside(Callable<T> what) {
        var task = new FutureTask<>(what);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    /// A module that was loaded for one node goes with it, and so do the views that it kept, at
    /// once.
    private static void aNodesOwnModule() {
        for (var view : List.of(View.TENSOR, View.NUMPY, View.DLPACK)) {
            var name = view == View.DLPACK ? "keep_capsules" : "keep";
            var file = PythonFunction.in(Path.of("src/test/python/keepers.py"), name).view(view);
            var pipeline = pipeline("own module", file, OPTIONS);
            try (pipeline) {
                for (var batch : pipeline.epoch()) {
                    check(batch, "out", 0);
                }
            }
            assertEquals("{}", pipeline.report().holders().toString());
            assertEquals(0, Trampoline.get().loans().size());
        }
    }

    /// What Python has let go of is no longer lent, though every iteration fails.
    private static void failuresHoldNothing(int workers) {
        try (var pipeline =
                pipeline("fails", keepers("fails").workers(workers), OPTIONS.prefetch(1))) {
            for (int i = 0; i < 5; i++) {
                var failure = assertThrows(BadBatch.class, pipeline::next);
                assertEquals("fails raised ValueError: as always", failure.what());
                assertEquals("{}", pipeline.report().holders().toString());
            }
        }
    }

    /// Every other batch is refused before Python is asked: its second input is ragged. Neither the
    /// first input stays lent, nor do the results of the batch before stay in Python.
    private static void refusalsHoldNothing(int workers) {
        var graph = Graph.named("refused");
        var ragged =
                graph.read(
                        External.indexed(
                                SAMPLES,
                                place ->
                                        TensorValue.filled(
                                                TensorSpec.of(
                                                        INT64, "W", 1 + place * (place / 4 % 2)),
                                                place)));
        var function = keepers("own_of_two").batchProcessing(true).dense().workers(workers);
        graph.output("out", graph.add(function, numbers(graph, SAMPLES), ragged));
        var pipeline = graph.build(OPTIONS.prefetch(1));
        try (pipeline) {
            for (int i = 0; i < SAMPLES / 4; i++) {
                if (i % 2 == 0) {
                    check(pipeline.next(), "out", MORE);
                } else {
                    var refusal = assertThrows(BadBatch.class, pipeline::next);
                    assertTrue(
                            refusal.what().endsWith("; they make no dense tensor"), refusal::what);
                    await(
                            () -> pipeline.report().lentBytes() == 0,
                            () -> "lent: " + pipeline.report().holders());
                }
            }
        }
        nothingIsLeft(pipeline);
    }

    /// A worker process that ends between two batches is replaced; the memory that the new one sees
    /// stays, whatever the end of the one before has ended. The pool may hear of the end only when
    /// it sends the next batch, which then fails.
    private static void aNewWorkerKeepsViews() {
        var function = PythonFunction.module("keepers", "keep").workers(1);
        try (var pipeline = pipeline("replaced", function, OPTIONS.prefetch(1))) {
            for (int i = 0; i < SAMPLES / 4; i++) {
                try {
                    check(pipeline.next(), "out", 0);
                } catch (BadBatch ended) {
                    assertEquals(
                            "worker process 1 of keep was ended by signal 9 (SIGKILL)",
                            ended.what());
                }
                if (i % 4 == 0) {
                    var worker = ProcessHandle.current().children().findFirst().orElseThrow();
                    worker.destroyForcibly();
                    await(() -> !worker.isAlive(), () -> worker + " lives");
                }
            }
        }
    }

    private static void closedDuringACall() throws Exception {
        var pipeline = pipeline("closed", gates("wait"), OPTIONS);
        var next = beside(pipeline::next);
        python("gates", "entered.wait()");
        var close = Thread.ofPlatform().start(pipeline::close);
        await(() -> close.getState() == Thread.State.TIMED_WAITING, () -> "close() has not waited");
        python("gates", "go_on.set()");
        close.join();
        var closed = assertThrows(Exception.class, next::get).getCause();
        assertEquals("pipeline closed was closed", closed.getMessage());
        nothingIsLeft(pipeline);
    }

    /// Each has a module of its own, whose state is not the other's.
    private static void twoAtOnce() throws Exception {
        var file = Path.of("src/test/python/keepers.py");
        var tasks = new ArrayList<FutureTask<Pipeline>>();
        for (var function : List.of("keep_and_add", "edited_empty")) {
            var view = function.equals("edited_empty") ? View.NUMPY : View.TENSOR;
            tasks.add(
                    beside(
                            () -> {
                                var of = PythonFunction.in(file, function).view(view);
                                var pipeline = pipeline(function, of, OPTIONS);
                                try (pipeline) {
                                    for (var batch : pipeline.epochs(3)) {
                                        check(batch, "out", MORE);
                                    }
                                }
                                return pipeline;
                            }));
        }
        for (var task : tasks) {
            nothingIsLeft(task.get());
        }
    }

    /// Pipelines one after another; a fifth of them warms up.
    private static void manyLeaveNothing(int count) {
        Footprint warm = null;
        for (int i = 0; i < count; i++) {
            if (i == count / 5) {
                warm = Footprint.now();
            }
            leavesNothing(keepers(i % 2 == 0 ? "own" : "edited_empty"));
        }
        warm.hasNotGrown();
    }

    private static void leavesNothing(PythonFunction function) {
        Batch kept;
        var pipeline = pipeline("one of many", function, OPTIONS);
        try (pipeline) {
            check(pipeline.next(), "out", MORE);
            kept = pipeline.next().retain();
        }
        check(kept, "out", MORE);
        kept.close();
        nothingIsLeft(pipeline);
    }

    /// `close()` waits as long as it was told to, names what runs, and leaves it what it uses.
    private static void aCallThatDoesNotReturn() throws Exception {
        var said = new ArrayList<String>();
        var listening =
                new Handler() {
                    @Override
                    public void publish(LogRecord told) {
                        said.add(new SimpleFormatter().formatMessage(told));
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        var log = Logger.getLogger("dev.headrace.engine.run");
        log.addHandler(listening);
        var options = OPTIONS.closeWithin(Duration.ofMillis(100));
        var stuck = pipeline("stuck", gates("loop"), options);
        var next = beside(stuck::next);
        python("gates", "entered.wait()");
        stuck.close();
        log.removeHandler(listening);
        assertEquals(
                List.of(
                        "pipeline stuck was closed while operators were still running on: stuck"
                                + " python, which runs pythonFunction"),
                said);
        var closed = assertThrows(Exception.class, next::get).getCause();
        assertEquals("pipeline stuck was closed", closed.getMessage());
        anotherRuns();
        python("gates", "go_on.set()");
        nothingIsLeft(stuck);
    }

    /// A pipeline that nobody holds any more is not closed; it does no harm.
    private static void collectedDuringACall() {
        var gone = forgotten();
        await(
                () -> {
                    System.gc();
                    return gone.refersTo(null);
                },
                () -> "the pipeline is still held");
        python("gates", "entered.wait()");
        python("gates", "go_on.set()");
        anotherRuns();
    }

    private static void anotherRuns() {
        try (var other = pipeline("other", keepers("own"), OPTIONS)) {
            for (var batch : other.epoch()) {
                check(batch, "out", MORE);
            }
        }
    }

    private static WeakReference<Pipeline> forgotten() {
        var pipeline = pipeline("forgotten", gates("wait_from_four"), OPTIONS.prefetch(4));
        check(pipeline.next(), "out", MORE);
        return new WeakReference<>(pipeline);
    }
}
