package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.f;
import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.show;
import static dev.headrace.operators.python.Functions.source;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.Counter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a function may ask of the module `headrace`. Most of it is tested in `test_module.py` too.
@NeedsPython
class ContextTest {
    private static final Options THREE = Options.batchSize(3).threads(2).prefetch(3);

    private static Graph counted(long count, PythonFunction function) {
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(count)).then(function));
        return graph;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void tellsWhereItIs(int workers) {
        var asked =
                f(
                        "np.array([headrace.batch_size(), headrace.iteration(), headrace.epoch(), "
                                + "headrace.sample_index()])");
        assertEquals(
                List.of(
                        "[3 0 0 0] [3 0 0 1] [3 0 0 2]",
                        "[1 1 0 0]",
                        "[3 2 1 0] [3 2 1 1] [3 2 1 2]",
                        "[1 3 1 0]"),
                run(counted(4, asked.workers(workers)), THREE, 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void tellsWhereABatchIs(int workers) {
        var asked =
                f("[np.array([headrace.batch_size(), headrace.iteration(), headrace.epoch()])"
                                + " for each in x[0]]")
                        .batchProcessing(true);
        assertEquals(
                List.of("[3 0 0] [3 0 0] [3 0 0]", "[1 1 0]", "[3 2 1] [3 2 1] [3 2 1]", "[1 3 1]"),
                run(counted(4, asked.workers(workers)), THREE, 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void onTheHostThereIsNoStreamAndNoDevice(int workers) {
        var asked = f("headrace.current_stream() is None and headrace.current_device() is None");
        assertEquals(List.of("1 1 1"), run(counted(3, asked.workers(workers)), THREE, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aBatchHasNoSampleIndex(int workers) {
        var function = f("[headrace.sample_index()]").batchProcessing(true).workers(workers);
        try (var pipeline = counted(3, function).build(THREE)) {
            assertEquals(
                    "f raised RuntimeError: in batch mode a call has all samples, not one of an"
                            + " index",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }

    /// Whether there is a call on this thread, as far as `headrace` knows.
    private static final String INSIDE =
            """
            def inside():
                try:
                    return headrace.batch_size()
                except RuntimeError as refusal:
                    assert str(refusal) == (
                        "headrace.batch_size() is known only inside a function that Headrace calls, "
                        "on the thread that it is called on"
                    )
                    return 0

            """;

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void isKnownInsideTheCallOnly(int workers) {
        var function =
                source(
                        INSIDE
                                + """
                        from concurrent.futures import ThreadPoolExecutor

                        threads = ThreadPoolExecutor(1)
                        while_loaded = inside()

                        def f(x):
                            elsewhere = threads.submit(inside).result()
                            return np.array([while_loaded, inside(), elsewhere])
                        """);
        assertEquals(
                List.of("[0 3 0] [0 3 0] [0 3 0]"),
                run(counted(3, function.workers(workers)), THREE, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void isThereAgainAfterAnException(int workers) {
        var failing = f("1 // min(1, headrace.iteration())").workers(workers);
        try (var pipeline = counted(6, failing).build(THREE)) {
            assertThrows(BadBatch.class, pipeline::next);
            assertEquals("1 1 1", show(pipeline.next().get("out")));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void emptyIsMemoryOfThePipeline(int workers) {
        var function =
                source(
                        """
                        def f(x):
                            out = headrace.empty((2,), "float32")
                            assert type(out) is np.ndarray and out.flags.writeable
                            out[:] = x
                            return out
                        """);
        assertEquals(
                List.of("[0 0] [1 1] [2 2]", "[3 3] [4 4] [5 5]", "[6 6]"),
                run(counted(7, function.view(View.NUMPY).workers(workers)), THREE, 3));
    }
}
