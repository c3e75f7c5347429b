package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

class BenchmarksTest {
    @Test
    void everyBenchmarkRunsOnce() throws RunnerException {
        var options =
                new OptionsBuilder()
                        .mode(Mode.SingleShotTime)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .param("nodes", "100")
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build();
        var ran = new TreeSet<String>();
        for (var result : new Runner(options).run()) {
            ran.add(result.getParams().getBenchmark());
        }
        assertEquals(written(RunOverhead.class, Planning.class, RandomNumbers.class), ran);
    }

    private static TreeSet<String> written(Class<?>... classes) {
        var names = new TreeSet<String>();
        for (var type : classes) {
            Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Benchmark.class))
                    .forEach(method -> names.add(type.getName() + "." + method.getName()));
        }
        assertFalse(names.isEmpty());
        return names;
    }
}
