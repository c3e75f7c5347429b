package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.f;
import static dev.headrace.operators.python.Functions.show;
import static dev.headrace.operators.python.Functions.source;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.Range;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.Counter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is said of a function that fails, or returns what cannot be used.
@NeedsPython
@Timeout(300) // asking the own pipeline would block for ever
class ErrorsTest {
    private static final Options THREE = Options.batchSize(3).threads(2);

    /// For results that need more than an expression.
    private static final String NAMES =
            """
            from typing import NamedTuple
            from capsules import Once, Producer

            class Pair(NamedTuple):
                one: int
                two: int

            kept = []

            def capsule(**fields):
                kept.append(Producer(**fields))
                return kept[-1].capsule()

            class OnCuda:
                def __dlpack_device__(self):
                    return 2, 0

                def __dlpack__(self, **others):
                    raise AssertionError("nobody asks for it")

            def used():
                capsule = np.zeros(2).__dlpack__()
                np.from_dlpack(Once(capsule))
                return capsule

            def raising():
                np.zeros(2) + np.zeros(3)

            """;

    /// A result and what is said of it; `s` is the sample's place in a batch of 3.
    private record Wrong(String expression, String message, OptionalLong sample) {}

    /// Told with the first sample.
    private static Wrong first(String expression, String message) {
        return new Wrong(expression, message, OptionalLong.of(0));
    }

    /// Told with the last.
    private static Wrong last(String expression, String message) {
        return new Wrong(expression, message, OptionalLong.of(2));
    }

    /// Told with the batch.
    private static Wrong batch(String expression, String message) {
        return new Wrong(expression, message, OptionalLong.empty());
    }

    /// Wrong results of one kind of node. One pipeline gets them all, batch by batch, and goes on.
    private record Kind(String name, PythonFunction function, List<Wrong> wrong) {
        @Override
        public String toString() {
            return name + (function.workers() > 0 ? ", in worker processes" : "");
        }
    }

    private static final String NO_TENSOR =
            "for output 0, expected a tensor: something with __dlpack__, a NumPy scalar or a number";

    private static final String OF_A_LIST = "; numpy.array(…) makes one of a list";

    private static List<Wrong> ofATensor() {
        return List.of(
                first("'no'", "f returned a str " + NO_TENSOR),
                first("{}", "f returned a dict " + NO_TENSOR),
                first("[1, 2]", "f returned a list " + NO_TENSOR + OF_A_LIST),
                first("((1, 2),)", "f returned a tuple " + NO_TENSOR + OF_A_LIST),
                first("object()", "f returned an object " + NO_TENSOR),
                first("1j", "f returned a complex " + NO_TENSOR),
                first("np.ndarray", "f returned a type " + NO_TENSOR),
                first(
                        "2 ** 63",
                        "f returned the int 9223372036854775808 for output 0, which is too large"
                                + " for int64"),
                last(
                        "np.float64(s) if s == 2 else np.float32(s)",
                        "f returned float64 for sample 2 of output 0 after float32 for sample 0;"
                                + " an output has one element type"),
                last(
                        "np.zeros((1,) * (2 + s // 2))",
                        "f returned rank 3 for sample 2 of output 0 after rank 2 for sample 0;"
                                + " an output has one rank"),
                first(
                        "capsule(device_type=2, device_id=1)",
                        "f returned a tensor on cuda:1 for output 0, expected cpu"),
                first("OnCuda()", "f returned a tensor on cuda:0 for output 0, expected cpu"),
                first(
                        "capsule(device_type=7)",
                        "f returned a tensor on DLPack device (7, 0) for output 0, expected cpu"),
                first(
                        "np.zeros(2, np.complex64)",
                        "f returned complex64 for output 0, which has no element type here"),
                first(
                        "np.complex64(1)",
                        "f returned complex64 for output 0, which has no element type here"),
                first(
                        "capsule(code=5, bits=64)",
                        "f returned complex64 for output 0, which has no element type here"),
                first(
                        "capsule(code=1, bits=4)",
                        "f returned uint4 for output 0, which has no element type here"),
                first(
                        "capsule(code=9, bits=8)",
                        "f returned DLPack type 9 of 8 bits for output 0, which has no element"
                                + " type here"),
                first(
                        "np.zeros(2, 'M8[s]')",
                        "f returned datetime64[s] for output 0, which has no element type here"),
                first(
                        "np.zeros(2, '>i4')",
                        "f returned big-endian int32 for output 0, expected native byte order"),
                first("capsule(lanes=4)", "f returned 4 lanes for output 0, expected 1"),
                first("used()", "f returned a capsule for output 0 that was already used"),
                first(
                        "capsule(major=2)",
                        "f returned a capsule for output 0 that is no DLPack tensor known here:"
                                + " version 2.1"),
                last(
                        "raising() if s == 2 else s",
                        "f raised ValueError: operands could not be broadcast together with shapes"
                                + " (2,) (3,) "));
    }

    private static List<Wrong> ofOneOutput() {
        return List.of(
                first("(s, s)", "f returned 2 outputs, expected 1"),
                first("()", "f returned 0 outputs, expected 1"),
                first("Pair(s, s)", "f returned 2 outputs, expected 1"),
                first("None", "f returned None, expected 1 output"),
                first("(None,)", "f returned None " + NO_TENSOR),
                first("[s]", "f returned a list " + NO_TENSOR + OF_A_LIST));
    }

    private static List<Wrong> ofTwoOutputs() {
        return List.of(
                first("(s, s, s)", "f returned 3 outputs, expected 2"),
                last("(s, s) if s < 2 else (s,)", "f returned 1 output, expected 2"),
                first("s", "f returned 1 output, expected 2"),
                first("()", "f returned 0 outputs, expected 2"),
                first("[s, s]", "f returned a list; several outputs are returned as a tuple"),
                first("None", "f returned None, expected 2 outputs"),
                last(
                        "(s, 'no' if s == 2 else s)",
                        "f returned a str for output 1, expected a tensor: something with"
                                + " __dlpack__, a NumPy scalar or a number"),
                last(
                        "(s, np.int8(s) if s == 2 else np.int16(s))",
                        "f returned int8 for sample 2 of output 1 after int16 for sample 0; an"
                                + " output has one element type"));
    }

    private static List<Wrong> ofOneOutputOfABatch() {
        return List.of(
                batch("[0, 1]", "f returned 2 tensors for output 0, expected 3, one a sample"),
                batch("[0]", "f returned 1 tensor for output 0, expected 3, one a sample"),
                batch("(0, 1)", "f returned 2 tensors for output 0, expected 3, one a sample"),
                batch(
                        "(np.zeros((3, 2)),)",
                        "f returned 1 tensor for output 0, expected 3, one a sample"),
                batch("[]", "f returned 0 tensors for output 0, expected 3, one a sample"),
                batch(
                        "'no'",
                        "f returned a str for output 0, expected a list of 3 tensors or one tensor"
                                + " with a leading 3"),
                batch(
                        "np.zeros((2, 3))",
                        "f returned an ndarray of shape (2, 3) for output 0, expected a list of 3"
                                + " tensors or one tensor with a leading 3"),
                batch(
                        "np.int8(3)",
                        "f returned an int8 of shape () for output 0, expected a list of 3 tensors"
                                + " or one tensor with a leading 3"),
                batch(
                        "capsule(shape=(2, 3))",
                        "f returned a PyCapsule for output 0, expected a list of 3 tensors or one"
                                + " tensor with a leading 3"),
                batch("([0] * 3, [0] * 3)", "f returned 2 outputs, expected 1"),
                batch("None", "f returned None, expected 1 output"),
                batch("raising()", ofATensor().getLast().message),
                last("[0, 1, 'no']", "f returned a str " + NO_TENSOR),
                last(
                        "[np.zeros(2), np.zeros(3), np.zeros(2, np.int8)]",
                        "f returned int8 for sample 2 of output 0 after float64 for sample 0; an"
                                + " output has one element type"),
                last(
                        "[np.zeros(2), np.zeros(3), np.zeros((2, 2))]",
                        "f returned rank 2 for sample 2 of output 0 after rank 1 for sample 0; an"
                                + " output has one rank"));
    }

    private static List<Wrong> ofTwoOutputsOfABatch() {
        return List.of(
                batch("([0] * 3,) * 3", "f returned 3 outputs, expected 2"),
                batch(
                        "[[0] * 3] * 2",
                        "f returned a list; several outputs are returned as a tuple"),
                batch("np.zeros((3, 2))", "f returned 1 output, expected 2"),
                batch("None", "f returned None, expected 2 outputs"),
                batch(
                        "([0] * 3, [0] * 4)",
                        "f returned 4 tensors for output 1, expected 3, one a sample"));
    }

    /// A function whose result in iteration k is that of case k, and one more that is right.
    private static PythonFunction wrong(boolean batch, List<Wrong> cases, String right) {
        var expressions =
                Stream.concat(cases.stream().map(Wrong::expression), Stream.of(right))
                        .map(expression -> "    lambda s, n: " + expression + ",\n")
                        .collect(Collectors.joining());
        return source(
                        NAMES
                                + "CASES = [\n"
                                + expressions
                                + "]\n\ndef f(n):\n"
                                + "    s = %s\n"
                                        .formatted(batch ? "None" : "headrace.sample_index()")
                                + "    return CASES[headrace.iteration()](s, n)\n")
                .view(View.NUMPY)
                .batchProcessing(batch);
    }

    static Stream<Kind> kinds() {
        var sampled = new ArrayList<>(ofATensor());
        sampled.addAll(ofOneOutput());
        return Stream.of(0, 2)
                .flatMap(
                        workers ->
                                Stream.of(
                                        new Kind(
                                                "sample by sample",
                                                wrong(false, sampled, "s").workers(workers),
                                                sampled),
                                        new Kind(
                                                "sample by sample, two outputs",
                                                wrong(false, ofTwoOutputs(), "(s, s)")
                                                        .numOutputs(2)
                                                        .workers(workers),
                                                ofTwoOutputs()),
                                        new Kind(
                                                "in batch mode",
                                                wrong(true, ofOneOutputOfABatch(), "[0, 1, 2]")
                                                        .workers(workers),
                                                ofOneOutputOfABatch()),
                                        new Kind(
                                                "in batch mode, two outputs",
                                                wrong(
                                                                true,
                                                                ofTwoOutputsOfABatch(),
                                                                "([0, 1, 2],) * 2")
                                                        .numOutputs(2)
                                                        .workers(workers),
                                                ofTwoOutputsOfABatch())));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whatIsWrongIsToldAndThePipelineGoesOn(Kind kind) {
        var graph = Graph.named("train");
        var numbers = graph.read(Counter.below(3L * (kind.wrong.size() + 1)));
        graph.output("out", numbers.then(kind.function).get(0));
        try (var pipeline = graph.build(THREE)) {
            for (int iteration = 0; iteration < kind.wrong.size(); iteration++) {
                var wrong = kind.wrong.get(iteration);
                var failure = assertThrows(BadBatch.class, pipeline::next, wrong.expression);
                assertEquals(wrong.message, failure.what(), wrong.expression);
                var where = failure.where().get();
                assertEquals(OptionalLong.of(iteration), where.iteration());
                if (wrong.sample.isEmpty()) {
                    assertEquals(OptionalLong.empty(), where.sample(), wrong.expression);
                } else {
                    long position = 3L * iteration + wrong.sample.getAsLong();
                    assertEquals(OptionalLong.of(position), where.sample(), wrong.expression);
                }
            }
            assertEquals("0 1 2", show(pipeline.next().get("out")));
        }
    }

    // ---- exceptions

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void anExceptionIsTheCauseWithTheUsersFramesAndLines(int workers) {
        var function =
                PythonFunction.source(
                        """
                        class TooDark(ValueError):
                            pass

                        def check(x):
                            if int(x.numpy()) == 4:
                                raise TooDark(f"sample {x.numpy()} is too dark")

                        def solarize(x):
                            check(x)
                            return x
                        """,
                        "solarize");
        var graph = Graph.named("train");
        var node = graph.read(Counter.below(6)).then(function.workers(workers)).named("sun");
        graph.output("out", node);
        try (var pipeline = graph.build(THREE)) {
            pipeline.next();
            var failure = assertThrows(BadBatch.class, pipeline::next);
            var cause = assertInstanceOf(PythonException.class, failure.getCause());
            assertEquals("TooDark", cause.type());
            assertEquals("sample 4 is too dark", cause.text());
            assertEquals(
                    """
                    Traceback (most recent call last):
                      File "<source of sun>", line 9, in solarize
                        check(x)
                      File "<source of sun>", line 6, in check
                        raise TooDark(f"sample {x.numpy()} is too dark")
                    TooDark: sample 4 is too dark""",
                    cause.getMessage());
            var line = failure.where().get().line().get();
            assertEquals(
                    "solarize raised TooDark: sample 4 is too dark\n"
                            + "  at sun (PythonFunction), added at %s, iteration 1, sample 4 [4]"
                                    .formatted(line),
                    failure.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void theSampleIsAPlaceInTheBatchAndThenAPositionInTheEpoch(int workers) {
        var graph = Graph.named("train");
        var changing = f("np.int8(1) if x[0] == 5 else 1.0").workers(workers);
        graph.output("out", graph.read(Counter.below(6)).then(changing));
        try (var pipeline = graph.build(THREE)) {
            pipeline.next();
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals(
                    "f returned int8 for sample 2 of output 0 after float64 for sample 0; an output"
                            + " has one element type",
                    failure.what());
            assertEquals(OptionalLong.of(5), failure.where().get().sample());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void anExceptionOfAFunctionWithoutOutputsFailsTheIteration(int workers) {
        var graph = Graph.named("train");
        var numbers = graph.read(Counter.below(6));
        graph.output("number", numbers);
        numbers.then(f("1 // int(x[0] != 1)").numOutputs(0).workers(workers));
        var alone = f("1 // min(1, headrace.iteration())").numOutputs(0).batchProcessing(true);
        graph.add(alone.workers(workers)).named("alone");
        try (var pipeline = graph.build(THREE)) {
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals(
                    "f raised ZeroDivisionError: integer division or modulo by zero",
                    failure.what());
            assertEquals("3 4 5", show(pipeline.next().get("number")));
        }
    }

    @Test
    void whatEndsAProgramInPythonEndsNoPipeline() {
        for (var exception : List.of("SystemExit", "KeyboardInterrupt", "GeneratorExit")) {
            var graph = Graph.named("train");
            var function =
                    source(
                            "def f(x):\n    if x.numpy() < 3:\n        raise "
                                    + exception
                                    + "(3)\n    return x");
            graph.output("out", graph.read(Counter.below(6)).then(function));
            try (var pipeline = graph.build(THREE)) {
                var failure = assertThrows(BadBatch.class, pipeline::next);
                assertEquals("f raised " + exception + ": 3", failure.what());
                assertEquals("3 4 5", show(pipeline.next().get("out")));
            }
        }
    }

    // ---- layouts, batch sizes

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aLayoutThatIsNotAsLongAsTheRankIsRefused(int workers) {
        for (var expression : List.of("np.zeros((2, 3))", "x[0].reshape((1, 1))")) {
            var sampled = f(expression);
            var listed = f("[%s for x in zip(*x)]".formatted(expression)).batchProcessing(true);
            for (var function : List.of(sampled, listed)) {
                var graph = Graph.named("train");
                var named = function.outputLayouts("HWC").workers(workers);
                graph.output("out", graph.read(Counter.below(6)).then(named));
                try (var pipeline = graph.build(THREE)) {
                    for (int iteration = 0; iteration < 2; iteration++) {
                        assertEquals(
                                "output 0 has layout HWC, but f returned rank 2",
                                assertThrows(BadBatch.class, pipeline::next).what());
                    }
                }
            }
        }
        var graph = Graph.named("train");
        var dense = f("np.zeros((3, 2, 3))").batchProcessing(true).outputLayouts("HWC");
        graph.output("out", graph.read(Counter.below(6)).then(dense.workers(workers)));
        try (var pipeline = graph.build(THREE)) {
            assertEquals(
                    "output 0 has layout HWC, but f returned rank 2",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }

    /// Gives the batch's first number once more.
    private record OneMore() implements StatelessBatchOperator {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(1);
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var ids = new ArrayList<SampleId>();
            for (int sample = 0; sample < in.batchSize(); sample++) {
                ids.add(in.get(0).id(sample));
            }
            ids.add(ids.getFirst());
            out.samples(ids);
            for (int sample = 0; sample < ids.size(); sample++) {
                out.share(0, sample, in.get(0).get(sample % in.batchSize()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void inputsOfDifferentBatchSizesAreRefused(int workers) {
        var graph = Graph.named("train");
        var numbers = graph.read(Counter.below(6));
        var more = numbers.then(new OneMore());
        graph.output("out", graph.add(f("0").workers(workers), numbers, more));
        try (var pipeline = graph.build(THREE)) {
            assertEquals(
                    "inputs have different batch sizes: 3 at input 0, 4 at input 1",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }

    // ---- no such function

    @TempDir private Path folder;

    private static String refusal(PythonFunction function) {
        var graph = Graph.named("train");
        graph.output("out", graph.add(function, Argument.of(1)));
        var refused = assertThrows(BadGraph.class, () -> graph.build(THREE).close());
        return refused.what().split("\n  at ")[0];
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aFunctionThatIsNotThereIsRefusedBeforeAnythingIsRead(int workers) throws Exception {
        var file = folder.resolve("augment.py");
        Files.writeString(
                file,
                """
                import os
                from os.path import join

                LIMIT = 3

                def solarize(x):
                    return x

                def jitter(x):
                    return x

                def _helper(x):
                    return x
                """);
        assertEquals(
                "augment.py has no function solarise; it has: jitter, solarize",
                refusal(PythonFunction.in(file, "solarise").workers(workers)));
        assertEquals(
                "LIMIT of augment.py is no function, but of type int",
                refusal(PythonFunction.in(file, "LIMIT").workers(workers)));
        assertEquals(
                "the source text has no function f; it has: none",
                refusal(PythonFunction.source("x = 1", "f").workers(workers)));
        assertEquals(
                "keyword has no function f; it has: none",
                refusal(PythonFunction.module("keyword", "f").workers(workers)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void codeThatCannotBeLoadedIsRefused(int workers) {
        assertEquals(
                "gone.py could not be loaded: FileNotFoundError: [Errno 2] No such file or"
                        + " directory: '%s'".formatted(folder.resolve("gone.py")),
                refusal(PythonFunction.in(folder.resolve("gone.py"), "f").workers(workers)));
        assertEquals(
                "no_such_module could not be loaded: ModuleNotFoundError: No module named"
                        + " 'no_such_module' in "
                        + PythonEnvironment.forThisProcess().executable(),
                refusal(PythonFunction.module("no_such_module", "f").workers(workers)));
        assertEquals(
                "the source text could not be loaded: ZeroDivisionError: division by zero",
                refusal(PythonFunction.source("1 / 0", "f").workers(workers)));
        assertEquals(
                "augment.txt is no Python file: its name ends in .py",
                refusal(PythonFunction.in(folder.resolve("augment.txt"), "f").workers(workers)));
    }

    // ---- its own pipeline

    /// The pipeline that a function asks from inside.
    public static volatile Pipeline own;

    /// Called from Python.
    public static void askOwn() {
        own.next();
    }

    private static BadBatch asking(String body) {
        var function =
                source(
                        "def f(x):\n    if x.numpy() < 3:\n        g()\n    return x\n\n"
                                + "def ask():\n    import jep\n    jep.findClass('%s').askOwn()\n\n"
                                        .formatted(ErrorsTest.class.getName())
                                + body);
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(6)).then(function));
        try (var pipeline = graph.build(THREE)) {
            own = pipeline;
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals("3 4 5", show(pipeline.next().get("out")));
            return failure;
        } finally {
            own = null;
        }
    }

    @Test
    void aFunctionThatAsksItsOwnPipelineIsRefusedInsteadOfBlocking() {
        assertEquals(
                "f raised RuntimeError: java.lang.IllegalStateException: next() on pipeline train"
                        + " from inside its own Python function f",
                asking("g = ask\n").what());
    }

    @Test
    void soIsAThreadThatAFunctionStarts() {
        var refused =
                asking(
                        """
                        from concurrent.futures import ThreadPoolExecutor

                        def g():
                            with ThreadPoolExecutor(1) as threads:
                                threads.submit(ask).result()
                        """);
        assertEquals(
                "f raised RuntimeError: java.lang.IllegalStateException: two threads ask train for"
                        + " batches at once",
                refused.what().split(": Thread")[0]);
    }
}
