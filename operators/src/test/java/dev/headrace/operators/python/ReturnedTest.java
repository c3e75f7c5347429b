package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.f;
import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.show;
import static dev.headrace.operators.python.Functions.source;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.Counter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The forms that a result may have.
@NeedsPython
class ReturnedTest {
    private static final Options THREE = Options.batchSize(3).threads(2);

    private static List<String> counted(PythonFunction function) {
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(7)).then(function));
        return run(graph, THREE, 3);
    }

    // ---- one value, a tuple, a list

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void oneOutputIsAValueOrATupleOfOne(int workers) {
        var expected = List.of("0 1 2", "3 4 5", "6");
        for (var result : List.of("x[0]", "(x[0],)", "x", "[x[0]][0]")) {
            assertEquals(expected, counted(f(result).workers(workers)), result);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void ofABatchItIsAListATupleOrOneTensorWithALeadingN(int workers) {
        var expected = List.of("0 1 2", "3 4 5", "6");
        for (var result :
                List.of(
                        "x[0]",
                        "tuple(x[0])",
                        "(x[0],)",
                        "x",
                        "np.stack(x[0])",
                        "np.stack([x[0], x[0]])[0]",
                        "np.stack([x[0], x[0]], 1)[:, 0]",
                        "np.stack(x[0]).__dlpack__()",
                        "[int(each) for each in x[0]]")) {
            var function = f(result).batchProcessing(true).workers(workers);
            assertEquals(expected, counted(function), result);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void oneTensorForAllIsSeenAndReturned(int workers) {
        var expected = List.of("[0 1] [1 1] [2 1]", "[3 1] [4 1] [5 1]", "[6 1]");
        for (var result :
                List.of(
                        "np.stack([x[0], x[0] * 0 + 1], 1)",
                        "np.stack([x[0], x[0] * 0 + 1])[:, :].T",
                        "list(np.stack([x[0], x[0] * 0 + 1], 1))",
                        "np.stack([x[0][::-1], x[0] * 0 + 1], 1)[::-1]")) {
            var function = f(result).batchProcessing(true).dense().workers(workers);
            assertEquals(expected, counted(function), result);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void samplesOfDifferentShapesCannotBeSeenAsOneTensor(int workers) {
        var graph = Graph.named("train");
        var ragged = graph.read(Counter.below(3)).then(f("np.zeros(int(x[0]))")).named("ragged");
        var dense = f("x[0]").batchProcessing(true).dense().workers(workers);
        graph.output("out", ragged.then(dense));
        try (var pipeline = graph.build(THREE)) {
            assertEquals(
                    (workers == 0 ? "ragged" : "an input to share")
                            + " has samples of different specs, such as FLOAT64 0 and FLOAT64 1;"
                            + " they make no dense tensor",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 2", "true, 0", "true, 2"})
    void aViewThatWasChangedIsReturnedAsItIsNow(boolean batch, int workers) {
        var changed =
                source(
                                """
                                import warnings
                                from capsules import Once

                                def g(x):
                                    with warnings.catch_warnings(action="ignore"):
                                        x.shape = (*x.shape, 1)
                                    return x

                                def f(x):
                                    return %s
                                """
                                        .formatted(batch ? "[g(each) for each in x]" : "g(x)"))
                        .view(View.NUMPY)
                        .batchProcessing(batch)
                        .workers(workers);
        assertEquals(List.of("[0] [1] [2]", "[3] [4] [5]", "[6]"), counted(changed));
        if (batch) {
            var whole =
                    source(
                            """
                            import warnings

                            def f(x):
                                with warnings.catch_warnings(action="ignore"):
                                    x.shape = (*x.shape, 1)
                                return x
                            """);
            var dense = whole.view(View.NUMPY).batchProcessing(true).dense().workers(workers);
            assertEquals(List.of("[0] [1] [2]", "[3] [4] [5]", "[6]"), counted(dense));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, 0",
        "false, false, 2",
        "true, false, 0",
        "true, false, 2",
        "true, true, 0",
        "true, true, 2",
    })
    void aCapsuleThatTheFunctionUsedIsRefused(boolean batch, boolean dense, int workers) {
        var used =
                source(
                                """
                                from capsules import Once

                                def g(x):
                                    np.from_dlpack(Once(x))
                                    return x

                                def f(x):
                                    return %s
                                """
                                        .formatted(
                                                batch && !dense
                                                        ? "[g(each) for each in x]"
                                                        : "g(x)"))
                        .view(View.DLPACK)
                        .batchProcessing(batch)
                        .workers(workers);
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(3)).then(dense ? used.dense() : used));
        try (var pipeline = graph.build(THREE)) {
            assertEquals(
                    "f returned a capsule for output 0 that was already used",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void outputsThatNobodyReadsMayHaveAnyForm(int workers) {
        var graph = Graph.named("train");
        var results = "(x[0], x[0] + 1, x[0:1][0], headrace.empty(2, int), np.eye(2)[::-1], x[0])";
        var function = f(results).numOutputs(6).workers(workers);
        graph.output("out", graph.read(Counter.below(7)).then(function).get(5));
        assertEquals(List.of("0 1 2", "3 4 5", "6"), run(graph, THREE, 3));
    }

    // ---- numbers

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void numbersAreScalars(int workers) {
        var numbers =
                List.of(
                        "True; BOOL 1",
                        "3; INT64 3",
                        "-2**63; INT64 -9.223372036854776E18",
                        "2.5; FLOAT64 2.5",
                        "np.bool_(True); BOOL 1",
                        "np.int8(-3); INT8 -3",
                        "np.uint16(60000); UINT16 60000",
                        "np.uint64(7); UINT64 7",
                        "np.float16(1.5); FLOAT16 1.5",
                        "np.float32(0.25); FLOAT32 0.25",
                        "np.longlong(4); INT64 4",
                        "np.array(5, np.int32); INT32 5");
        var expressions = numbers.stream().map(each -> each.split("; ")[0]).toList();
        for (boolean batch : new boolean[] {false, true}) {
            var function =
                    f(batch
                                    ? "tuple([n] * 3 for n in (%s))"
                                            .formatted(String.join(", ", expressions))
                                    : "(" + String.join(", ", expressions) + ")")
                            .numOutputs(numbers.size())
                            .batchProcessing(batch)
                            .workers(workers);
            var graph = Graph.named("train");
            var node = graph.add(function);
            for (int k = 0; k < numbers.size(); k++) {
                graph.output(expressions.get(k), node.get(k));
            }
            try (var pipeline = graph.build(THREE)) {
                var given = pipeline.next();
                for (var number : numbers) {
                    var value = TensorValue.copyOf(given.get(number.split("; ")[0]).get(2));
                    assertEquals(0, value.spec().rank());
                    double element = value.number(0);
                    assertEquals(
                            number.split("; ")[1],
                            value.spec().type()
                                    + " "
                                    + (element == (int) element ? "" + (int) element : element));
                }
            }
        }
    }

    // ---- element types

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void everyElementTypeGoesInAndOut(int workers) {
        // by its capsule, which knows bfloat16; and by an array with this name of its type
        var inputs =
                Arrays.stream(ElementType.values())
                        .map(type -> tensor(type, "", shape(2), 0, 1))
                        .toList();
        var function =
                source(
                                """
                                from capsules import Once, Producer, managed_in

                                kept = []

                                def copied(x):
                                    capsule = x.__dlpack__()
                                    t = managed_in(capsule).tensor
                                    width = t.bits // 8
                                    memory = (ctypes.c_char * (2 * width)).from_address(t.data)
                                    kept.append(bytearray(memory.raw))
                                    data = ctypes.addressof(ctypes.c_char.from_buffer(kept[-1]))
                                    kind = dict(code=t.code, bits=t.bits, data=data)
                                    kept.append(Producer(shape=(2,), strides=None, **kind))
                                    return kept[-1].capsule()

                                def f(*x):
                                    names = [each.dtype for each in x]
                                    new = [
                                        copied(each) if each.dtype == "bfloat16"
                                        else np.array(each.numpy().tolist(), each.dtype)
                                        for each in x
                                    ]
                                    assert names == NAMES, names
                                    return (*x, *new, *map(copied, x))
                                """
                                        .replace("NAMES", names()))
                        .numOutputs(3 * inputs.size())
                        .workers(workers);
        var graph = Graph.named("train");
        var node = graph.add(function, inputs.stream().map(Argument::of).toArray(Argument[]::new));
        for (int output = 0; output < 3 * inputs.size(); output++) {
            graph.output("" + output, node.get(output));
        }
        try (var pipeline = graph.build(THREE)) {
            var given = pipeline.next();
            for (int output = 0; output < 3 * inputs.size(); output++) {
                assertEquals(
                        inputs.get(output % inputs.size()),
                        TensorValue.copyOf(given.get("" + output).get(2)),
                        "output " + output);
            }
        }
    }

    private static String names() {
        return Arrays.stream(ElementType.values())
                .map(type -> "'" + type.name().toLowerCase(Locale.ROOT) + "'")
                .toList()
                .toString();
    }

    // ---- any strides, any alignment, any extents

    /// Two outputs: an array of odd strides in some form, and the same in order. Each batch has
    /// one element type, rank and form; its samples differ in extents.
    private static final String STRANGE =
            """
            import random
            from capsules import Once, Producer

            TYPES = "?bhilBHILefd"
            kept = []

            def array(type, rank, rng):
                width = np.dtype(type).itemsize
                extents = [rng.choice([0, 1, 1, 2, 2, 3, 4, 5][rng.random() < 0.9:]) for _ in range(rank)]
                count = int(np.prod(extents))
                data = rng.randbytes(count * width + 1)
                if type == "?":
                    data = bytes(byte & 1 for byte in data)
                start = rng.randrange(2)  # of no alignment, if 1
                a = np.frombuffer(bytearray(data), np.uint8)[start : start + count * width]
                a = a.view(type).reshape(extents)
                a = a.transpose(rng.sample(range(rank), rank))
                steps = tuple(slice(None, None, rng.choice([1, 1, -1, 2, -2])) for _ in range(rank))
                a = a[steps + (...,)]
                if rank and rng.random() < 0.3:
                    axis = rng.randrange(rank)
                    first = a[(slice(None),) * axis + (slice(0, 1),)]
                    extents = list(a.shape)
                    extents[axis] = rng.randrange(4) if a.shape[axis] else 0
                    a = np.lib.stride_tricks.as_strided(
                        first, extents, [0 if n == axis else s for n, s in enumerate(a.strides)]
                    )
                return a

            def shown(a, form, rng):
                if form == "array":
                    return a
                if form == "object":
                    return Once(a.__dlpack__(max_version=(1, 1)))
                if form == "capsule":
                    return a.__dlpack__(max_version=(1, 1))
                width, data = a.itemsize, a.ctypes.data
                # somewhere before it, and the rest as byte_offset
                offset = rng.choice([0, 1, 3, 64])
                kind = {"b": 6, "i": 0, "u": 1, "f": 2}[a.dtype.kind]
                made = Producer(
                    versioned=rng.random() < 0.5,
                    shape=a.shape,
                    strides=[stride // width for stride in a.strides],
                    code=kind,
                    bits=8 * width,
                    device_type=rng.choice([1, 3]),  # page-locked memory counts as the host's
                    data=data - offset,
                    byte_offset=offset,
                )
                kept.append((a, made))
                return made.capsule()

            def strange(iteration, sample):
                rng = random.Random(iteration)
                type, rank = rng.choice(TYPES), rng.choice([0, 1, 1, 2, 2, 3, 4, 6])
                form = rng.choice(["array", "array", "object", "capsule", "by hand"])
                rng = random.Random(1000 * iteration + sample)
                a = array(type, rank, rng)
                if any(stride % a.itemsize for stride in a.strides):
                    form = "array"
                return shown(a, form, rng), np.array(a, order="C")

            """;

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 2", "true, 0", "true, 2"})
    void stridesAlignmentAndExtentsMayBeAny(boolean batch, int workers) {
        int batches = workers == 0 ? 300 : 60;
        var function =
                source(
                                STRANGE
                                        + (batch
                                                ? """
                                                def f(x):
                                                    pairs = (strange(headrace.iteration(), n) for n in range(3))
                                                    return tuple(map(list, zip(*pairs)))
                                                """
                                                : """
                                                def f(x):
                                                    return strange(headrace.iteration(), headrace.sample_index())
                                                """))
                        .numOutputs(2)
                        .batchProcessing(batch)
                        .workers(workers);
        var graph = Graph.named("train");
        var node = graph.read(Counter.below(3L * batches)).then(function);
        graph.output("strange", node.get(0)).output("expected", node.get(1));
        try (var pipeline = graph.build(THREE.prefetch(4))) {
            for (int seed = 0; seed < batches; seed++) {
                var given = pipeline.next();
                for (int sample = 0; sample < 3; sample++) {
                    var got = given.get("strange").get(sample);
                    var expected = given.get("expected").get(sample);
                    var where = "seed " + seed + ", sample " + sample + ": " + expected.spec();
                    assertEquals(expected.spec(), got.spec(), where);
                    assertArrayEquals(expected.toBytes(), got.toBytes(), where);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 2", "true, 0", "true, 2"})
    void raggedAndEmptyBatchesPass(boolean batch, int workers) {
        var result = "np.full((int(x) % 3, 2), x)";
        var function =
                f(batch ? "[%s for x in x[0]]".formatted(result) : result.replace("x)", "x[0])"))
                        .batchProcessing(batch)
                        .workers(workers);
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(7)).then(function));
        var empty = f(batch ? "[np.zeros((0, 2)) for x in x[0]]" : "np.zeros((0, 2))");
        graph.output(
                "empty",
                graph.read(Counter.below(7)).then(empty.batchProcessing(batch).workers(workers)));
        try (var pipeline = graph.build(THREE)) {
            var given = pipeline.next();
            assertEquals("[] [1 1] [2 2 2 2]", show(given.get("out")));
            assertEquals(shape(0, 2), given.get("out").get(0).shape());
            assertEquals(shape(0, 2), given.get("empty").get(0).shape());
            assertEquals("[] [4 4] [5 5 5 5]", show(pipeline.next().get("out")));
            assertEquals("[]", show(pipeline.next().get("out")));
        }
    }
}
