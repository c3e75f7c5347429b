package dev.headrace.operators.python;

import static dev.headrace.engine.data.ElementType.BFLOAT16;
import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.source;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.data.DlPack;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What NumPy makes of the structs of [DlPack].
@NeedsPython
class DlPackTest {
    private static final String READ =
            """
            new = ctypes.pythonapi.PyCapsule_New
            new.restype = ctypes.py_object
            new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

            class Struct:
                def __init__(self, address, name):
                    self.capsule = new(address, name, None)

                def __dlpack__(self, **wanted):
                    return self.capsule

                def __dlpack_device__(self):
                    return 1, 0

            def f():
                old = np.from_dlpack(Struct(%s, b"dltensor"))
                array = np.from_dlpack(Struct(%s, b"dltensor_versioned"))
                assert not array.flags.writeable and array.flags.c_contiguous
                assert array.dtype == np.dtype("%s"), array.dtype
                assert (old == array).all() and old.shape == array.shape
                return array.copy()
            """;

    private static long[] extents(SplittableRandom random) {
        return LongStream.range(0, random.nextInt(5)).map(_ -> random.nextInt(0, 4)).toArray();
    }

    /// Any type and shape, empty ones and single numbers too.
    @Test
    void numPyReadsThem() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (var type : ElementType.values()) {
            if (type == BFLOAT16) {
                continue; // which NumPy does not have
            }
            try (var arena = Arena.ofConfined()) {
                var spec = TensorSpec.of(type, "", extents(random));
                var memory = arena.allocate(Math.max(8, spec.bytes()), 8);
                var tensor = new Tensor(spec, memory.address(), Storage.permanent("numbers"), true);
                for (long i = 0; i < spec.shape().volume(); i++) {
                    tensor.number(i, random.nextInt(2));
                }
                var function =
                        source(
                                READ.formatted(
                                        DlPack.managed(tensor),
                                        DlPack.versioned(tensor),
                                        type.name().toLowerCase(Locale.ROOT)));
                var graph = Graph.named("numbers");
                graph.output("read", graph.add(function));
                assertEquals(
                        List.of(Functions.show(TensorValue.copyOf(tensor))),
                        run(graph, Options.batchSize(1), 1),
                        spec + ", seed " + seed);
            }
        }
    }
}
