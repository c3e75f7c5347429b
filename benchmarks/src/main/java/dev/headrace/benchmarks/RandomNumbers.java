package dev.headrace.benchmarks;

import dev.headrace.engine.random.Keys;
import dev.headrace.engine.random.Permutation;
import dev.headrace.engine.random.Philox;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What one random value and one place of a shuffled order cost, and what reading the clock does,
/// which the report does for one sample in sixteen.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class RandomNumbers {
    private static final int SIZE = 10_000_000;

    private final Permutation order = new Permutation(SIZE, 42);
    private long key = Keys.explicit(42);
    private long counter;

    /// 64 bits by Philox.
    @Benchmark
    public long philox() {
        return Philox.bits(counter++, 0, key, 0);
    }

    /// The key of a draw by its name.
    @Benchmark
    public long keyOfDraw() {
        return Keys.draw(key++, "angle");
    }

    /// The index at one place of a shuffled order of ten million.
    @Benchmark
    public long permutation() {
        return order.at(counter++ % SIZE);
    }

    /// The clock.
    @Benchmark
    public long clock() {
        return System.nanoTime();
    }
}
