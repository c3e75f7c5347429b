package dev.headrace.operators.python;

import static dev.headrace.engine.data.ElementType.INT64;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.operators.read.External;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What programs of [LifetimeTest] share: a source of numbers, Python's side of the story, and that
/// nothing is left behind.
final class Lifetimes {
    /// By how much results are larger than the samples: {@value}.
    static final long MORE = 1000;

    /// Elements of a sample: {@value}.
    static final int EXTENT = 64;

    /// Only ever reached by a test that fails.
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private Lifetimes() {}

    /// Samples of [#EXTENT] `int64`, all of them the sample's position.
    static Node numbers(Graph graph, long count) {
        return graph.read(
                External.indexed(
                        count,
                        position ->
                                TensorValue.filled(TensorSpec.of(INT64, "W", EXTENT), position)));
    }

    /// Each element of an output is its sample's position and so many more.
    static void check(Batch batch, String output, long more) {
        var list = batch.get(output);
        for (int sample = 0; sample < list.size(); sample++) {
            var tensor = list.get(sample);
            long expected = list.id(sample).position() + more;
            for (long i = 0; i < tensor.shape().volume(); i++) {
                if (tensor.int64(i) != expected) {
                    throw new AssertionError(
                            "element %s of sample %s of %s of iteration %s is %s, expected %s"
                                    .formatted(
                                            i,
                                            sample,
                                            output,
                                            batch.iteration(),
                                            tensor.int64(i),
                                            expected));
                }
            }
        }
    }

    /// What an expression gives in Python, in a module that stands in `src/test/python`.
    static Object python(String module, String expression) {
        return PythonProcess.of(PythonEnvironment.forThisProcess())
                .call(python -> python.value("__import__('%s').%s".formatted(module, expression)));
    }

    /// Waits until a closed pipeline has all its memory back, Python keeps no result for it, and
    /// the deleters of all tensors of somebody else have run.
    static void nothingIsLeft(Pipeline closed) {
        var trampoline = Trampoline.get();
        await(
                () -> {
                    trampoline.releases().now();
                    return python("keepers", "kept_for_java()").equals(0L);
                },
                () -> "Python keeps " + python("keepers", "kept_for_java()") + " results");
        var deleted = python("keepers", "deleters()").toString().split(" of ");
        assertEquals(deleted[1], deleted[0], "deleters that have run");
        python("keepers", "forget()");
        await(
                () -> {
                    trampoline.readRing();
                    return trampoline.loans().size() == 0 && closed.report().lentBytes() == 0;
                },
                () -> trampoline.loans().size() + " loans, lent: " + closed.report().holders());
    }

    /// Waits until something is so.
    static void await(BooleanSupplier so, Supplier<String> else_) {
        long end = System.nanoTime() + LIMIT_NANOS;
        while (!so.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(else_.get());
            }
            Thread.yield();
        }
    }

    /// A check by its name, which is printed.
    interface Check {
        void run() throws Throwable;
    }

    /// Runs a check; a failure is printed and ends the program with status 1.
    static void check(String name, Check check) {
        try {
            check.run();
            System.out.println("passed " + name);
        } catch (Throwable failure) {
            System.out.println("FAILED " + name);
            failure.printStackTrace(System.out);
            System.exit(1);
        }
    }
}
