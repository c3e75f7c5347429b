package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.f;
import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.show;
import static dev.headrace.operators.python.Functions.source;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.run.Report;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.External;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is copied, and what is not: seen by addresses, and by what the report counts.
///
/// The input of each function is three `float32`: n, n + 1, n + 2 in sample n.
@NeedsPython
class CopiesTest {
    private static final int BATCH = 3;
    private static final int SAMPLES = 30;
    private static final Options OPTIONS = Options.batchSize(BATCH).threads(2);

    private static Graph graph(PythonFunction function) {
        var graph = Graph.named("train");
        var in =
                graph.read(External.indexed(SAMPLES, n -> float32("C", shape(3), n, n + 1, n + 2)));
        graph.output("in", in);
        var node = in.then(function).named("f");
        for (int output = 0; output < function.numOutputs(); output++) {
            graph.output("out" + output, node.get(output));
        }
        return graph;
    }

    /// Where the samples lie.
    private static List<Long> addresses(Batch batch, String name) {
        return addresses(batch, name, 0);
    }

    private static List<Long> addresses(Batch batch, String name, long plus) {
        return IntStream.range(0, batch.size())
                .mapToObj(sample -> batch.get(name).get(sample).address() + plus)
                .toList();
    }

    /// Where Python says that they lie.
    private static List<Long> told(Batch batch, String name) {
        return IntStream.range(0, batch.size())
                .mapToObj(sample -> batch.get(name).get(sample).int64(0))
                .toList();
    }

    /// Bytes that the node wrote to its outputs.
    private static long written(Pipeline pipeline) {
        return pipeline.report().nodes().stream()
                .filter(row -> row.name().equals("f"))
                .collect(Collectors.summingLong(Report.NodeRow::bytes));
    }

    // ---- in

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DLPACK | x",
                "TENSOR | x.__dlpack__()",
                "TENSOR | x.__dlpack__(max_version=(1, 1))",
                "NUMPY  | x.__dlpack__(max_version=(1, 1))",
            })
    void theFunctionSeesThePipelinesOwnMemoryAsItLies(View view, String capsule) {
        for (boolean batch : new boolean[] {false, true}) {
            var function =
                    source(
                                    """
                                    from capsules import managed_in

                                    def g(x):
                                        capsule = %s
                                        t = managed_in(capsule).tensor
                                        seen = t.byte_offset, t.lanes, t.ndim, t.shape[0], t.strides[0]
                                        return t.data, np.array(seen, int)

                                    def f(x):
                                        return %s
                                    """
                                            .formatted(capsule, batch ? EACH : "g(x)"))
                            .view(view)
                            .batchProcessing(batch)
                            .numOutputs(2);
            try (var pipeline = graph(function).build(OPTIONS)) {
                for (int iteration = 0; iteration < 2; iteration++) {
                    var given = pipeline.next();
                    assertEquals(addresses(given, "in"), told(given, "out0"));
                    assertEquals("[0 1 1 3 1] [0 1 1 3 1] [0 1 1 3 1]", show(given.get("out1")));
                }
            }
        }
    }

    /// In batch mode, for each output the list of what `g` gives for each sample.
    private static final String EACH = "tuple(map(list, zip(*map(g, x))))";

    @ParameterizedTest
    @CsvSource({
        "DLPACK, np.from_dlpack(Once(x))",
        "TENSOR, np.from_dlpack(x)",
        "NUMPY, x",
    })
    void aViewThatIsKeptBeyondTheCallStaysAsItWas(View view, String array) {
        var function =
                source(
                                """
                                from capsules import Once

                                kept = []

                                def f(x):
                                    kept.append(x)
                                    if len(kept) < %d:
                                        return True
                                    return all(%s[0] == n for n, x in enumerate(kept))
                                """
                                        .formatted(SAMPLES, array))
                        .view(view);
        var ahead = OPTIONS.prefetch(4).withChecks(); // poisons what is released
        var right = run(graph(function), ahead, SAMPLES / BATCH);
        right.removeIf(text -> text.startsWith("[")); // the input
        assertEquals(Collections.nCopies(SAMPLES / BATCH, "1 1 1"), right);
    }

    // ---- out: what lies in the inputs

    @ParameterizedTest
    @CsvSource({
        "TENSOR, false, 0", "NUMPY, false, 0", "DLPACK, false, 0",
        "TENSOR, true, 0", "NUMPY, true, 0", "DLPACK, true, 0",
        "TENSOR, false, 2", "NUMPY, false, 2", "DLPACK, false, 2",
        "TENSOR, true, 2", "NUMPY, true, 2", "DLPACK, true, 2",
    })
    void anIdentityCopiesNoByte(View view, boolean batch, int workers) {
        var function = f("x[0]").view(view).batchProcessing(batch).workers(workers);
        assertSameAddresses(function, List.of(0, 1, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "TENSOR, 0",
        "NUMPY, 0",
        "DLPACK, 0",
        "TENSOR, 2",
        "NUMPY, 2",
        "DLPACK, 2",
    })
    void neitherDoesAnotherOrderOfABatch(View view, int workers) {
        var function = f("x[0][::-1]").view(view).batchProcessing(true).workers(workers);
        assertSameAddresses(function, List.of(2, 1, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "TENSOR, 0",
        "NUMPY, 0",
        "DLPACK, 0",
        "TENSOR, 2",
        "NUMPY, 2",
        "DLPACK, 2",
    })
    void neitherDoesAnIdentityOfOneTensorForAll(View view, int workers) {
        var function = f("x[0]").view(view).batchProcessing(true).dense().workers(workers);
        Pipeline used;
        try (var pipeline = graph(function).build(OPTIONS.prefetch(1))) {
            used = pipeline;
            pipeline.next(); // of which the block is not foreseen, so that it is packed
            long packed = pipeline.report().packedBytes();
            var given = pipeline.next();
            assertEquals(addresses(given, "in"), addresses(given, "out0"));
            assertEquals(packed, pipeline.report().packedBytes());
        }
        assertEquals(0, written(used));
    }

    private static void assertSameAddresses(PythonFunction function, List<Integer> order) {
        Pipeline used;
        try (var pipeline = graph(function).build(OPTIONS)) {
            used = pipeline;
            for (int iteration = 0; iteration < 3; iteration++) {
                var given = pipeline.next();
                var in = addresses(given, "in");
                assertEquals(order.stream().map(in::get).toList(), addresses(given, "out0"));
            }
        }
        assertEquals(0, written(used));
        assertEquals(0, used.report().packedBytes());
    }

    /// What may be returned of an input, and how many bytes behind its beginning that lies.
    private record Part(String expression, int offset) {}

    private static final List<Part> PARTS =
            List.of(
                    new Part("x[1:]", 4),
                    new Part("x[2, ...]", 8),
                    new Part("x[0:1:2]", 0),
                    new Part("x.reshape(1, 3)", 0),
                    new Part("x.view(np.uint8)[5:]", 5),
                    new Part("np.from_dlpack(x)", 0),
                    new Part("x[1:].__dlpack__(max_version=(1, 1))", 4),
                    new Part("x[None, 1:, None][..., ::-1]", 4));

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 2", "true, 0", "true, 2"})
    void aPartOfAnInputIsNotCopied(boolean batch, int workers) {
        var parts = PARTS.stream().map(Part::expression).collect(Collectors.joining(",\n    "));
        var function =
                source(
                                """
                                def g(x):
                                    return (
                                    %s)

                                def f(x):
                                    return %s
                                """
                                        .formatted(parts, batch ? EACH : "g(x)"))
                        .view(View.NUMPY)
                        .batchProcessing(batch)
                        .numOutputs(PARTS.size())
                        .workers(workers);
        Pipeline used;
        try (var pipeline = graph(function).build(OPTIONS)) {
            used = pipeline;
            for (int iteration = 0; iteration < 2; iteration++) {
                var given = pipeline.next();
                for (int part = 0; part < PARTS.size(); part++) {
                    assertEquals(
                            addresses(given, "in", PARTS.get(part).offset),
                            addresses(given, "out" + part),
                            PARTS.get(part).expression);
                }
            }
        }
        assertEquals(0, written(used));
    }

    // ---- out: what nobody else holds

    @Test
    void aNewArrayThatNobodyHoldsIsTakenAsItIs() {
        var function = source("def f(x):\n    a = x + 1\n    return a, a.ctypes.data\n");
        try (var pipeline =
                graph(function.view(View.NUMPY).numOutputs(2)).build(OPTIONS.prefetch(1))) {
            for (int iteration = 1; iteration < 4; iteration++) {
                var given = pipeline.next();
                assertEquals(told(given, "out1"), addresses(given, "out0"));
                assertEquals(iteration * BATCH * 8, written(pipeline), "the addresses alone");
                assertEquals(BATCH * 12, pipeline.report().holders().get("f"), "it is booked");
            }
        }
    }

    @Test
    void soIsOneOfAllSamples() {
        var function =
                source(
                                "def f(x):\n    a = x + 1\n"
                                        + "    return a, [a.ctypes.data + 12 * n for n in range(3)]\n")
                        .view(View.NUMPY)
                        .batchProcessing(true)
                        .dense()
                        .numOutputs(2);
        try (var pipeline = graph(function).build(OPTIONS)) {
            var given = pipeline.next();
            assertEquals(told(given, "out1"), addresses(given, "out0"));
            assertTrue(given.get("out0").isDense());
            assertEquals("[1 2 3] [2 3 4] [3 4 5]", show(given.get("out0")));
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void fromAWorkerProcessItIsCopiedOnce(boolean batch) {
        var function = f(batch ? "[x + 1 for x in x[0]]" : "x[0] + 1").batchProcessing(batch);
        try (var pipeline = graph(function.workers(2)).build(OPTIONS.prefetch(1))) {
            for (int iteration = 1; iteration < 4; iteration++) {
                pipeline.next();
                assertEquals(iteration * BATCH * 12, written(pipeline));
            }
        }
    }

    // ---- out: what empty() made

    @Test
    void whatEmptyMadeIsTheOutputAndThenTheSlotOfTheBatch() {
        var function =
                source(
                        """
                        def f(x):
                            a = headrace.empty(3, np.float32)
                            a[:] = x + 1
                            return a, a.ctypes.data
                        """);
        try (var pipeline = graph(function.view(View.NUMPY).numOutputs(2)).build(OPTIONS)) {
            for (int iteration = 0; iteration < 3; iteration++) {
                var given = pipeline.next();
                assertEquals(told(given, "out1"), addresses(given, "out0"));
                if (iteration > 0) {
                    assertTrue(given.get("out0").isDense(), "in iteration " + iteration);
                }
            }
            assertEquals(0, pipeline.report().packedBytes());
        }
    }

    @Test
    void soItIsInBatchModeThoughNotASlot() {
        var function =
                source(
                                """
                                def f(x):
                                    a = headrace.empty(x.shape, np.float32)
                                    a[:] = x + 1
                                    return a, [a.ctypes.data + 12 * n for n in range(3)]
                                """)
                        .view(View.NUMPY)
                        .batchProcessing(true)
                        .dense()
                        .numOutputs(2);
        try (var pipeline = graph(function).build(OPTIONS)) {
            for (int iteration = 0; iteration < 3; iteration++) {
                var given = pipeline.next();
                assertEquals(told(given, "out1"), addresses(given, "out0"));
                assertTrue(given.get("out0").isDense());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 2", "true, 0", "true, 2"})
    void emptyMayBeUsedAsOneLikes(boolean batch, int workers) {
        // by output: two of one sample, one not returned, another order, a part, no element
        var function =
                source(
                                """
                                def made(x):
                                    a = headrace.empty(3, np.float32)
                                    a[:] = x
                                    return a

                                def g(x):
                                    a, b, c, d = (made(x + k) for k in range(4))
                                    e = headrace.empty((0, 3), np.float32)
                                    return c, a, a, d[1:], made(x).reshape(3, 1), e

                                def f(x):
                                    return %s
                                """
                                        .formatted(batch ? EACH : "g(x)"))
                        .view(View.NUMPY)
                        .batchProcessing(batch)
                        .numOutputs(6)
                        .workers(workers);
        var shown = run(graph(function), OPTIONS, 3);
        assertEquals(
                List.of(
                        "[3 4 5] [4 5 6] [5 6 7]",
                        "[5 6 7] [6 7 8] [7 8 9]",
                        "[3 4 5] [4 5 6] [5 6 7]",
                        "[3 4 5] [4 5 6] [5 6 7]",
                        "[7 8] [8 9] [9 10]",
                        "[3 4 5] [4 5 6] [5 6 7]",
                        "[] [] []"),
                shown.subList(7, 14));
    }

    // ---- out: what somebody may still write to

    /// Results of the input `x` that the function could edit later; what `later` is given is
    /// done before the next call.
    private static final List<String> HELD =
            List.of(
                    "the same buffer each time",
                    """
                    buffer = buffers[int(x[0]) % 3]
                    buffer[:] = x
                    return buffer
                    """,
                    "a view of the same buffer",
                    """
                    buffer = others[int(x[0]) % 3]
                    buffer[:] = x
                    return buffer[:]
                    """,
                    "an array that is kept",
                    """
                    a = x + 0
                    later(lambda: a.fill(-1))
                    return a
                    """,
                    "one with a memoryview",
                    """
                    a = x + 0
                    seen = memoryview(a)
                    del a
                    later(lambda: np.asarray(seen).fill(-1))
                    return seen.obj
                    """,
                    "one with a weak reference",
                    """
                    a = x + 0
                    seen = weakref.ref(a)
                    later(lambda: seen() is not None and seen().fill(-1))
                    return a
                    """,
                    "a part of an array that is kept",
                    """
                    a = np.array([x, x])
                    later(lambda: a.fill(-1))
                    return a[1]
                    """,
                    "one with a part that is kept",
                    """
                    a = x + 0
                    part = a[1:]
                    later(lambda: part.fill(-1))
                    return a
                    """,
                    "in a tuple that is kept",
                    """
                    kept = (x + 0,)
                    later(lambda: kept[0].fill(-1))
                    return kept[0]
                    """,
                    "a capsule",
                    """
                    a = x + 0
                    later(lambda: a.fill(-1))
                    return a.__dlpack__()
                    """,
                    "an object with __dlpack__",
                    """
                    a = x + 0
                    later(lambda: a.fill(-1))
                    return Shown(a)
                    """,
                    "what empty() made",
                    """
                    a = headrace.empty(3, np.float32)
                    a[:] = x
                    later(lambda: a.fill(-1))
                    return a
                    """,
                    "a part of what empty() made",
                    """
                    a = headrace.empty(3, np.float32)
                    a[:] = x
                    later(lambda: a.fill(-1))
                    return a[:]
                    """,
                    "what empty() made, with a part that is kept",
                    """
                    a = headrace.empty(3, np.float32)
                    a[:] = x
                    part = a[1:]
                    later(lambda: part.fill(-1))
                    return a
                    """,
                    "another than what empty() made, which is kept",
                    """
                    a = headrace.empty(3, np.float32)
                    later(lambda: a.fill(-1))
                    return x + 0
                    """,
                    "what empty() made in an earlier call",
                    """
                    n = int(x[0]) % 3
                    if n not in made:
                        made[n] = headrace.empty(3, np.float32)
                    made[n][:] = x
                    return made[n]
                    """);

    private static PythonFunction held(boolean batch) {
        var cases = new StringBuilder();
        for (int i = 0; i < HELD.size(); i += 2) {
            cases.append("# %s\ndef held%d(x):\n".formatted(HELD.get(i), i / 2));
            cases.append(HELD.get(i + 1).indent(4)).append('\n');
        }
        var names =
                IntStream.range(0, HELD.size() / 2)
                        .mapToObj(i -> "held" + i + "(x)")
                        .collect(Collectors.joining(", "));
        return source(
                        """
                        import weakref

                        buffers = [np.zeros(3, np.float32) for _ in range(3)]
                        others = [np.zeros(3, np.float32) for _ in range(3)]
                        made = {}
                        edits = []
                        later = edits.append

                        class Shown:
                            def __init__(self, array):
                                self.__dlpack__ = array.__dlpack__
                                self.__dlpack_device__ = array.__dlpack_device__

                        def edit():
                            for each in edits:
                                each()
                            edits.clear()

                        """
                                + cases
                                + "def g(x):\n    return "
                                + names
                                + "\n\ndef f(x):\n    edit()\n    return "
                                + (batch ? EACH : "g(x)")
                                + "\n")
                .view(View.NUMPY)
                .numOutputs(HELD.size() / 2)
                .batchProcessing(batch);
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 2", "true, 0", "true, 2"})
    void whatMayBeEditedLaterIsCopied(boolean batch, int workers) {
        var kept = new ArrayList<Batch>();
        try (var pipeline = graph(held(batch).workers(workers)).build(OPTIONS.prefetch(4))) {
            for (var each : pipeline.epoch()) {
                kept.add(each.retain());
            }
            for (int output = 0; output < HELD.size() / 2; output++) {
                for (var each : kept) {
                    var first = each.iteration() * BATCH;
                    assertEquals(
                            show(each.get("in")),
                            show(each.get("out" + output)),
                            HELD.get(2 * output) + ", from sample " + first);
                }
            }
        } finally {
            kept.forEach(Batch::close);
        }
    }

    @Test
    void aLargeBatchIsCopiedByTheWorkersAndTheNodeKeepsItsTurn() {
        var function =
                source(
                        """
                        numbers = np.zeros((3, 50_000), np.float32)

                        def f(x):
                            numbers[:] = np.stack(x)[:, :1] + np.arange(50_000)
                            return [row for row in numbers]
                        """);
        var batches = function.view(View.NUMPY).batchProcessing(true);
        try (var pipeline = graph(batches).build(OPTIONS.prefetch(4))) {
            for (int iteration = 0; iteration < 4; iteration++) {
                var out = pipeline.next().get("out0");
                for (int sample = 0; sample < BATCH; sample++) {
                    int first = iteration * BATCH + sample;
                    assertEquals(first, out.get(sample).float32(0));
                    assertEquals(first + 49_999, out.get(sample).float32(49_999));
                }
            }
        }
    }

    // ---- tensors of others

    /// Tensors that are made by hand, of two numbers, noted in `capsules.made`.
    private static final String BY_HAND =
            """
            import capsules

            capsules.made = made = []
            numbers = (ctypes.c_float * 8)(*range(8))

            def tensor(n, strides=None):
                data = ctypes.addressof(numbers) + 4 * (n % 3)
                made.append(capsules.Producer(shape=(2,), strides=strides, data=data))
                return made[-1].capsule()

            """;

    /// How often the deleter of each ran.
    private static String deleted() {
        var process = PythonProcess.of(PythonEnvironment.forThisProcess());
        var made = "' '.join(str(t.deleted) for t in __import__('capsules').made)";
        return (String) process.call(python -> python.value(made));
    }

    @Test
    void aForeignTensorIsTakenAsItIsWhereTheFunctionPromisesToLeaveItAlone() {
        var function =
                source(
                        BY_HAND
                                + "def f(x):\n    n = int(x[0])\n"
                                + "    return tensor(n), ctypes.addressof(numbers) + 4 * (n % 3)\n");
        var adopting = function.view(View.NUMPY).numOutputs(2).adopt(true);
        try (var pipeline = graph(adopting).build(OPTIONS.prefetch(1))) {
            var given = pipeline.next();
            assertEquals(told(given, "out1"), addresses(given, "out0"));
            assertEquals("[0 1] [1 2] [2 3]", show(given.get("out0")));
            assertEquals(BATCH * (8 + 8), pipeline.report().holders().get("f"), "all is booked");
            assertEquals("0 0 0", deleted());
        }
        assertEquals("1 1 1", deleted());
    }

    @Test
    void evenThenOneThatDoesNotLieDenselyIsCopied() {
        var function = source(BY_HAND + "def f(x):\n    return tensor(int(x[0]), (2,))\n");
        var adopting = function.view(View.NUMPY).adopt(true);
        try (var pipeline = graph(adopting).build(OPTIONS.prefetch(1))) {
            assertEquals("[0 2] [1 3] [2 4]", show(pipeline.next().get("out0")));
            assertEquals("1 1 1", deleted());
        }
        assertEquals("1 1 1", deleted());
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void deletersRunOnceAlsoWhereALaterCheckOfTheBatchFails(boolean batch, boolean adopt) {
        for (var last :
                List.of(
                        "tensor(2)", // all is well
                        "'no'", // refused by Python
                        "np.int8(1)")) { // refused by Java
            var function =
                    source(
                                    BY_HAND
                                            + """
                                            def g(x):
                                                n = int(x[0])
                                                return %s if n == 2 else tensor(n)

                                            def f(x):
                                                return %s
                                            """
                                                    .formatted(
                                                            last,
                                                            batch
                                                                    ? "[g(each) for each in x]"
                                                                    : "g(x)"))
                            .view(View.NUMPY)
                            .batchProcessing(batch)
                            .adopt(adopt);
            try (var pipeline = graph(function).build(OPTIONS.prefetch(1))) {
                if (last.startsWith("tensor")) {
                    assertEquals("[0 1] [1 2] [2 3]", show(pipeline.next().get("out0")));
                } else {
                    assertThrows(BadBatch.class, pipeline::next);
                }
            }
            assertEquals(last.startsWith("tensor") ? "1 1 1" : "1 1", deleted(), last);
        }
    }
}
