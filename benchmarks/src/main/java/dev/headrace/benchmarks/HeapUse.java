package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import com.sun.management.ThreadMXBean;
import dev.headrace.engine.run.Pipeline;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/// What a run takes of the Java heap, and its pipeline from the system.
final class HeapUse {
    private static final ThreadMXBean THREADS =
            ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

    private final Pipeline pipeline;
    private final long poolMisses;
    private final long collecting;
    private final long allocated;

    private HeapUse(Pipeline pipeline) {
        this.pipeline = pipeline;
        poolMisses = pipeline.report().poolMisses();
        collecting = collecting();
        allocated = THREADS.getTotalThreadAllocatedBytes(); // last, since asking allocates too
    }

    /// Begins to watch a run.
    static HeapUse begin(Pipeline pipeline) {
        return new HeapUse(pipeline);
    }

    /// What was taken since: bytes that all threads allocated, by batch; seconds of collecting
    /// garbage, and of all; how often the pool asked the system for memory.
    JsonObject end(long batches, double seconds) {
        long allocatedSince = THREADS.getTotalThreadAllocatedBytes() - allocated; // first
        var answer = new JsonObject();
        answer.addProperty("bytesPerBatch", (double) allocatedSince / batches);
        answer.addProperty("collecting", (collecting() - collecting) / 1e3);
        answer.addProperty("seconds", seconds);
        answer.addProperty("poolMisses", pipeline.report().poolMisses() - poolMisses);
        return answer;
    }

    private static long collecting() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }
}
