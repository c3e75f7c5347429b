package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.source;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.StreamPolicy;
import dev.headrace.graph.Graph;
import dev.headrace.operators.Kernels;
import dev.headrace.operators.read.External;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Functions on a device, on the simulated driver, which finds races; they use it by the library
/// `cuda.py`.
///
/// The input of each function is four `uint8`: n, n + 1, n + 2, n + 3 in sample n.
@NeedsPython
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceFunctionsTest {
    private static final int SAMPLES = 12;
    private static final Options OPTIONS = Options.batchSize(3).threads(2);

    private static final String HEAD =
            """
            import cuda

            node = headrace.current_stream

            def plus(x, on, value):
                seen = cuda.Seen(x, on)
                made = cuda.Made(x.shape, on, device=headrace.current_device())
                cuda.copy(made.address, seen.address, seen.nbytes, on)
                cuda.fill(made.address, value, 1, on)
                return made

            """;

    @BeforeAll
    static void buildKernels() {
        Kernels.build();
    }

    @BeforeEach
    void begin() {
        Simulation.begin();
    }

    @AfterEach
    void nothingIsWrongAndNothingIsLeft() {
        assertEquals("0", askHere("def f():\n    import cuda\n    return len(cuda.handed_out)\n"));
        assertEquals(List.of(), Simulation.reports());
        for (var kind : Simulation.KINDS) {
            assertEquals(0, Simulation.live(kind), kind);
        }
    }

    private static PythonFunction f(String text) {
        return source(HEAD + text);
    }

    private static Graph graph(PythonFunction function) {
        var graph = Graph.named("train");
        var in =
                graph.read(
                        External.indexed(
                                SAMPLES, n -> uint8("C", shape(4), n, n + 1, n + 2, n + 3)));
        var node = in.gpu().then(function).named("f");
        for (int output = 0; output < function.numOutputs(); output++) {
            graph.output("out" + output, node.get(output).cpu());
        }
        return graph;
    }

    private static final List<String> NINE =
            List.of(
                    "[9 1 2 3] [9 2 3 4] [9 3 4 5]",
                    "[9 4 5 6] [9 5 6 7] [9 6 7 8]",
                    "[9 7 8 9] [9 8 9 10] [9 9 10 11]",
                    "[9 10 11 12] [9 11 12 13] [9 12 13 14]");

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag(Simulation.ANY_DRIVER)
    void whatIsQueuedOnTheNodesStreamIsDoneInOrder(boolean synchronize) {
        var function = f("def f(x): return plus(x, node(), 9)").synchronizeStream(synchronize);
        for (int seed = 0; seed < 5; seed++) {
            Simulation.delay(seed, 300);
            assertEquals(NINE, run(graph(function), OPTIONS, 4), "seed " + seed);
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void inBatchModeTheSameHolds() {
        var function =
                f("def f(xs): return [plus(x, node(), 9) for x in xs]").batchProcessing(true);
        assertEquals(NINE, run(graph(function), OPTIONS, 4));
    }

    // ---- the stream and the context

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aFunctionKnowsItsStreamAndDevice() {
        Simulation.devices(2);
        var graph = Graph.named("train");
        var in = graph.read(External.indexed(2, n -> uint8("", shape(), n)));
        for (int device = 0; device < 2; device++) {
            var text =
                    """
                    def f(x):
                        assert x.__dlpack_device__() == (2, %1$d), x.__dlpack_device__()
                        assert headrace.current_device() == %1$d
                        assert type(node()) is int
                        cuda.fill(cuda.Seen(x, -1).address, 0, 0, node())  # on the current device
                        return plus(x, node(), %1$d)
                    """
                            .formatted(device);
            graph.output("out" + device, in.gpu(device).then(f(text)).cpu());
        }
        var host = source("def f(x): return headrace.current_stream() is None");
        graph.output("host", in.then(host));
        assertEquals(List.of("0 0", "1 1", "1 1"), run(graph, OPTIONS, 1));
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void noStreamIsLeftByAnException() {
        var graph = Graph.named("train");
        var in = graph.read(External.indexed(4, n -> uint8("", shape(), n)));
        var text = "def f(x): raise ValueError('no')";
        graph.output("none", in.then(source("def f(x): return headrace.current_stream() is None")));
        graph.output("there", in.gpu().then(f(text)).named("f").cpu());
        try (var pipeline = graph.build(Options.batchSize(2).threads(1).prefetch(2))) {
            for (int iteration = 0; iteration < 2; iteration++) {
                assertThrows(BadBatch.class, pipeline::next);
            }
        }
        graph = Graph.named("train");
        in = graph.read(External.indexed(4, n -> uint8("", shape(), n)));
        graph.output("none", in.then(source("def f(x): return headrace.current_stream() is None")));
        assertEquals(List.of("1 1"), run(graph, Options.batchSize(2), 1));
    }

    @Test
    void whatAFunctionMakesCurrentIsNotCurrentForOthers() {
        var text =
                """
                def f(x):
                    made = plus(x, node(), 9)
                    if headrace.sample_index() == 2:
                        cuda.call("cuCtxSetCurrent", None)
                        given = headrace.empty(x.shape, "uint8")
                        assert cuda.current() is None
                    return made
                """;
        assertEquals(NINE, run(graph(f(text)), OPTIONS, 4));
    }

    // ---- the host's waits

    /// How often something was done in each of the last batches.
    private static List<Long> eachTime(PythonFunction function, String call) {
        var counts = new ArrayList<Long>();
        try (var pipeline = graph(function).build(OPTIONS.prefetch(1))) {
            for (int iteration = 0; iteration < 30; iteration++) {
                long before = Simulation.calls(call);
                pipeline.next();
                if (iteration >= 20) {
                    counts.add(Simulation.calls(call) - before);
                }
            }
        }
        return counts.stream().distinct().toList();
    }

    @ParameterizedTest
    @CsvSource({"true, 2", "false, 1"})
    void theHostWaitsOnceForASynchronizedNodeAndNotForOthers(boolean synchronize, long waits) {
        var text =
                """
                def f(x):
                    made = headrace.empty(x.shape, "uint8")
                    cuda.copy(cuda.Seen(made, node()).address, cuda.Seen(x, node()).address, 4, node())
                    return made
                """;
        var function = f(text).synchronizeStream(synchronize);
        assertEquals(List.of(waits), eachTime(function, "cuEventSynchronize")); // one to deliver
        begin();
        assertEquals(List.of(0L), eachTime(function, "cuStreamSynchronize"));
        for (var allocation : List.of("cuMemAlloc_v2", "cuMemHostAlloc")) {
            begin();
            assertEquals(List.of(0L), eachTime(function, allocation));
        }
    }

    @Test
    void theHostDoesNotWaitToGiveResultsBackToTheirOwner() {
        var function =
                f("def f(x): return plus(x, node(), 9)").adopt(true).synchronizeStream(false);
        Simulation.delay(1, 500);
        assertEquals(List.of(1L), eachTime(function, "cuEventSynchronize"));
    }

    /// A stream that waits for nothing, as the host has waited; and is waited for.
    private static final String ON_ANOTHER =
            """
            def f(x):
                seen = cuda.Seen(x, -1)
                made = cuda.Made(x.shape, 1)
                cuda.copy(made.address, seen.address, seen.nbytes, 1)
                cuda.fill(made.address, 9, 1, 1)
                cuda.wait(node(), 1)
                return made
            """;

    @Test
    void theHostHasWaitedBeforeTheCallWhereTheNodeIsSynchronized() {
        Simulation.delay(1, 300);
        assertEquals(NINE, run(graph(f(ON_ANOTHER)), OPTIONS, 4));
    }

    @Test
    void withoutThatItIsARace() {
        run(graph(f(ON_ANOTHER).synchronizeStream(false)), OPTIONS, 4);
        assertRaces();
    }

    private static void assertRaces() {
        var reports = Simulation.reports();
        assertTrue(reports.stream().anyMatch(each -> each.contains("race")), reports::toString);
        Simulation.reset();
    }

    // ---- other streams

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void theStreamOfAConsumerIsMadeToWaitAndIsWaitedFor() {
        for (int seed = 0; seed < 5; seed++) {
            Simulation.delay(seed, 300);
            var function = f("def f(x): return plus(x, 1, 9)").synchronizeStream(false);
            assertEquals(NINE, run(graph(function), OPTIONS, 4), "seed " + seed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"None", "1", "2"})
    @Tag(Simulation.ANY_DRIVER)
    void defaultStreamsHaveTheNumbersOfTheStandard(String stream) {
        var text =
                """
                def f(x):
                    made = cuda.Made(x.shape, 1)
                    cuda.copy(made.address, cuda.Seen(x, %s).address, 4, 1)
                    return made
                """;
        var function = f(text.formatted(stream)).synchronizeStream(false);
        assertEquals("[0 1 2 3] [1 2 3 4] [2 3 4 5]", run(graph(function), OPTIONS, 4).getFirst());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void streamZeroIsRefused() {
        assertRaises(
                "f raised ValueError: stream 0; the default stream is 1 or 2",
                "def f(x): return x.__dlpack__(stream=0)");
    }

    @Test
    void workOfAStreamThatNobodyToldOfIsARace() {
        var text =
                """
                def f(x):
                    seen = cuda.Seen(x, -1)
                    cuda.wait(1, node())
                    made = cuda.Made(x.shape, 1)
                    cuda.copy(made.address, seen.address, seen.nbytes, 1)
                    return made
                """;
        var function = f(text.replace("cuda.wait(1, node())", "")).synchronizeStream(false);
        run(graph(function), OPTIONS, 4);
        assertRaces();
    }

    /// Its memory is used again in the next iteration, by the copy of the next batch.
    @Test
    void memoryIsUsedAgainOnlyBehindAllStreamsThatRead() {
        var text =
                """
                scratch = None

                def f(x):
                    global scratch
                    if scratch is None:
                        scratch = cuda.Made(x.shape, 1, joins=True)
                    seen = cuda.Seen(x, 1)
                    cuda.copy(scratch.address, seen.address, seen.nbytes, 1)
                    return 0
                """;
        for (int seed = 0; seed < 5; seed++) {
            Simulation.delay(seed, 500);
            var graph = graph(f(text).synchronizeStream(false));
            assertEquals(
                    List.of("0 0 0", "0 0 0"), run(graph, OPTIONS.prefetch(1), 4).subList(0, 2));
        }
    }

    /// What is kept is used again on the node's stream and let go of before that is done, and then
    /// another function asks for memory, on another stream.
    @Test
    void memoryThatWasKeptIsUsedAgainOnlyBehindWhatReadItLast() {
        var keeping =
                """
                kept = []

                def f(xs):
                    kept.append(xs)
                    old = kept.pop(0) if len(kept) > 2 else xs
                    return [plus(x, node(), 9) for x in old]
                """;
        var other =
                """
                def f(x):
                    made = headrace.empty(x.shape, "uint8")
                    cuda.fill(cuda.Seen(made, node()).address, 1, 4, node())
                    return made
                """;
        for (int seed = 0; seed < 5; seed++) {
            Simulation.delay(seed, 500);
            var graph = Graph.named("train");
            var in = graph.read(External.indexed(SAMPLES, n -> uint8("", shape(4), n, 0, 0, 0)));
            var first = f(keeping).batchProcessing(true).synchronizeStream(false);
            graph.output("first", in.gpu().then(first).cpu());
            graph.output("other", in.gpu().then(f(other).synchronizeStream(false)).cpu());
            run(graph, OPTIONS.streams(StreamPolicy.PER_NODE), 12);
            assertEquals(List.of(), Simulation.reports(), "seed " + seed);
        }
    }

    @Test
    void aStreamThatItsOwnerHasDestroyedIsWaitedFor() {
        var text =
                """
                def f(x):
                    own = cuda.stream()
                    scratch = cuda.Seen(headrace.empty(x.shape, "uint8"), own)
                    cuda.copy(scratch.address, cuda.Seen(x, own).address, 4, own)
                    cuda.call("cuStreamDestroy_v2", cuda.c_void_p(own))
                    return 0
                """;
        for (int seed = 0; seed < 5; seed++) {
            Simulation.delay(seed, 500);
            run(graph(f(text).synchronizeStream(false)), OPTIONS.prefetch(1), 4);
            assertEquals(List.of(), Simulation.reports(), "seed " + seed);
        }
    }

    // ---- results

    private static void assertRaises(String message, String text) {
        assertRaises(message, f(text));
    }

    private static void assertRaises(String message, PythonFunction function) {
        try (var pipeline = graph(function).build(OPTIONS)) {
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals(message, failure.what().split("\n  at ")[0]);
            assertTrue(failure.getMessage().contains("at f (PythonFunction)"), failure::toString);
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void resultsElsewhereAreRefused() {
        assertRaises(
                "f returned a tensor on cuda:1 for output 0, expected cuda:0",
                "def f(x): return cuda.Made((2,), node(), device=1)");
        assertRaises(
                "f returned a tensor on cpu for output 0, expected cuda:0",
                "def f(x): return np.zeros(2)");
        assertRaises(
                "f returned a tensor on cuda:1 for output 0, expected cuda:0",
                """
                def f(x):
                    made = cuda.Made((2,), node(), device=1)
                    return made.__dlpack__(stream=node(), max_version=(1, 1))
                """);
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void numbersAreCopiedThere() {
        assertEquals(
                List.of("5 5 5", "5 5 5"),
                run(graph(f("def f(x): return 5")), OPTIONS, 4).subList(0, 2));
        var halves = f("def f(x): return np.float32(0.5)").adopt(true);
        assertEquals("0.5 0.5 0.5", run(graph(halves), OPTIONS, 4).getFirst());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(4,)   | (-1,)   | 3 | [7 5 9 1]",
                "(2, 2) | (1, 2)  | 0 | [1 5 9 7]",
                "(3, 2) | (0, 1)  | 1 | [9 5 9 5 9 5]",
                "()     | ()      | 2 | 5",
                "(0, 3) | (3, 1)  | 0 | []",
            })
    @Tag(Simulation.ANY_DRIVER)
    void stridesOfResultsAreFollowed(String shape, String strides, int offset, String expected) {
        var text =
                """
                def f(x):
                    made = cuda.Made(%s, node(), 4, %s, %d)
                    for place, value in enumerate((1, 9, 5, 7) if made.nbytes else ()):
                        cuda.fill(made.address + place, value, 1, node())
                    return made
                """
                        .formatted(shape, strides, offset);
        for (boolean adopt : new boolean[] {false, true}) {
            var all = String.join(" ", expected, expected, expected);
            assertEquals(all, run(graph(f(text).adopt(adopt)), OPTIONS, 4).getFirst());
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void elementsThatAreNotAlignedAreCopied() {
        var text =
                """
                def f(x):
                    made = cuda.Made((2,), node(), 16, (-1,), 5)
                    made.bits = 32
                    for place in range(9):
                        cuda.fill(made.address + place, place, 1, node())
                    return made
                """;
        double one = 5 + 256 * (6 + 256 * (7 + 256 * 8));
        double other = 1 + 256 * (2 + 256 * (3 + 256 * 4));
        var each = "[%.0f %.0f]".formatted(one, other);
        assertEquals(
                String.join(" ", each, each, each), run(graph(f(text)), OPTIONS, 4).getFirst());
    }

    /// It is copied before the function runs again, on the stream.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag(Simulation.ANY_DRIVER)
    void oneBufferReturnedAgainAndAgainGivesRightBatches(boolean batch) {
        var text =
                """
                kept = None

                def g(x):
                    global kept
                    if kept is None:
                        kept = cuda.Made(x.shape, node())
                    cuda.copy(kept.address, cuda.Seen(x, node()).address, 4, node())
                    cuda.fill(kept.address, 9, 1, node())
                    return kept

                def f(x):
                    return %s
                """
                        .formatted(batch ? "list(map(g, x))" : "g(x)");
        var function = f(text).batchProcessing(batch).synchronizeStream(false);
        Simulation.delay(4, 200);
        var given = run(graph(function), OPTIONS.prefetch(4), 4);
        assertEquals(
                batch
                        ? List.of("[9 3 4 5] [9 3 4 5] [9 3 4 5]", "[9 6 7 8] [9 6 7 8] [9 6 7 8]")
                        : NINE.subList(0, 2),
                given.subList(0, 2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "def f(x): return x                                            | 0",
                "def f(x): return cuda.Window(cuda.Seen(x, -1), (2,), (1,), 1).capsule() | 0",
                "def f(x): return plus(x, node(), 9)                           | 6",
            })
    void whatLiesInTheInputsIsNotCopied(String text, int copies) {
        assertEquals(List.of(0L + copies), eachTime(f(text), "cuMemcpyDtoDAsync_v2"), text);
    }

    // ---- memory of the engine

    /// In steady state three copies of the function's own.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "g(x)                        | false | 3",
                "list(map(g, x))             | true  | 3",
                "cuda.kept.append(g(x)) or cuda.kept[-1] | false | 6",
                "g(x, cuda.kept.append)      | false | 6",
            })
    void whatEmptyMadeIsCopiedOnlyIfSomebodyHoldsIt(String call, boolean batch, long copies) {
        var text =
                """
                cuda.kept = []

                def g(x, see=id):
                    made = headrace.empty(x.shape, "uint8")
                    there = cuda.Seen(made, node())
                    cuda.copy(there.address, cuda.Seen(x, node()).address, 4, node())
                    cuda.fill(there.address, 9, 1, node())
                    see(there)
                    return made

                def f(x):
                    for old in cuda.kept[:-3]:
                        cuda.kept.remove(old)
                    return %s
                """
                        .formatted(call);
        var function = f(text).batchProcessing(batch);
        assertEquals(NINE, run(graph(function), OPTIONS, 4));
        letGo();
        assertEquals(List.of(copies), eachTime(function, "cuMemcpyDtoDAsync_v2"));
        letGo();
    }

    /// Forgets what `cuda.kept` holds.
    private static void letGo() {
        assertEquals(
                "0", askHere("def f():\n    import cuda\n    cuda.kept = None\n    return 0\n"));
    }

    private static String askHere(String text) {
        var graph = Graph.named("ask");
        graph.output("answer", graph.add(source(text)));
        return run(graph, Options.batchSize(1), 1).getFirst();
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void whatIsWrittenLaterToMemoryOfEmptyDoesNotReachTheBatch() {
        var text =
                """
                cuda.kept = []

                def f(x):
                    for old in cuda.kept:
                        cuda.fill(old.address, 77, 4, node())
                    made = headrace.empty(x.shape, "uint8")
                    cuda.kept = [cuda.Seen(made, node())]
                    cuda.copy(cuda.kept[0].address, cuda.Seen(x, node()).address, 4, node())
                    cuda.fill(cuda.kept[0].address, 9, 1, node())
                    return made
                """;
        assertEquals(NINE, run(graph(f(text)), OPTIONS.prefetch(4), 4));
        letGo();
    }

    @Test
    void whatEmptyMadeMayBeWrittenOnAnotherStream() {
        var text =
                """
                def f(x):
                    made = headrace.empty(x.shape, "uint8")
                    there = cuda.Seen(made, 1)
                    cuda.copy(there.address, cuda.Seen(x, 1).address, 4, 1)
                    cuda.fill(there.address, 9, 1, 1)
                    return made
                """;
        for (int seed = 0; seed < 5; seed++) {
            Simulation.delay(seed, 300);
            var function = f(text).synchronizeStream(false);
            assertEquals(NINE, run(graph(function), OPTIONS, 4), "seed " + seed);
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void whatEmptyMadeOnceMayBeReturnedAgainAndAgain() {
        var text =
                """
                cuda.kept = None

                def f(x):
                    if cuda.kept is None:
                        cuda.kept = headrace.empty(x.shape, "uint8")
                    there = cuda.Seen(cuda.kept, node())
                    cuda.copy(there.address, cuda.Seen(x, node()).address, 4, node())
                    cuda.fill(there.address, 9, 1, node())
                    return cuda.kept
                """;
        assertEquals(NINE, run(graph(f(text)), OPTIONS.prefetch(4), 4));
        letGo();
    }

    @Test
    void aResultThatMayBeAdoptedIsNotCopiedAndItsOwnerHasItBackOnceItWasRead() {
        var function = f("def f(x): return plus(x, node(), 9)").adopt(true);
        assertEquals(NINE, run(graph(function), OPTIONS, 4));
        assertEquals(List.of(3L), eachTime(function, "cuMemcpyDtoDAsync_v2"));
    }

    @Test
    void aTensorThatAFunctionKeepsStaysAsItIs() {
        var text =
                """
                cuda.kept = []

                def f(x):
                    cuda.kept.append(x)
                    return plus(cuda.kept[max(0, len(cuda.kept) - 6)], 1, 9)
                """;
        var given = run(graph(f(text)), OPTIONS, 4);
        assertEquals("[9 1 2 3] [9 1 2 3] [9 1 2 3]", given.get(1));
        assertEquals("[9 2 3 4] [9 3 4 5] [9 4 5 6]", given.get(2));
        assertEquals("[9 5 6 7] [9 6 7 8] [9 7 8 9]", given.get(3));
        letGo();
    }

    @Test
    void aTensorThatIsKeptOutlivesItsPipeline() {
        run(graph(f("def f(x): cuda.kept = x; return 0")), OPTIONS, 1);
        assertTrue(Simulation.live("context") > 0);
        var answer =
                askHere(
                        """
                        def f():
                            import cuda
                            seen = cuda.Seen(cuda.kept, -1)
                            context = cuda.kept._input.device.context
                            cuda.call("cuCtxPushCurrent_v2", cuda.c_void_p(context))
                            read = cuda.read(seen.address, 4, 1)
                            cuda.call("cuCtxPopCurrent_v2", None)
                            return np.array(read, np.uint8)
                        """);
        assertEquals("[2 3 4 5]", answer);
        letGo();
    }

    // ---- graphs

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void constantsLieOnTheDeviceToo() {
        var graph = Graph.named("train");
        var in = graph.read(External.indexed(4, n -> uint8("", shape(1), n)));
        var text =
                """
                def f(x, constant):
                    made = headrace.empty((2,), "uint8")
                    there = cuda.Seen(made, node())
                    cuda.copy(there.address, cuda.Seen(x, node()).address, 1, node())
                    cuda.copy(there.address + 1, cuda.Seen(constant, node()).address, 1, node())
                    return made
                """;
        var constant = Argument.of(uint8("", shape(1), 8));
        graph.output("out", graph.add(f(text), in.gpu(), constant).cpu());
        assertEquals(List.of("[0 8] [1 8]", "[2 8] [3 8]"), run(graph, Options.batchSize(2), 2));
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aFunctionWithoutInputsRunsWhereItIsTold() {
        var graph = Graph.named("train");
        var text = "def f(): return headrace.current_device() * 10 + headrace.sample_index()";
        graph.output("out", graph.add(f(text)).on(Device.gpu(0)).cpu());
        var effect = "def f(): assert headrace.current_device() == 0";
        graph.add(f(effect).numOutputs(0)).on(Device.gpu(0));
        assertEquals(List.of("0 1 2", "0 1 2"), run(graph, OPTIONS, 2));
    }

    /// The first function's results lie apart from each other.
    @Test
    @Tag(Simulation.ANY_DRIVER)
    void whatDoesNotLieInOnePieceIsCopiedIntoOne() {
        var apart = f("def f(x): return plus(x, node(), 9)").adopt(true);
        var whole =
                f("""
                                def f(x):
                                    seen = cuda.Seen(x, node())
                                    assert seen.shape == (3, 4)
                                    return %s
                                """)
                        .batchProcessing(true)
                        .dense();
        for (var returned : List.of("x", "cuda.Seen(x, -1) and plus(x, node(), 9)")) {
            var graph = Graph.named("train");
            var in =
                    graph.read(
                            External.indexed(
                                    SAMPLES, n -> uint8("C", shape(4), n, n + 1, n + 2, n + 3)));
            var second =
                    PythonFunction.source(
                                    ((PythonFunction.SourceCode) whole.code())
                                            .source()
                                            .formatted(returned),
                                    "f")
                            .batchProcessing(true)
                            .dense();
            graph.output("out", in.gpu().then(apart).then(second).cpu());
            assertEquals(NINE, run(graph, OPTIONS, 4), returned);
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void branchesOnStreamsOfTheirOwnAreJoined() {
        var join =
                """
                def f(x, y):
                    made = headrace.empty(x.shape, "uint8")
                    there = cuda.Seen(made, node())
                    cuda.copy(there.address, cuda.Seen(x, node()).address, 4, node())
                    cuda.copy(there.address, cuda.Seen(y, node()).address, 1, node())
                    return made
                """;
        for (int seed = 0; seed < 5; seed++) {
            Simulation.reset();
            Simulation.delay(seed, 300);
            var graph = Graph.named("train");
            var in =
                    graph.read(
                                    External.indexed(
                                            SAMPLES,
                                            n -> uint8("C", shape(4), n, n + 1, n + 2, n + 3)))
                            .gpu();
            var left = in.then(f("def f(x): return plus(x, node(), 5)"));
            var right = in.then(f("def f(x): return plus(x, node(), 9)"));
            var both = graph.add(f(join).synchronizeStream(false), left, right);
            graph.output("out", both.cpu());
            var options = OPTIONS.streams(StreamPolicy.PER_NODE);
            assertEquals(NINE, run(graph, options, 4), "seed " + seed);
            assertEquals(List.of(), Simulation.reports());
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void checkedModeHoldsToo() {
        var text =
                """
                def f(x):
                    made = headrace.empty(x.shape, "uint8")
                    there = cuda.Seen(made, node())
                    if headrace.iteration():  # its place in the batch
                        assert set(cuda.read(there.address, 4, node())) == {0xA5}
                    cuda.copy(there.address, cuda.Seen(x, node()).address, 4, node())
                    cuda.fill(there.address, 9, 1, node())
                    return made, plus(x, node(), 9)
                """;
        var given = run(graph(f(text).numOutputs(2)), OPTIONS.withChecks(), 4);
        for (int batch = 0; batch < 4; batch++) {
            assertEquals(NINE.get(batch), given.get(2 * batch));
            assertEquals(NINE.get(batch), given.get(2 * batch + 1));
        }
    }

    // ---- what fails

    private static final int OF_THE_SYSTEM = 304; // CUDA_ERROR_OPERATING_SYSTEM

    /// Uses all that the engine does for functions: views on other streams, memory of empty(),
    /// copies with strides, numbers.
    private static final String ALL =
            """
            def f(x):
                seen = cuda.Seen(x, 1)
                made = headrace.empty(x.shape, "uint8")
                given = made.__dlpack__(stream=1)
                return x, 5, cuda.Window(cuda.Seen(x, -1), (4,), (-1,), 3).capsule(), given
            """;

    /// Those without which the host goes on: what it cannot ask it takes for the worse of two
    /// answers, and where a stream of others cannot be marked it waits for the device.
    private static final Set<String> DISPENSABLE =
            Set.of("cuEventQuery", "cuCtxGetCurrent", "cuStreamGetCtx");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuStreamWaitEvent",
                "cuEventRecord",
                "cuEventCreate",
                "cuEventDestroy_v2",
                "cuEventQuery",
                "cuEventSynchronize",
                "cuLaunchKernel",
                "cuMemcpyHtoDAsync_v2",
                "cuMemcpyDtoDAsync_v2",
                "cuMemAlloc_v2",
                "cuMemHostAlloc",
                "cuCtxSetCurrent",
                "cuCtxGetCurrent",
                "cuCtxPushCurrent_v2",
                "cuStreamGetCtx",
            })
    void aCallOfTheDriverThatFailsFailsItsBatchOnly(String call) {
        var expected =
                List.of("[0 1 2 3] [1 2 3 4] [2 3 4 5]", "5 5 5", "[3 2 1 0] [4 3 2 1] [5 4 3 2]");
        int failed = 0;
        for (int place = 1; place <= 8; place++) {
            Simulation.reset();
            try (var pipeline = graph(f(ALL).numOutputs(4)).build(OPTIONS.prefetch(1))) {
                Simulation.fail(call, place, OF_THE_SYSTEM);
                for (int batch = 0; batch < 4; batch++) {
                    try {
                        pipeline.next();
                    } catch (BadBatch failure) {
                        failed++;
                        var told = failure.getMessage();
                        assertTrue(
                                told.contains(call + " failed: OS call failed")
                                        && told.contains("added at DeviceFunctionsTest.java:"),
                                told);
                    }
                }
                var given = pipeline.next();
                for (int output = 0; output < expected.size(); output++) {
                    assertEquals(expected.get(output), Functions.show(given.get("out" + output)));
                }
            }
            assertEquals(List.of(), Simulation.reports(), call + " " + place);
        }
        assertEquals(!DISPENSABLE.contains(call), failed > 0, call);
    }
}
