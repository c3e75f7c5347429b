package dev.headrace.engine.run;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.PinnedMemory;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.Extent;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.StreamPolicy;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Random graphs over the host and two simulated devices; the number of a graph is its seed.
@Timeout(value = 600, threadMode = SEPARATE_THREAD)
class DeviceGraphsTest extends OnSimulation {
    private static final int GRAPHS = Boolean.getBoolean("headrace.test.long") ? 3_000 : 500;

    /// A graph, being written.
    private static final class Written {
        private final SplittableRandom random;
        private final Sketch graph = Trial.graph();
        private final List<String> vectors = new ArrayList<>();
        private final List<String> numbers = new ArrayList<>();
        private final int devices;
        private int count;

        Written(long seed, int devices) {
            this.devices = devices;
            random = new SplittableRandom(seed);
            graph.node("source", new Counter(6 + random.nextInt(6), true));
            graph.node("spread", new Spread(random.nextBoolean()), "source");
            vectors.add("spread");
            numbers.add("source");
            for (int nodes = 1 + random.nextInt(9); nodes > 0; nodes--) {
                add();
            }
        }

        private List<String> last() {
            return vectors.subList(Math.max(0, vectors.size() - 3), vectors.size());
        }

        /// Its last values, on the host.
        Sketch toHost() {
            for (var vector : last()) {
                graph.node("out" + vector, new Transfer(), vector).on(Device.HOST);
                graph.output(vector, "out" + vector);
            }
            graph.node("outnumber", new Transfer(), numbers.getLast()).on(Device.HOST);
            graph.output("number", "outnumber");
            return graph;
        }

        /// Its last values, on the host and on the first device, and one that was made there.
        Sketch toStream() {
            for (var vector : last()) {
                graph.node("out" + vector, new Transfer(), vector);
                graph.on(random.nextInt(3) == 0 ? Device.HOST : Device.gpu(0));
                graph.output(vector, "out" + vector);
            }
            graph.node("last", OnDevice.plus(1), vectors.getLast()).on(Device.gpu(0));
            graph.output("last", "last");
            return graph;
        }

        private void add() {
            var name = "n" + count++;
            switch (random.nextInt(10)) {
                case 0 -> {
                    graph.node(name, new Total(false), any(vectors)).on(Device.HOST);
                    numbers.add(name);
                }
                case 1 -> {
                    graph.node(name, new Extent(), any(vectors)).on(Device.HOST);
                    numbers.add(name);
                }
                case 2 -> {
                    graph.node(name, new Transfer(), any(vectors)).on(anywhere());
                    vectors.add(name);
                }
                case 8 -> {
                    graph.node(name, new OnDevice.First(), any(vectors)).on(anywhere());
                    numbers.add(name);
                }
                case 9 -> {
                    graph.node(name, new OnDevice.CountUp(3, 6), any(numbers)).on(anywhere());
                    vectors.add(name);
                }
                case 3 -> {
                    var operator = new Combine(1, new Input(2), 0);
                    graph.node(name, operator, any(vectors), any(vectors), any(numbers));
                    graph.on(anywhere());
                    vectors.add(name);
                }
                default -> {
                    double noise = random.nextInt(3) == 0 ? 0.5 : 0;
                    var operator = new Combine(random.nextInt(3), Argument.of(count), noise);
                    if (random.nextBoolean()) {
                        graph.node(name, operator, any(vectors));
                    } else {
                        graph.node(name, operator, any(vectors), any(vectors));
                    }
                    graph.on(anywhere());
                    vectors.add(name);
                }
            }
        }

        private Device anywhere() {
            int number = random.nextInt(5);
            return number == 4 ? Device.HOST : Device.gpu(number % devices);
        }

        private String any(List<String> values) {
            int back = Math.min(random.nextInt(values.size()), random.nextInt(values.size()));
            return values.get(values.size() - 1 - back);
        }
    }

    private static Options options(long seed) {
        var policies = StreamPolicy.values();
        var options =
                Options.batchSize(1 + (int) (seed % 5))
                        .threads(1 + (int) (seed % 3))
                        .seed(seed)
                        .prefetch(1 + (int) (seed % 4))
                        .streams(policies[(int) (seed % policies.length)]);
        return seed % 10 == 0 ? options.withChecks() : options;
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void allGiveWhatTheHostGivesWithoutARace() {
        long waits = 0;
        for (long seed = 0; seed < GRAPHS; seed++) {
            Simulation.reset();
            int devices = Simulation.devicesUpToTwo();
            Simulation.delay(seed, seed % 4 == 0 ? 60 : 0);
            try {
                assertAsOnTheHost(new Written(seed, devices).toHost(), options(seed));
                assertNothingIsLeft("");
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("graph " + seed, failure);
            }
            waits += Simulation.calls("cuStreamWaitEvent");
        }
        assertTrue(Simulation.isReal() || waits > 10L * GRAPHS, waits + " waits");
        assertEquals(List.of(), Simulation.reports());
    }

    /// A consumer that reads on a stream of its own, and never waits for it.
    private static final class Reader implements AutoCloseable {
        private final GpuContext context = GpuContext.open(0);
        private final GpuStream stream = context.stream();
        private final PinnedMemory read = context.pin(1 << 20);
        private long used;

        void read(Batch batch) {
            for (var name : batch.names()) {
                var list = batch.get(name);
                for (int sample = 0; sample < list.size(); sample++) {
                    var tensor = list.get(sample);
                    long bytes = tensor.spec().bytes();
                    if (tensor.isOnDevice()) {
                        stream.copyToHost(read.address() + used, tensor.address(), bytes);
                    } else {
                        MemorySegment.ofAddress(read.address() + used)
                                .reinterpret(bytes)
                                .copyFrom(tensor.segment());
                    }
                    used += bytes;
                }
            }
        }

        List<Double> numbers() {
            stream.synchronize();
            var all = MemorySegment.ofAddress(read.address()).reinterpret(used);
            return Arrays.stream(all.toArray(JAVA_DOUBLE)).boxed().toList();
        }

        @Override
        public void close() {
            context.close();
        }
    }

    private static List<Double> read(Sketch graph, Options options, boolean onStream) {
        try (var reader = new Reader();
                var pipeline = graph.build(options)) {
            if (onStream) {
                pipeline.deliverOn(reader.stream.handle());
            }
            pipeline.epochs(2).forEach(reader::read);
            return reader.numbers();
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void onAStreamOfTheConsumersTheyAreTheSame() {
        for (long seed = 0; seed < GRAPHS / 2; seed++) {
            Simulation.reset();
            int devices = Simulation.devicesUpToTwo();
            Simulation.delay(seed, seed % 4 == 0 ? 60 : 0);
            var graph = new Written(seed, devices).toStream();
            try {
                var there = read(graph, options(seed), true);
                assertEquals(List.of(), Simulation.reports());
                assertEquals(read(graph.onHost(), options(seed), false), there);
                assertNothingIsLeft("");
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("graph " + seed, failure);
            }
        }
    }
}
