package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.PinnedMemory;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.StreamPolicy;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Batches that are handed over on the consumer's own stream.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeliveryTest extends OnSimulation {
    private static final int BATCHES = 10;

    /// A training loop: it has a stream of its own, on which it reads each batch, and never waits.
    private static final class Consumer implements AutoCloseable {
        static final int BATCH_BYTES = 4 * 5 * Double.BYTES;

        private final GpuContext context;
        private final GpuStream stream;
        private final PinnedMemory read;
        private int batches;

        Consumer(int device) {
            context = GpuContext.open(device);
            stream = context.stream();
            read = context.pin((long) BATCHES * BATCH_BYTES);
        }

        Consumer() {
            this(0);
        }

        void read(Batch batch) {
            stream.copyToHost(
                    read.address() + (long) batches++ * BATCH_BYTES,
                    batch.get("one").dense().address(),
                    BATCH_BYTES);
        }

        List<Double> numbers() {
            stream.synchronize();
            var all = MemorySegment.ofAddress(read.address()).reinterpret(read.bytes());
            return IntStream.range(0, batches * BATCH_BYTES / Double.BYTES)
                    .mapToObj(i -> all.getAtIndex(JAVA_DOUBLE, i))
                    .toList();
        }

        @Override
        public void close() {
            context.close();
        }
    }

    private static Sketch onDevice() {
        return Trial.graph()
                .node("source", new Counter(4 * BATCHES, false))
                .node("spread", new Spread(false), "source")
                .node("one", plus(1), "spread")
                .on(Device.gpu(0))
                .output("one", "one");
    }

    /// The numbers that these graphs compute.
    private static List<Double> expected() {
        return IntStream.range(0, 4 * BATCHES)
                .boxed()
                .flatMap(number -> IntStream.range(0, 5).mapToObj(i -> number + i / 8.0 + 1))
                .toList();
    }

    private static void deliver(Pipeline pipeline, Consumer consumer) {
        assertSame(pipeline, pipeline.deliverOn(consumer.stream.handle()));
        for (var batch : pipeline.epoch()) {
            consumer.read(batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag(Simulation.ANY_DRIVER)
    void aBatchIsReadOnTheStreamWithoutAWait(StreamPolicy policy) {
        Simulation.delay(4, 300);
        try (var consumer = new Consumer();
                var pipeline = onDevice().build(options().prefetch(3).streams(policy))) {
            deliver(pipeline, consumer);
            assertEquals(0, Simulation.calls("cuEventSynchronize"));
            assertEquals(0, Simulation.calls("cuStreamSynchronize"));
            assertEquals(expected(), consumer.numbers());
        }
        assertEquals(List.of(), Simulation.reports());
    }

    /// On one stream the pipeline itself has nothing to wait for: all waits are the delivery's, or
    /// those of memory that the consumer has read.
    @Test
    void noWaitOfTheStreamCanBeLeftOut() {
        long waits = 0;
        for (long ignored = 0; ignored <= Math.min(waits, BATCHES); ignored++) {
            Simulation.reset();
            Simulation.delay(2, 8000);
            if (ignored > 0) {
                Simulation.ignore("cuStreamWaitEvent", ignored);
            }
            try (var consumer = new Consumer();
                    var pipeline =
                            onDevice().build(options().prefetch(1).streams(StreamPolicy.SINGLE))) {
                deliver(pipeline, consumer);
                waits = Math.max(waits, Simulation.calls("cuStreamWaitEvent"));
                consumer.stream.synchronize();
            }
            assertEquals(ignored == 0, Simulation.reports().isEmpty(), "without wait " + ignored);
        }
        assertTrue(waits >= BATCHES, waits + " waits");
    }

    /// The consumer does not come to read anything before the pipeline is done with all batches.
    @Test
    @Tag(Simulation.ANY_DRIVER)
    void memoryIsNotUsedAgainBeforeTheConsumerHasReadIt() {
        try (var consumer = new Consumer();
                var pipeline = onDevice().build(options())) {
            Simulation.hold(consumer.stream);
            deliver(pipeline, consumer);
            Simulation.releaseAll();
            assertEquals(expected(), consumer.numbers());
        }
        assertEquals(List.of(), Simulation.reports());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aRetainedBatchIsGivenBackBehindWhatWasQueuedUntilThen() {
        try (var consumer = new Consumer()) {
            var pipeline = onDevice().build(options()).deliverOn(consumer.stream.handle());
            var kept = pipeline.next().retain();
            Simulation.hold(consumer.stream);
            pipeline.next();
            consumer.read(kept);
            kept.close();
            pipeline.next();
            pipeline.next();
            Simulation.releaseAll();
            assertEquals(expected().subList(0, 20), consumer.numbers());
            var last = pipeline.next().retain();
            pipeline.close();
            consumer.read(last);
            last.close();
            assertEquals(expected().subList(80, 100), consumer.numbers().subList(20, 40));
        }
        assertEquals(List.of(), Simulation.reports());
    }

    /// Whether or not another node of the host has read it before.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatLiesOnTheHostIsThereAllTheSame(boolean readBefore) {
        Simulation.delay(4, 300);
        var graph =
                onDevice()
                        .node("two", plus(10), "spread")
                        .on(Device.gpu(0))
                        .node("down", new Transfer(), "two")
                        .on(Device.HOST)
                        .output("down", "down");
        if (readBefore) {
            graph.node("total", new Total(true), "down").on(Device.HOST).output("total", "total");
        }
        try (var consumer = new Consumer();
                var pipeline = graph.build(options().prefetch(3))) {
            pipeline.deliverOn(consumer.stream.handle());
            long number = 0;
            for (var batch : pipeline.epoch()) {
                consumer.read(batch);
                for (int sample = 0; sample < 4; sample++, number++) {
                    var down = batch.get("down").get(sample);
                    Simulation.hostReads(down.address(), down.spec().bytes());
                    assertEquals(number + 10, down.float64(0));
                    if (readBefore) {
                        assertEquals(
                                5 * (number + 10) + 10 / 8.0,
                                batch.get("total").get(sample).float64(0));
                    }
                }
            }
            assertEquals(BATCHES, Simulation.calls("cuEventSynchronize"));
            assertEquals(expected(), consumer.numbers());
        }
        assertEquals(List.of(), Simulation.reports());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void theStreamMayChangeBetweenBatches() {
        Simulation.delay(6, 300);
        try (var consumer = new Consumer();
                var pipeline = onDevice().build(options().prefetch(3))) {
            consumer.stream.waitFor(consumer.stream.mark());
            pipeline.next(); // for which the host waits
            pipeline.deliverOn(consumer.stream.handle());
            consumer.read(pipeline.next());
            try (var other = consumer.context.stream()) {
                pipeline.deliverOn(other.handle());
                pipeline.next();
                pipeline.deliverOn(0);
                pipeline.next();
            }
            assertEquals(expected().subList(20, 40), consumer.numbers());
        }
        assertEquals(List.of(), Simulation.reports());
    }

    /// Nobody on the host waits for the device when the pipeline is closed.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closesInTimeThoughAStreamHangs(boolean theConsumers) throws Exception {
        try (var consumer = new Consumer()) {
            var pipeline = onDevice().build(options().closeWithin(Duration.ofMillis(100)));
            pipeline.deliverOn(consumer.stream.handle());
            if (theConsumers) {
                Simulation.hold(consumer.stream);
            } else {
                Simulation.holdStream(3); // the consumer's is the first, copies take the second
            }
            consumer.read(pipeline.next());
            consumer.read(pipeline.next());
            var close = new FutureTask<>(pipeline::close, null);
            Thread.ofPlatform().daemon().start(close);
            try {
                close.get(30, TimeUnit.SECONDS); // it allows itself a few tenths of one
            } finally {
                Simulation.releaseAll();
            }
            assertEquals(expected().subList(0, 40), consumer.numbers());
        }
        while (Simulation.live("context") > 0) {
            Thread.onSpinWait(); // what hung gives the device back
        }
    }

    private static String refusal(Pipeline pipeline, long stream) {
        return assertThrows(IllegalArgumentException.class, () -> pipeline.deliverOn(stream))
                .getMessage();
    }

    @Test
    void refusesWhatIsNoStreamOfItsDevices() {
        Simulation.devices(3);
        var two = onDevice().node("two", plus(1), "spread").on(Device.gpu(1)).output("two", "two");
        try (var other = new Consumer(2);
                var consumer = new Consumer();
                var pipeline = two.build(options())) {
            long theirs = other.stream.handle();
            assertEquals(
                    "stream 0x%s is of none of the devices in use: gpu(0), gpu(1)"
                            .formatted(Long.toHexString(theirs)),
                    refusal(pipeline, theirs));
            assertEquals(
                    "stream 0x0 is the default one of each of gpu(0), gpu(1): name one of a device",
                    refusal(pipeline, 0));
            assertEquals(
                    "the default stream of a thread is another one on each: use a stream of its"
                            + " own",
                    refusal(pipeline, 2));
            deliver(pipeline, consumer);
            assertEquals(expected(), consumer.numbers());
        }
        assertEquals(List.of(), Simulation.reports());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void refusesAStreamWhereAndWhenItHasNoPlace() {
        var graph = Trial.graph().node("source", new Counter(8, true)).output("number", "source");
        try (var pipeline = graph.build(options())) {
            assertEquals(
                    "no output of trial lies on a device: its batches are on the host when they"
                            + " come",
                    assertThrows(IllegalStateException.class, () -> pipeline.deliverOn(0))
                            .getMessage());
        }
        try (var pipeline = onDevice().build(options())) {
            pipeline.next();
            var headspace = pipeline.headspace(2);
            assertEquals(
                    "a headspace of trial is open: close it, then the pipeline goes on",
                    assertThrows(IllegalStateException.class, () -> pipeline.deliverOn(0))
                            .getMessage());
            headspace.close();
            pipeline.deliverOn(0);
        }
        var closed = onDevice().build(options());
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.deliverOn(0));
    }

    /// Each of two calls that the delivery makes.
    @ParameterizedTest
    @ValueSource(strings = {"cuStreamWaitEvent", "cuEventRecord"})
    void aCallThatFailsCostsAtMostItsBatch(String function) {
        var failures = new ArrayList<HeadraceException>();
        long calls = BATCHES;
        for (long call = 1; call <= calls; call++) {
            Simulation.reset();
            Simulation.fail(function, call, 304);
            int delivered = 0;
            try (var consumer = new Consumer();
                    var pipeline =
                            onDevice().build(options().prefetch(1).streams(StreamPolicy.SINGLE))) {
                pipeline.deliverOn(consumer.stream.handle());
                for (int batch = 0; batch < BATCHES; batch++) {
                    try {
                        pipeline.next();
                        delivered++;
                    } catch (HeadraceException failure) {
                        failures.add(failure);
                    }
                }
                calls = Simulation.calls(function);
            }
            assertTrue(delivered >= BATCHES - 1, function + " " + call);
            assertNothingIsLeft(" after call " + call);
            assertEquals(List.of(), Simulation.reports());
        }
        assertFalse(failures.isEmpty());
        for (var failure : failures) {
            assertTrue(failure instanceof BadBatch, failure.toString());
            assertTrue(failure.getMessage().startsWith(function + " failed: "), failure.toString());
            assertTrue(failure.getMessage().contains("added at Trial.java:"), failure.toString());
        }
    }

    @Test
    void aBatchCostsOneWaitAndOneEventMore() {
        try (var consumer = new Consumer();
                var pipeline =
                        onDevice()
                                .build(
                                        Options.batchSize(4)
                                                .prefetch(1)
                                                .streams(StreamPolicy.SINGLE))) {
            pipeline.deliverOn(consumer.stream.handle());
            pipeline.take(4).forEach(batch -> {}); // until it is warm
            long records = Simulation.calls("cuEventRecord");
            long waits = Simulation.calls("cuStreamWaitEvent");
            pipeline.take(5).forEach(batch -> {});
            assertEquals(3 * 5, Simulation.calls("cuEventRecord") - records);
            waits = Simulation.calls("cuStreamWaitEvent") - waits;
            // where its memory is still in use, the next but one awaits that too
            assertTrue(waits >= 5 && waits <= 2 * 5, waits + " waits");
        }
    }
}
