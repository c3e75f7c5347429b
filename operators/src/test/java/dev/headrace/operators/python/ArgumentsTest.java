package dev.headrace.operators.python;

import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.operators.python.Functions.f;
import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.source;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.read.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a node is told, argument by argument.
@NeedsPython
class ArgumentsTest {
    private static final Options FOUR = Options.batchSize(4).threads(2);

    @TempDir private Path folder;

    /// The numbers from 0 below a count through a function.
    private static Graph counted(long count, PythonFunction function) {
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(count)).then(function).get(0));
        return graph;
    }

    private static String refusal(Graph graph) {
        var refused = assertThrows(BadGraph.class, () -> graph.build(FOUR).close());
        return refused.what().split("\n  at ")[0];
    }

    private static String line(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /// A function that notes each call with a letter in a file.
    private PythonFunction noting(Path file, String letter) {
        return source(
                """
                def f(*x):
                    with open('%s', 'a') as file:
                        file.write('%s')
                    return x
                """
                        .formatted(file, letter));
    }

    // ---- inputs

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void takesUpTo256Inputs(int workers) {
        var graph = Graph.named("train");
        var inputs = Collections.nCopies(256, graph.read(Counter.below(3)));
        var sum = f("len(x) * 1000 + sum(x)").workers(workers);
        graph.output("out", graph.add(sum, inputs.toArray(Argument[]::new)));
        assertEquals(List.of("256000 256256 256512"), run(graph, FOUR, 1));
    }

    @Test
    void refusesMoreThan256Inputs() {
        var graph = Graph.named("train");
        var inputs = Collections.nCopies(257, Argument.of(1));
        graph.output("out", graph.add(f("0"), inputs.toArray(Argument[]::new)));
        assertEquals("PythonFunction takes 0 to 256 inputs, got 257", refusal(graph));
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 2", "true, 0", "true, 2"})
    void aConstantIsEqualSamplesOfOneMemory(boolean batch, int workers) {
        var function =
                source(
                        batch
                                ? "def f(x, c):\n    return [g(*each) for each in zip(x, c)]\n"
                                        + GROWN
                                : "def f(x, c):\n    return g(x, c)\n" + GROWN);
        var graph = Graph.named("train");
        var constant = Argument.of(uint8("W", shape(2), 10, 20));
        var numbers = graph.read(Counter.below(4));
        graph.output(
                "out",
                graph.add(
                        function.view(View.NUMPY).batchProcessing(batch).workers(workers),
                        numbers,
                        constant));
        assertEquals(List.of("[10 20 1] [11 21 1] [12 22 1] [13 23 1]"), run(graph, FOUR, 1));
    }

    /// A constant plus a number, and whether the constant lies where it lay in this process.
    private static final String GROWN =
            """

            seen = set()

            def g(x, c):
                seen.add(c.ctypes.data)
                return np.append(c + x, len(seen))
            """;

    // ---- the function

    @Test
    void isFoundInAFileAModuleOrAText() throws Exception {
        var file = folder.resolve("found.py");
        Files.writeString(file, "def g(x):\n    return x.numpy() + 1\n");
        assertEquals(List.of("1 2"), run(counted(2, PythonFunction.in(file, "g")), FOUR, 1));
        var module = PythonFunction.module("operator", "neg").view(View.NUMPY);
        assertEquals(List.of("0 -1"), run(counted(2, module), FOUR, 1));
        var text = PythonFunction.source("def g(x):\n    return x.numpy() + 2\n", "g");
        assertEquals(List.of("2 3"), run(counted(2, text), FOUR, 1));
        var method = PythonFunction.module("operator", "add.__call__");
        var graph = Graph.named("train");
        graph.output("out", graph.add(method.view(View.NUMPY), Argument.of(1), Argument.of(2)));
        assertEquals(List.of("3 3 3 3"), run(graph, FOUR, 1));
    }

    // ---- batchProcessing

    /// Number of the call in this process, the thread as counted from 0, and what was given.
    private static final String CALLS =
            """
            calls = 0
            threads = []

            def called():
                global calls
                calls += 1
                if threading.get_ident() not in threads:
                    threads.append(threading.get_ident())
                return [calls, threads.index(threading.get_ident())]

            """;

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void isCalledForEachSampleInOrderFromOneThread(int workers) {
        var function =
                source(CALLS + "def f(x):\n    return np.array(called() + [x], dtype=int)\n")
                        .view(View.NUMPY)
                        .workers(workers);
        assertEquals(
                workers == 0
                        ? List.of("[1 0 0] [2 0 1] [3 0 2] [4 0 3]", "[5 0 4] [6 0 5] [7 0 6]")
                        : List.of("[1 0 0] [2 0 1] [1 0 2] [2 0 3]", "[3 0 4] [3 0 5] [4 0 6]"),
                run(counted(7, function), FOUR, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void isCalledOnceABatchWithListsOfAllSamples(int workers) {
        var function =
                source(
                                CALLS
                                        + """
                                def f(x, y):
                                    assert type(x) is list and type(y) is list
                                    first = called() + [len(x), len(y)]
                                    return [np.array(first + [each], dtype=int) for each in x]
                                """)
                        .view(View.NUMPY)
                        .batchProcessing(true)
                        .workers(workers);
        var graph = Graph.named("train");
        var numbers = graph.read(Counter.below(4));
        graph.output("out", graph.add(function, numbers, numbers));
        assertEquals(
                workers == 0
                        ? List.of("[1 0 3 3 0] [1 0 3 3 1] [1 0 3 3 2]", "[2 0 1 1 3]")
                        : List.of("[1 0 3 3 0] [1 0 3 3 1] [1 0 3 3 2]", "[1 0 1 1 3]"),
                run(graph, Options.batchSize(3), 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void withoutInputsIsCalledAsOftenWithoutArguments(int workers) {
        var sampled = source(CALLS + "def f():\n    return called()[0]\n").workers(workers);
        var graph = Graph.named("train");
        graph.output("out", graph.add(sampled));
        assertEquals(
                workers == 0 ? List.of("1 2 3 4", "5 6 7 8") : List.of("1 2 1 2", "3 4 3 4"),
                run(graph, FOUR, 2));

        var whole = source(CALLS + "def f():\n    return called()[:1] * 4\n").batchProcessing(true);
        var other = Graph.named("train");
        other.output("out", other.add(whole.workers(workers)));
        assertEquals(
                workers == 0 ? List.of("1 1 1 1", "2 2 2 2") : List.of("1 1 1 1", "1 1 1 1"),
                run(other, FOUR, 2));
    }

    // ---- numOutputs

    @ParameterizedTest
    @CsvSource({"false, 0, aaaaa", "false, 2, aaaaa", "true, 0, aa", "true, 2, aa"})
    void withoutOutputsIsCalledForItsEffectAndWhatItReturnsIsDropped(
            boolean batch, int workers, String expected) throws Exception {
        var file = folder.resolve("calls");
        var function = noting(file, "a").numOutputs(0).batchProcessing(batch).workers(workers);
        for (boolean inputs : new boolean[] {true, false}) {
            Files.deleteIfExists(file);
            var graph = Graph.named("train");
            var numbers = graph.read(Counter.below(5));
            graph.output("number", numbers);
            graph.add(function, inputs ? new Argument[] {numbers} : new Argument[0]);
            assertEquals(List.of("0 1 2 3", "4"), run(graph, FOUR, 2));
            assertEquals(expected, line(file), inputs ? "with an input" : "without inputs");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void severalOutputsAreToldByName(int workers) {
        var graph = Graph.named("train");
        var node =
                graph.read(Counter.below(2))
                        .then(f("(x[0], x[0] * 10, x[0] * 100)").numOutputs(3).workers(workers));
        graph.output("c", node.get(2)).output("b", node.get("out1"));
        assertEquals(List.of("0 100", "0 10"), run(graph, FOUR, 1));
    }

    // ---- outputLayouts

    private static List<String> layouts(PythonFunction function) {
        var graph = Graph.named("train");
        var image = Argument.of(uint8("HW", shape(1, 2), 5, 6));
        var node = graph.add(function, image);
        for (int output = 0; output < function.numOutputs(); output++) {
            graph.output("out" + output, node.get(output));
        }
        try (var pipeline = graph.build(FOUR)) {
            var batch = pipeline.next();
            return batch.names().stream().map(name -> batch.get(name).spec(0).layout()).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void layoutsAreForAllOrByPositionAndNeverThoseOfTheInputs(int workers) {
        for (var result : List.of("x[0]", "x[0] + 1")) {
            var three = f("(%1$s, %1$s, %1$s)".formatted(result)).numOutputs(3).workers(workers);
            assertEquals(List.of("", "", ""), layouts(three));
            assertEquals(List.of("AB", "AB", "AB"), layouts(three.outputLayouts("AB")));
            assertEquals(
                    List.of("AB", "CD", ""), layouts(three.outputLayouts(List.of("AB", "CD"))));
            assertEquals(List.of("", "CD", ""), layouts(three.outputLayouts(List.of("", "CD"))));
        }
    }

    /// Before Python is even looked for.
    @Test
    void anOutputWithoutALayoutIsRefusedByWhatNeedsOneWhenTheGraphIsBuilt() {
        var graph = Graph.named("train");
        var image = Argument.of(uint8("HWC", shape(1, 1, 3), 5, 6, 7));
        var normal = graph.add(f("x[0]"), image).then(Normalize.imagenet());
        graph.output("image", normal);
        var problem = assertThrows(BadGraph.class, () -> graph.plan(FOUR)).getMessage();
        assertEquals(
                """
                Normalize takes UINT8 or FLOAT32 HWC, got ?, which has no layout; state it where the \
                value is made, as outputLayouts("HWC") of a PythonFunction does
                  at normalize (Normalize), added at ArgumentsTest.java:LINE
                  fed by pythonFunction (PythonFunction), added at ArgumentsTest.java:LINE""",
                problem.replaceAll("java:\\d+", "java:LINE"));
    }

    @Test
    void refusesMoreLayoutsThanOutputs() {
        assertEquals(
                "2 output layouts for 1 output",
                refusal(counted(2, f("x[0]").outputLayouts(List.of("A", "B")))));
        assertEquals(
                "3 output layouts for 2 outputs",
                refusal(counted(2, f("x").numOutputs(2).outputLayouts(List.of("A", "B", "C")))));
    }

    // ---- bytesPerSampleHint

    @Test
    void aHintChangesNoResult() {
        var function = f("x[0] + 1");
        for (var hinted :
                List.of(
                        function.bytesPerSampleHint(1 << 20),
                        function.bytesPerSampleHint(1),
                        function.bytesPerSampleHint(List.of(3L)))) {
            assertEquals(List.of("1 2 3 4", "5"), run(counted(5, hinted), FOUR, 2));
        }
    }

    @Test
    void refusesHintsThatSayNothing() {
        assertEquals(
                "2 hints of bytes a sample for 1 output",
                refusal(counted(2, f("x[0]").bytesPerSampleHint(List.of(1L, 2L)))));
        assertEquals(
                "a hint of -1 bytes a sample",
                assertThrows(IllegalArgumentException.class, () -> f("x[0]").bytesPerSampleHint(-1))
                        .getMessage());
    }

    // ---- preserve, and the no-optimize-out trait

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void runsThoughNobodyUsesItsOutputsAndIsNeverMerged(int workers) throws Exception {
        var file = folder.resolve("calls");
        var graph = Graph.named("train");
        var numbers = graph.read(Counter.below(3));
        graph.output("number", numbers);
        var upstream = numbers.then(noting(file, "u").workers(workers));
        var function = noting(file, "f").workers(workers);
        upstream.then(function);
        upstream.then(function);
        assertEquals(List.of("0 1 2"), run(graph, FOUR, 1));
        assertEquals("fff|fff|uuu", sorted(line(file)));
    }

    private static String sorted(String letters) {
        var all = letters.chars().sorted().mapToObj(Character::toString).toList();
        return String.join("", all).replace("ffffff", "fff|fff|");
    }

    // ---- seed

    private static List<String> seeds(Options options, PythonFunction function, boolean named) {
        var graph = Graph.named("train");
        var node = graph.read(Counter.below(6)).then(function);
        if (named) {
            node.seed(7);
        }
        graph.output("seed", node);
        return run(graph, options, 2);
    }

    private static String joined(List<String> batches) {
        return String.join(" ", batches);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void seedsDifferByCallAndAreTheSameInEachRun(int workers) {
        var function = f("headrace.seed()").workers(workers);
        var expected = joined(seeds(FOUR, f("headrace.seed()"), false));
        assertEquals(6, Set.of(expected.split(" ")).size());
        assertEquals(expected, joined(seeds(FOUR, function, false)));
        assertEquals(
                expected,
                joined(seeds(Options.batchSize(3).threads(1).prefetch(4), function, false)),
                "whatever the batch size");
        assertNotEquals(expected, joined(seeds(FOUR.seed(1), function, false)));
        var own = joined(seeds(FOUR, function, true));
        assertNotEquals(expected, own);
        assertEquals(own, joined(seeds(FOUR.seed(1), function, true)), "a seed of its own");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void inBatchModeABatchHasOneSeed(int workers) {
        var function = f("[headrace.seed() for each in x[0]]").batchProcessing(true);
        var expected = seeds(FOUR, function, false);
        var first = Set.copyOf(List.of(expected.get(0).split(" ")));
        var second = Set.copyOf(List.of(expected.get(1).split(" ")));
        assertEquals(1, first.size());
        assertEquals(1, second.size());
        assertNotEquals(first, second);
        assertEquals(expected, seeds(FOUR, function.workers(workers), false));
    }

    // ---- synchronizeStream, device, name

    @Test
    void onTheHostThereIsNoStreamToSynchronize() {
        for (boolean wanted : new boolean[] {true, false}) {
            assertEquals(
                    List.of("1 2"),
                    run(counted(2, f("x[0] + 1").synchronizeStream(wanted)), FOUR, 1));
        }
    }

    @Test
    void runsWhereItIsTold() {
        var graph = Graph.named("train");
        var numbers = graph.read(Counter.below(2));
        graph.output("here", numbers.then(f("x[0] + 1")).on(Device.HOST));
        assertEquals(List.of("1 2"), run(graph, FOUR, 1));
        graph.output("there", numbers.then(f("x[0] + 1").view(View.TENSOR)).on(Device.gpu(0)));
        assertEquals(List.of(Device.HOST, Device.gpu(0)), placesOfFunctions(graph));
        var behind = Graph.named("train");
        behind.output(
                "there",
                behind.read(Counter.below(2)).gpu(1).then(f("x[0] + 1").view(View.TENSOR)));
        assertEquals(List.of(Device.gpu(1)), placesOfFunctions(behind));
    }

    private static List<Device> placesOfFunctions(Graph graph) {
        return graph.plan(FOUR).nodes().stream()
                .filter(node -> node.operator() instanceof PythonFunction)
                .map(PlannedNode::device)
                .toList();
    }

    @Test
    void workersAndNumpyAreRefusedOnADevice() {
        assertEquals(
                "workers(2) on gpu(0): device memory is not shared between processes here; leave"
                        + " workers out, or put cpu() before it",
                refusal(onDevice(f("x[0]").view(View.TENSOR).workers(2))));
        assertEquals(
                "view NUMPY shows host memory, and this node runs on gpu(0): use another view, or put"
                        + " cpu() before it",
                refusal(onDevice(f("x[0]").view(View.NUMPY))));
    }

    @ParameterizedTest
    @EnumSource(names = {"DLPACK", "TENSOR", "TORCH", "CUPY"})
    void otherViewsAreNot(View view) {
        assertEquals(List.of(Device.gpu(0)), placesOfFunctions(onDevice(f("x[0]").view(view))));
    }

    @Test
    void thePlanTellsWhereTheHostWaits() {
        for (boolean wanted : new boolean[] {true, false}) {
            var function = f("x[0]").view(View.TENSOR).synchronizeStream(wanted);
            var told = onDevice(function).plan(FOUR).explain();
            var step = "whole batch with state, in order, on gpu(0), stream 1";
            assertTrue(told.contains(step), told);
            assertEquals(wanted, told.contains(step + ", the host awaits its stream"), told);
        }
    }

    private static Graph onDevice(PythonFunction function) {
        var graph = Graph.named("train");
        graph.output("there", graph.read(Counter.below(2)).gpu().then(function).named("f"));
        return graph;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void theNameIsShownInMessages(int workers) {
        var graph = Graph.named("train");
        var node = graph.read(Counter.below(6)).then(f("1 // int(x[0] != 5)").workers(workers));
        graph.output("out", node);
        assertEquals("pythonFunction", node.name());
        node.named("augment");
        try (var pipeline = graph.build(FOUR)) {
            pipeline.next();
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals(
                    "f raised ZeroDivisionError: integer division or modulo by zero\n"
                            + "  at augment (PythonFunction), added at ArgumentsTest.java:%s, "
                                    .formatted(failure.where().get().line().get().split(":")[1])
                            + "iteration 1, sample 5 [5]",
                    failure.getMessage());
        }
    }

    // ---- view

    private static final List<String> VIEWS =
            List.of(
                    "type(x).__name__ == 'PyCapsule' and b'dltensor' == headrace_name(x)",
                    "type(x) is headrace.Tensor and (x.shape, x.dtype, x.layout) == "
                            + "((1, 2), 'uint8', 'HW') and x.__dlpack_device__() == (1, 0) "
                            + "and np.from_dlpack(x).tolist() == [[5, 6]]",
                    "type(x) is np.ndarray and x.tolist() == [[5, 6]] and x.dtype == np.uint8");

    @ParameterizedTest
    @CsvSource({
        "DLPACK, 0",
        "DLPACK, 2",
        "TENSOR, 0",
        "TENSOR, 2",
        "NUMPY, 0",
        "NUMPY, 2",
    })
    void aViewIsInTheFormChosen(View view, int workers) {
        for (boolean batch : new boolean[] {false, true}) {
            var function =
                    source(
                                    """
                                    from capsules import name_of as headrace_name

                                    def g(x):
                                        return %s

                                    def f(x):
                                        return [g(each) for each in x] if %s else g(x)
                                    """
                                            .formatted(
                                                    VIEWS.get(view.ordinal()),
                                                    batch ? "True" : "False"))
                            .view(view)
                            .batchProcessing(batch)
                            .workers(workers);
            var graph = Graph.named("train");
            graph.output("out", graph.add(function, Argument.of(uint8("HW", shape(1, 2), 5, 6))));
            assertEquals(List.of("1 1"), run(graph, Options.batchSize(2), 1));
        }
    }

    @Test
    void theDefaultViewIsTheTensor() {
        assertEquals(View.TENSOR, PythonFunction.source("f = 0", "f").view());
    }

    @Test
    void viewsOfDeviceMemoryAreRefusedOnTheHost() {
        assertEquals(
                "view CUPY shows device memory, and this node runs on the host: put gpu() before it",
                refusal(counted(2, f("x[0]").view(View.CUPY))));
    }

    // ---- workers, timeLimit

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4})
    void runsInSoManyProcesses(int workers) {
        var pids = new TreeSet<String>();
        pids.addAll(
                List.of(
                        run(counted(4, f("os.getpid() + 0 * x[0]").workers(workers)), FOUR, 1)
                                .getFirst()
                                .split(" ")));
        assertEquals(
                workers == 0,
                pids.remove(Long.toString(ProcessHandle.current().pid())),
                "this process");
        assertEquals(workers, pids.size());
    }

    @Test
    void refusesArgumentsThatDoNotGoTogether() {
        assertEquals(
                "a time limit needs workers(n): a call in this process cannot be stopped",
                refusal(counted(2, f("x[0]").timeLimit(Duration.ofSeconds(1)))));
        assertEquals("dense() needs batchProcessing(true)", refusal(counted(2, f("x[0]").dense())));
    }

    // ---- adopt: see CopiesTest

    // ---- what passes

    /// One tensor of each rank from 0 to 64, of two elements but for the first.
    private static List<TensorValue> ofAllRanks() {
        return IntStream.rangeClosed(0, Shape.MAX_RANK)
                .mapToObj(
                        rank -> {
                            var extents = new long[rank];
                            Arrays.setAll(extents, axis -> axis == rank / 2 ? 2 : 1);
                            var numbers = rank == 0 ? new double[] {1} : new double[] {1, 2};
                            return uint8("", shape(extents), numbers);
                        })
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "NUMPY, false, 0",
        "NUMPY, false, 2",
        "NUMPY, true, 0",
        "NUMPY, true, 2",
        "TENSOR, false, 0",
        "TENSOR, true, 0",
        "DLPACK, false, 0",
    })
    void sequencesAndVolumesOfAnyRankPass(View view, boolean batch, int workers) {
        var inputs = ofAllRanks();
        var all =
                batch
                        ? "x + tuple([np.asarray(a) + 0 for a in each] for each in x)"
                        : "x + tuple(np.asarray(a) + 0 for a in x)";
        int outputs = (view == View.DLPACK ? 1 : 2) * inputs.size();
        var function =
                f(view == View.DLPACK ? "x" : all)
                        .numOutputs(outputs)
                        .view(view)
                        .batchProcessing(batch)
                        .workers(workers);
        var graph = Graph.named("train");
        var node = graph.add(function, inputs.stream().map(Argument::of).toArray(Argument[]::new));
        IntStream.range(0, outputs).forEach(k -> graph.output("" + k, node.get(k)));
        try (var pipeline = graph.build(Options.batchSize(2))) {
            for (int iteration = 0; iteration < 3; iteration++) {
                var batches = pipeline.next();
                for (int output = 0; output < outputs; output++) {
                    var expected = inputs.get(output % inputs.size());
                    for (int sample = 0; sample < 2; sample++) {
                        assertEquals(
                                expected,
                                TensorValue.copyOf(batches.get("" + output).get(sample)),
                                "output " + output + " in iteration " + iteration);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = View.class,
            names = {"TENSOR", "NUMPY"})
    void inputsAreMarkedReadOnly(View view) {
        var function =
                source(
                                """
                                def f(x):
                                    seen = np.from_dlpack(x)
                                    flags = [np.asarray(x).flags.writeable, seen.flags.writeable]
                                    try:
                                        seen[0] = 9
                                    except ValueError:
                                        flags.append(2)
                                    return np.array(flags, np.int8)
                                """)
                        .view(view);
        var graph = Graph.named("train");
        graph.output("out", graph.add(function, Argument.of(uint8("W", shape(1), 5))));
        assertEquals(List.of("[0 0 2]"), run(graph, Options.batchSize(1), 1));
    }

    @Test
    void aWriteToAnInputIsFoundInCheckedMode() {
        var graph = Graph.named("train");
        var writes = f("ctypes.memset(x[0].ctypes.data, 9, 1)").numOutputs(0);
        graph.read(Counter.below(4)).then(writes).named("writes");
        var checked = FOUR.withChecks();
        try (var pipeline = graph.build(checked)) {
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals("PythonFunction changed its input 0", failure.what());
            assertEquals("writes", failure.where().get().node());
        }
    }

    @Test
    void aWriteToAConstantIsFoundInCheckedMode() {
        var graph = Graph.named("train");
        graph.add(
                f("ctypes.memset(x[0].ctypes.data, 9, 1)").numOutputs(0),
                Argument.of(scalar(INT64, 5)));
        try (var pipeline = graph.build(FOUR.withChecks())) {
            assertEquals(
                    "PythonFunction changed its input 0",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }
}
